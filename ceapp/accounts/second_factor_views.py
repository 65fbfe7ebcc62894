"""The pages of the second factor: asked for at sign-in, set up, looked after, switched off."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import segno
from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as WerkzeugResponse

from ceapp import clock
from ceapp.accounts import access, kept_secrets, recovery_codes, second_factor_changes, second_factors, totp
from ceapp.accounts.access import NotFresh, browser, me, welcome
from ceapp.accounts.answers import refused, shown, wanted_address
from ceapp.accounts.current_sign_in import has_second_factor, must_have_second_factor, next_step, waiting, who_signs_in
from ceapp.accounts.forms import AppCodeForm, FactorForm, text
from ceapp.accounts.second_factors import Given
from ceapp.accounts.sign_ins import PROOF_LASTS
from ceapp.accounts.stages import Stage
from ceapp.accounts.views import blueprint
from ceapp.accounts.ways_in import settings
from ceapp.errors import Missing, Refused, TooMany
from ceapp.web.audience import anyone, fresh, setting_up, signed_in
from ceapp.web.forms import Form

SEED, CODES = "second-factor-seed", "second-factor-codes"
_SEED_LIFE = timedelta(hours=1)

SWITCHED_ON = "Your second factor is on, and you are signed out everywhere else."
SWITCHED_OFF = "Your second factor is off, and you are signed out everywhere else."
TOO_LATE = "Your sign-in waited longer than 15 minutes for its second factor. Nothing was changed: sign in again."


@blueprint.route("/account/sign-in/second-factor", methods=["GET", "POST"])
@anyone
def second_factor_asked() -> ResponseReturnValue:
    """The second step of signing in."""
    form, wanted = FactorForm(), wanted_address("/")
    if waiting() is not Stage.ASKED:
        return _nothing_asked(wanted)
    person = who_signs_in()
    if form.validate_on_submit():
        given = Given(text(form.factor), access.caller_of_factor(person.id))
        try:
            token = second_factors.complete_sign_in(person.id, access.token(), given, now=clock.now(), browser=browser())
        except (Refused, TooMany) as problem:
            return refused("accounts/second_factor_asked.html", form, problem, next=wanted)
        return _entered(wanted, token)
    return shown("accounts/second_factor_asked.html", form, next=wanted)


@blueprint.get("/account/second-factor")
@signed_in
def second_factor() -> ResponseReturnValue:
    """Whether it is on, and what can be done with it."""
    state, has_codes = second_factors.state_of(me().id), kept_secrets.kept(CODES, PROOF_LASTS) is not None
    return render_template(
        "accounts/second_factor.html", state=state, has_codes=has_codes, must_have=must_have_second_factor(), form=Form()
    )


@blueprint.route("/account/second-factor/set-up", methods=["GET", "POST"])
@setting_up
def second_factor_set_up() -> ResponseReturnValue:
    """The key for the app as a picture and as text, and the first code that the app makes of it."""
    form, wanted, person = AppCodeForm(), wanted_address(url_for("accounts.second_factor")), who_signs_in()
    if has_second_factor():
        return redirect(url_for("accounts.second_factor_codes", next=wanted), 303)
    if not access.has_fresh_proof():
        return _ask_again()
    seed = _seed()
    page = {"next": wanted, "seed": totp.in_groups(seed), "picture": _picture(seed, person.email), "email": person.email}
    if form.validate_on_submit():
        try:
            done = second_factor_changes.switch_on(person.id, access.token(), seed, form.digits, now=clock.now(), browser=browser())
        except Refused as problem:
            return refused("accounts/second_factor_set_up.html", form, problem, must_have=must_have_second_factor(), **page)
        response = _entered(url_for("accounts.second_factor_codes", next=wanted), done.token)
        kept_secrets.keep(CODES, " ".join(done.codes), token=done.token)
        flash(SWITCHED_ON, "good")
        return response
    return shown("accounts/second_factor_set_up.html", form, must_have=must_have_second_factor(), **page)


@blueprint.get("/account/second-factor/codes")
@signed_in
def second_factor_codes() -> ResponseReturnValue:
    """The recovery codes that were just made, until the person says that they are kept."""
    codes, wanted = _codes(), wanted_address(url_for("accounts.second_factor"))
    if codes is None:
        return redirect(wanted, 303)
    return render_template("accounts/second_factor_codes.html", codes=codes, next=wanted, host=_host(), form=Form())


@blueprint.post("/account/second-factor/codes")
@signed_in
@fresh
def second_factor_new_codes() -> ResponseReturnValue:
    """Make new ones; those from before no longer work."""
    codes = second_factor_changes.make_recovery_codes(me().id, access.token(), now=clock.now())
    kept_secrets.keep(CODES, " ".join(codes), token=access.token() or "")
    return redirect(url_for("accounts.second_factor_codes"), 303)


@blueprint.get("/account/second-factor/codes.txt")
@signed_in
def second_factor_codes_file() -> ResponseReturnValue:
    """The same as a file."""
    codes = _codes()
    if codes is None:
        raise Missing("Recovery codes are shown for 15 minutes after they were made. Make new ones under Account, Second factor.")
    headers = {"Content-Disposition": 'attachment; filename="recovery-codes.txt"'}
    return Response(recovery_codes.as_text(codes, host=_host(), email=me().email), mimetype="text/plain", headers=headers)


@blueprint.post("/account/second-factor/codes/kept")
@signed_in
def second_factor_codes_kept() -> ResponseReturnValue:
    """The person has the codes, so this browser forgets them."""
    kept_secrets.forget(CODES)
    return redirect(wanted_address(url_for("accounts.second_factor")), 303)


@blueprint.post("/account/second-factor/removal")
@signed_in
@fresh
def second_factor_removal() -> ResponseReturnValue:
    """Switch it off. Whose role needs one is led to set up another at once."""
    token = second_factor_changes.switch_off(me().id, access.token(), now=clock.now(), browser=browser())
    response = welcome(url_for("accounts.second_factor"), token, me().email)
    flash(SWITCHED_OFF, "good")
    return response


def _nothing_asked(wanted: str) -> ResponseReturnValue:
    if request.method == "POST" and access.current_person() is None:
        flash(TOO_LATE, "warning")
    return redirect(next_step(wanted) or url_for("accounts.sign_in", next=wanted), 303)


def _entered(wanted: str, token: str) -> WerkzeugResponse:
    """The sign-in is complete. That it began with a mailed code still counts."""
    person, by_code = who_signs_in(), access.came_by_code()
    response = welcome(wanted, token, person.email)
    access.note_factor_given(response, person.id)
    if by_code:
        access.note_code_proof(token)
    return response


def _ask_again() -> ResponseReturnValue:
    """Too long after the sign-in to set up a second factor."""
    if waiting() is Stage.LED:
        return render_template("accounts/second_factor_again.html", form=Form()), 200 if request.method == "GET" else 403
    if request.method == "POST":
        raise NotFresh
    return redirect(url_for("accounts.prove", next=request.full_path.rstrip("?")), 303)


def _seed() -> str:
    """The key that this browser was shown before, or a new one: whoever looks into the app meanwhile finds the same page again."""
    found = kept_secrets.kept(SEED, _SEED_LIFE)
    if found is None:
        found = totp.new_seed()
        kept_secrets.keep(SEED, found, token=access.token() or "")
    return found


def _codes() -> list[str] | None:
    codes = kept_secrets.kept(CODES, PROOF_LASTS)
    return [recovery_codes.in_groups(code) for code in codes.split()] if codes else None


def _picture(seed: str, email: str) -> str:
    """The QR code as an image of its own, dark on white in every colour scheme, with the margin that cameras need."""
    address = totp.app_address(seed, issuer=_host(), account=email)
    return segno.make_qr(address, error="m").svg_data_uri(border=4, light="#fff", dark="#000")


def _host() -> str:
    return urlsplit(settings().address).hostname or ""
