"""Changing one's e-mail address."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts import access, code_queries, email_changes, ways_in
from ceapp.accounts.access import browser, caller, me, welcome
from ceapp.accounts.answers import refused, shown
from ceapp.accounts.cookies import code_secret, drop_code_secret, keep_code_secret
from ceapp.accounts.forms import CodeForm, NewEmailForm
from ceapp.accounts.mailed_codes import CHANGE_EMAIL
from ceapp.accounts.views import blueprint
from ceapp.errors import Refused, TooMany
from ceapp.web.audience import fresh, signed_in
from ceapp.web.resend import resendable


@blueprint.route("/account/email", methods=["GET", "POST"])
@signed_in
@fresh
@resendable
def email() -> ResponseReturnValue:
    """Asks for the new address and mails a code there."""
    form = NewEmailForm()
    if form.validate_on_submit():
        try:
            secret = email_changes.ask_to_change_email(
                me().id,
                access.token(),
                form.address,
                caller=caller(form.address),
                now=clock.now(),
                replacing=code_secret(CHANGE_EMAIL),
            )
        except (Refused, TooMany) as problem:
            return refused("accounts/email.html", form, problem, has_mail=ways_in.has_mail())
        response = redirect(url_for("accounts.email_code"), 303)
        keep_code_secret(response, CHANGE_EMAIL, secret)
        return response
    return shown("accounts/email.html", form, has_mail=ways_in.has_mail())


@blueprint.route("/account/email/code", methods=["GET", "POST"])
@signed_in
def email_code() -> ResponseReturnValue:
    """The code from the new address changes it."""
    form = CodeForm()
    pending = code_queries.pending_code(code_secret(CHANGE_EMAIL), CHANGE_EMAIL, now=clock.now())
    if pending is None or pending.person_id != me().id:
        return redirect(url_for("accounts.email"), 303)
    page = {"pending": pending, "has_mail": ways_in.has_mail()}
    if form.validate_on_submit():
        try:
            token = email_changes.change_email(
                me().id,
                access.token(),
                code_secret(CHANGE_EMAIL),
                form.digits,
                caller=caller(pending.email),
                now=clock.now(),
                browser=browser(),
            )
        except (Refused, TooMany) as problem:
            return refused("accounts/email_code.html", form, problem, **page)
        response = welcome(url_for("accounts.profile"), token, pending.email)
        drop_code_secret(response, CHANGE_EMAIL)
        flash("Your address is changed, and you are signed out everywhere else. A mail to the old address says so.", "good")
        return response
    return shown("accounts/email_code.html", form, **page)
