"""Confirm that it is you: asked before what cannot be undone."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from ceapp import clock
from ceapp.accounts import access, code_queries, proofs, ways_in
from ceapp.accounts.access import browser, caller, me, welcome
from ceapp.accounts.answers import refused, shown, wanted_address
from ceapp.accounts.cookies import code_secret, drop_code_secret, keep_code_secret
from ceapp.accounts.current_sign_in import has_second_factor
from ceapp.accounts.forms import ProofCodeForm, ProofForm, text
from ceapp.accounts.mailed_codes import PROVE
from ceapp.accounts.second_factors import Given
from ceapp.accounts.views import blueprint
from ceapp.errors import Refused, TooMany
from ceapp.web.audience import signed_in

CONFIRMED = "You have confirmed that it is you. This holds for 15 minutes in this browser."


@blueprint.route("/account/prove", methods=["GET", "POST"])
@signed_in
def prove() -> ResponseReturnValue:
    """By password, or on to a mailed code; with the second factor where there is one."""
    form, wanted = ProofForm(asks_factor=has_second_factor()), wanted_address(url_for("accounts.profile"))
    page = {"next": wanted, "has_mail": ways_in.has_mail(), "has_password": bool(me().password_hash)}
    if form.validate_on_submit():
        try:
            proofs.prove_by_password(me().id, access.token(), text(form.password), now=clock.now(), factor=_given(form))
        except (Refused, TooMany) as problem:
            return refused("accounts/prove.html", form, problem, **page)
        response = redirect(wanted, 303)
        _note_factor(response)
        flash(CONFIRMED, "good")
        return response
    return shown("accounts/prove.html", form, **page)


@blueprint.post("/account/prove/mail")
@signed_in
def prove_mail() -> ResponseReturnValue:
    """Mail a code to the person's own address."""
    secret = proofs.ask_for_code(me().id, caller=caller(me().email), now=clock.now(), replacing=code_secret(PROVE))
    response = redirect(url_for("accounts.prove_code", next=wanted_address(url_for("accounts.profile"))), 303)
    keep_code_secret(response, PROVE, secret)
    return response


@blueprint.route("/account/prove/code", methods=["GET", "POST"])
@signed_in
def prove_code() -> ResponseReturnValue:
    form, wanted = ProofCodeForm(asks_factor=has_second_factor()), wanted_address(url_for("accounts.profile"))
    pending = code_queries.pending_code(code_secret(PROVE), PROVE, now=clock.now())
    if pending is None or pending.person_id != me().id:
        return redirect(url_for("accounts.prove", next=wanted), 303)
    page = {"next": wanted, "pending": pending, "has_mail": ways_in.has_mail()}
    if form.validate_on_submit():
        try:
            token = proofs.prove_by_code(
                me().id,
                access.token(),
                code_secret(PROVE),
                form.digits,
                caller=caller(pending.email),
                now=clock.now(),
                browser=browser(),
                factor=_given(form),
            )
        except (Refused, TooMany) as problem:
            return refused("accounts/prove_code.html", form, problem, **page)
        # The seal of forms stays, so that a form in another tab, for which this was asked, can be sent.
        response = redirect(wanted, 303) if token == access.token() else welcome(wanted, token, me().email)
        _note_factor(response)
        access.note_code_proof(token)
        drop_code_secret(response, PROVE)
        flash(CONFIRMED, "good")
        return response
    return shown("accounts/prove_code.html", form, **page)


def _given(form: ProofForm | ProofCodeForm) -> Given:
    return Given(form.given_factor, access.caller_of_factor(me().id))


def _note_factor(response: Response) -> None:
    if has_second_factor():
        access.note_factor_given(response, me().id)
