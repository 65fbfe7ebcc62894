"""The pages of one's own account, and the first administrator's."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts import access, service, set_up
from ceapp.accounts.access import browser, caller, farewell, me, welcome
from ceapp.accounts.answers import refused, shown, wanted_address
from ceapp.accounts.current_sign_in import has_second_factor
from ceapp.accounts.forms import AccountForm, ProfileForm, SetUpForm, text
from ceapp.errors import Refused, TooMany
from ceapp.web.audience import anyone, signed_in
from ceapp.web.resend import resendable

blueprint = Blueprint("accounts", __name__)


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
    form = AccountForm(obj=me())
    if form.validate_on_submit():
        service.change_profile(
            me().id,
            name=text(form.name),
            time_zone=text(form.time_zone),
            wants_reminders=bool(form.wants_reminders.data),
            now=clock.now(),
        )
        flash("Your profile is saved.", "good")
        return redirect(url_for("accounts.profile"), 303)
    return shown("accounts/profile.html", form, has_second_factor=has_second_factor())


@blueprint.route("/account/name", methods=["GET", "POST"])
@signed_in
@resendable
def name() -> ResponseReturnValue:
    """The page that is asked before the first scored start."""
    form, wanted = ProfileForm(obj=me()), wanted_address(url_for("accounts.profile"))
    if form.validate_on_submit():
        service.change_profile(me().id, name=text(form.name), time_zone=text(form.time_zone), now=clock.now())
        return redirect(wanted, 303)
    return shown("accounts/name.html", form, next=wanted)


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
                browser=browser(),
            )
        except (Refused, TooMany) as problem:
            return refused("accounts/first_administrator.html", form, problem, token=token)
        return welcome("/", fresh, form.address)
    set_up.refuse_spent_link(token, now=clock.now())
    return shown("accounts/first_administrator.html", form, token=token)
