"""The pages of accounts."""

from __future__ import annotations

import logging

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts import access, service, set_up
from ceapp.accounts.access import caller, current_person, farewell, me, welcome
from ceapp.accounts.addresses import local_address
from ceapp.accounts.forms import PasswordForm, ProfileForm, SetUpForm, SignInForm, SignUpForm, text
from ceapp.errors import Refused, TooMany
from ceapp.web.audience import anyone, signed_in
from ceapp.web.forms import Form
from ceapp.web.resend import resendable

log = logging.getLogger(__name__)
blueprint = Blueprint("accounts", __name__)


@blueprint.route("/account/sign-up", methods=["GET", "POST"])
@anyone
def sign_up() -> ResponseReturnValue:
    form, wanted = SignUpForm(), _wanted("/")
    if request.method == "GET" and current_person():
        return redirect(wanted, 303)
    if form.validate_on_submit():
        try:
            token = service.sign_up(
                form.address,
                text(form.password),
                time_zone=text(form.time_zone),
                caller=caller(),
                now=clock.now(),
                ending=access.token(),
            )
        except (Refused, TooMany) as problem:
            return _refused("accounts/sign_up.html", form, problem, next=wanted)
        return welcome(wanted, token, form.address)
    return _shown("accounts/sign_up.html", form, next=wanted)


@blueprint.route("/account/sign-in", methods=["GET", "POST"])
@anyone
def sign_in() -> ResponseReturnValue:
    form, wanted = SignInForm(), _wanted("/")
    if request.method == "GET" and current_person():
        return redirect(wanted, 303)
    if form.validate_on_submit():
        try:
            token = service.sign_in(form.address, text(form.password), caller=caller(form.address), now=clock.now(), ending=access.token())
        except (Refused, TooMany) as problem:
            return _refused("accounts/sign_in.html", form, problem, next=wanted)
        return welcome(wanted, token, form.address)
    return _shown("accounts/sign_in.html", form, next=wanted)


@blueprint.post("/account/sign-out")
@anyone
def sign_out() -> ResponseReturnValue:
    service.sign_out(access.token())
    response = farewell(url_for("accounts.sign_in"))
    flash("You are signed out.", "good")
    return response


@blueprint.route("/account", methods=["GET", "POST"])
@signed_in
@resendable
def profile() -> ResponseReturnValue:
    form = ProfileForm(obj=me())
    if form.validate_on_submit():
        service.change_profile(me().id, name=text(form.name), time_zone=text(form.time_zone), now=clock.now())
        flash("Your profile is saved.", "good")
        return redirect(url_for("accounts.profile"), 303)
    return _shown("accounts/profile.html", form)


@blueprint.route("/account/name", methods=["GET", "POST"])
@signed_in
@resendable
def name() -> ResponseReturnValue:
    """The page that is asked before the first scored start."""
    form, wanted = ProfileForm(obj=me()), _wanted(url_for("accounts.profile"))
    if form.validate_on_submit():
        service.change_profile(me().id, name=text(form.name), time_zone=text(form.time_zone), now=clock.now())
        return redirect(wanted, 303)
    return _shown("accounts/name.html", form, next=wanted)


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    form = PasswordForm(about=(me().email, me().name))
    if form.validate_on_submit():
        try:
            token = service.change_password(me().id, text(form.current), text(form.new), now=clock.now())
        except (Refused, TooMany) as problem:
            return _refused("accounts/password.html", form, problem)
        response = welcome(url_for("accounts.profile"), token, me().email)
        flash("Your password is changed, and you are signed out everywhere else.", "good")
        return response
    return _shown("accounts/password.html", form)


@blueprint.route("/set-up/<token>", methods=["GET", "POST"])
@anyone
def first_administrator(token: str) -> ResponseReturnValue:
    """Opening the link spends nothing; sending the form does."""
    form = SetUpForm()
    if form.validate_on_submit():
        try:
            fresh = set_up.make_first_administrator(
                token,
                email=form.address,
                password=text(form.password),
                name=text(form.name),
                time_zone=text(form.time_zone),
                caller=caller(),
                now=clock.now(),
            )
        except (Refused, TooMany) as problem:
            return _refused("accounts/first_administrator.html", form, problem, token=token)
        return welcome("/", fresh, form.address)
    set_up.refuse_spent_link(token, now=clock.now())
    return _shown("accounts/first_administrator.html", form, token=token)


def _wanted(otherwise: str) -> str:
    """The page that the person came from, when it is one of ours."""
    return local_address(request.args.get("next"), otherwise)


def _shown(template: str, form: Form, **values: object) -> ResponseReturnValue:
    return render_template(template, form=form, **values), 422 if form.errors else 200


def _refused(template: str, form: Form, problem: Refused | TooMany, **values: object) -> ResponseReturnValue:
    log.warning("request %s: %s refused: %s", g.get("request_id"), request.endpoint, type(problem).__name__)
    form.form_errors.append(problem.message)
    page, status = render_template(template, form=form, **values), 422
    if isinstance(problem, TooMany):
        return page, problem.status, {"Retry-After": str(problem.retry_after)}
    return page, status
