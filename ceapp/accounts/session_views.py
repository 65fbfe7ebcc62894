"""The browsers in which a person is signed in."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts import access, code_queries, sign_ins
from ceapp.accounts.access import farewell, me
from ceapp.accounts.current_sign_in import has_second_factor
from ceapp.accounts.tokens import token_hash
from ceapp.accounts.views import blueprint
from ceapp.web.audience import signed_in
from ceapp.web.forms import Form
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/account/sessions")
@signed_in
def sessions() -> ResponseReturnValue:
    now = clock.now()
    found = code_queries.sign_ins_of(me().id, now=now, seen_since=now - sign_ins.LONGEST_IDLE, page=page_number())
    here_hash, has_factor = token_hash(access.token() or ""), has_second_factor()
    return render_template("accounts/sessions.html", found=found, here_hash=here_hash, has_second_factor=has_factor, form=Form())


@blueprint.post("/account/sessions/<uuid:sign_in_id>/end")
@signed_in
@resendable
def end_session(sign_in_id: UUID) -> ResponseReturnValue:
    sign_ins.end_one_of(me().id, sign_in_id)
    flash("That browser is signed out.", "good")
    return redirect(url_for("accounts.sessions"), 303)


@blueprint.post("/account/sessions/others/end")
@signed_in
@resendable
def end_other_sessions() -> ResponseReturnValue:
    sign_ins.end_others_of(me().id, access.token())
    flash("You are signed out everywhere else.", "good")
    return redirect(url_for("accounts.sessions"), 303)


@blueprint.post("/account/sessions/all/end")
@signed_in
@resendable
def end_all_sessions() -> ResponseReturnValue:
    sign_ins.end_all_of(me().id)
    response = farewell(url_for("accounts.sign_in"))
    flash("You are signed out everywhere.", "good")
    return response
