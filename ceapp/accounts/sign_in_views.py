"""Signing in and up: by mailed code or by password."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts import access, code_queries, service, ways_in
from ceapp.accounts.access import browser, caller, current_person, welcome
from ceapp.accounts.answers import refused, shown, wanted_address
from ceapp.accounts.code_sign_ins import Entered, ask_to_sign_in, sign_in_by_code
from ceapp.accounts.cookies import code_secret, drop_code_secret, keep_code_secret
from ceapp.accounts.current_sign_in import next_step
from ceapp.accounts.forms import CodeForm, SignInForm, SignUpByCodeForm, SignUpForm, text
from ceapp.accounts.mailed_codes import CODE_LETTER, SIGN_IN, SIGN_UP_LETTER
from ceapp.accounts.views import blueprint
from ceapp.errors import Refused, TooMany
from ceapp.web.audience import anyone

GONE = "This browser does not wait for a code any more. Nothing was changed: ask for a new one here."
WELCOME_NEW = "Your account is made, and you are signed in."
CONFIRMED_FIRST = (
    "You are signed in. Your address was confirmed for the first time, so the password that was set before, perhaps by somebody else, "
    "does not work any more. You can set one under Account, or go on with mailed codes."
)


@blueprint.route("/account/sign-in", methods=["GET", "POST"])
@anyone
def sign_in() -> ResponseReturnValue:
    form, wanted, has_mail = SignInForm(prefers_code=ways_in.has_mail()), wanted_address("/"), ways_in.has_mail()
    if request.method == "GET" and (current_person() or next_step(wanted)):
        return redirect(next_step(wanted) or wanted, 303)
    if form.validate_on_submit():
        try:
            if form.wants_code:
                return _code_is_asked(form.address, wanted, time_zone=text(form.time_zone))
            token = service.sign_in(
                form.address,
                text(form.password),
                caller=caller(form.address),
                now=clock.now(),
                ending=access.token(),
                browser=browser(),
            )
        except (Refused, TooMany) as problem:
            return refused("accounts/sign_in.html", form, problem, next=wanted, has_mail=has_mail)
        return welcome(wanted, token, form.address)
    return shown("accounts/sign_in.html", form, next=wanted, has_mail=has_mail)


@blueprint.route("/account/sign-in/code", methods=["GET", "POST"])
@anyone
def sign_in_code() -> ResponseReturnValue:
    """Where the code is typed, in the browser that asked for it."""
    form, wanted = CodeForm(), wanted_address("/")
    pending = code_queries.pending_code(code_secret(SIGN_IN), SIGN_IN, now=clock.now())
    if request.method == "GET" and (current_person() or next_step(wanted)):
        return redirect(next_step(wanted) or wanted, 303)
    if pending is None:
        flash(GONE, "warning")
        return redirect(url_for("accounts.sign_in", next=wanted), 303)
    page = {"next": wanted, "pending": pending, "has_mail": ways_in.has_mail()}
    if form.validate_on_submit():
        try:
            entered = sign_in_by_code(
                code_secret(SIGN_IN),
                form.digits,
                may_sign_up=ways_in.may_sign_up(),
                caller=caller(pending.email),
                now=clock.now(),
                ending=access.token(),
                browser=browser(),
            )
        except (Refused, TooMany) as problem:
            return refused("accounts/sign_in_code.html", form, problem, **page)
        return _entered(entered, wanted)
    return shown("accounts/sign_in_code.html", form, **page)


@blueprint.post("/account/sign-in/code/another")
@anyone
def another_code() -> ResponseReturnValue:
    """The newest code is the one that works."""
    pending, wanted = code_queries.pending_code(code_secret(SIGN_IN), SIGN_IN, now=clock.now()), wanted_address("/")
    if pending is None:
        flash(GONE, "warning")
        return redirect(url_for("accounts.sign_in", next=wanted), 303)
    letter = code_queries.letter_of_code(pending.id)
    try:
        response = _code_is_asked(pending.email, wanted, time_zone=pending.time_zone, letter=letter)
    except TooMany as problem:
        return refused(
            "accounts/sign_in_code.html", CodeForm(formdata=None), problem, next=wanted, pending=pending, has_mail=ways_in.has_mail()
        )
    flash("Another code is on its way. Only the newest one works.", "good")
    return response


@blueprint.route("/account/sign-up", methods=["GET", "POST"])
@anyone
def sign_up() -> ResponseReturnValue:
    wanted = wanted_address("/")
    if request.method == "GET" and (current_person() or next_step(wanted)):
        return redirect(next_step(wanted) or wanted, 303)
    if not ways_in.may_sign_up():
        return render_template("accounts/sign_up_closed.html", next=wanted), 200 if request.method == "GET" else 409
    return _sign_up_by_code(wanted) if ways_in.has_mail() else _sign_up_by_password(wanted)


def _sign_up_by_code(wanted: str) -> ResponseReturnValue:
    form = SignUpByCodeForm(asks_enrolment_code=ways_in.asks_enrolment_code())
    if form.validate_on_submit():
        try:
            ways_in.check_enrolment_code(form.given_code, caller=caller(), now=clock.now())
            return _code_is_asked(form.address, wanted, time_zone=text(form.time_zone), letter=SIGN_UP_LETTER)
        except (Refused, TooMany) as problem:
            return refused("accounts/sign_up.html", form, problem, next=wanted, has_mail=True)
    return shown("accounts/sign_up.html", form, next=wanted, has_mail=True)


def _sign_up_by_password(wanted: str) -> ResponseReturnValue:
    form = SignUpForm(asks_enrolment_code=ways_in.asks_enrolment_code())
    if form.validate_on_submit():
        try:
            ways_in.check_enrolment_code(form.given_code, caller=caller(), now=clock.now())
            token = service.sign_up(
                form.address,
                text(form.password),
                time_zone=text(form.time_zone),
                caller=caller(),
                now=clock.now(),
                ending=access.token(),
                browser=browser(),
            )
        except (Refused, TooMany) as problem:
            return refused("accounts/sign_up.html", form, problem, next=wanted, has_mail=False)
        return welcome(wanted, token, form.address)
    return shown("accounts/sign_up.html", form, next=wanted, has_mail=False)


def _code_is_asked(email: str, wanted: str, *, time_zone: str, letter: str = CODE_LETTER) -> ResponseReturnValue:
    secret = ask_to_sign_in(
        email,
        caller=caller(email),
        now=clock.now(),
        letter=letter,
        time_zone=time_zone,
        replacing=code_secret(SIGN_IN),
    )
    response = redirect(url_for("accounts.sign_in_code", next=wanted), 303)
    keep_code_secret(response, SIGN_IN, secret)
    return response


def _entered(entered: Entered, wanted: str) -> ResponseReturnValue:
    response = welcome(wanted, entered.token, entered.email)
    access.note_code_proof(entered.token)
    drop_code_secret(response, SIGN_IN)
    if entered.is_new:
        flash(WELCOME_NEW, "good")
    if entered.lost_password:
        flash(CONFIRMED_FIRST, "warning")
    return response
