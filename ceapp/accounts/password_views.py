"""One's own password: changing it, setting one after a mailed code, going without."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts import access, own_passwords, service, ways_in
from ceapp.accounts.access import browser, me, welcome
from ceapp.accounts.answers import refused, shown
from ceapp.accounts.current_sign_in import has_second_factor
from ceapp.accounts.forms import PasswordForm, text
from ceapp.accounts.views import blueprint
from ceapp.errors import Refused, TooMany
from ceapp.web.audience import fresh, signed_in

CHANGED = "Your password is changed, and you are signed out everywhere else."
SET = "Your password is set, and you are signed out everywhere else."
REMOVED = "Your password is removed, and you are signed out everywhere else. From now on you sign in with a mailed code."


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    """With the current password; without it after a mailed code, for those who have none or forgot it."""
    person, has_password = me(), bool(me().password_hash)
    asks_current = has_password and not access.has_code_proof()
    asks_proof = not asks_current or has_second_factor()
    if asks_proof and not access.has_fresh_proof() and request.method == "GET":
        return redirect(url_for("accounts.prove", next=url_for("accounts.password")), 303)
    form = PasswordForm(about=(person.email, person.name), asks_current=asks_current)
    may_remove = has_password and person.email_confirmed_at is not None and ways_in.has_mail()
    page = {"asks_current": asks_current, "has_password": has_password, "may_remove": may_remove}
    if form.validate_on_submit():
        try:
            token = _changed(form) if asks_current else _set(form)
        except (Refused, TooMany) as problem:
            return refused("accounts/password.html", form, problem, **page)
        response = welcome(url_for("accounts.profile"), token, person.email)
        flash(CHANGED if has_password else SET, "good")
        return response
    return shown("accounts/password.html", form, **page)


@blueprint.post("/account/password/removal")
@signed_in
@fresh
def password_removal() -> ResponseReturnValue:
    if not ways_in.has_mail():
        raise Refused("This server sends no mail, so the password is your only way in. Nothing was changed.")
    token = own_passwords.remove_password(me().id, access.token(), now=clock.now(), browser=browser())
    response = welcome(url_for("accounts.profile"), token, me().email)
    flash(REMOVED, "good")
    return response


def _changed(form: PasswordForm) -> str:
    return service.change_password(me().id, text(form.current), text(form.new), now=clock.now(), ending=access.token(), browser=browser())


def _set(form: PasswordForm) -> str:
    return own_passwords.set_own_password(me().id, access.token(), text(form.new), now=clock.now(), browser=browser())
