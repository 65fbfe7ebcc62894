"""The pages of one's own licences."""

from __future__ import annotations

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.accounts.addresses import local_address
from ceapp.accounts.licences import queries, service
from ceapp.accounts.licences.forms import LicenceForm, TakeAwayForm
from ceapp.accounts.licences.places import HINTS, PLACES
from ceapp.accounts.models import Licence
from ceapp.accounts.views import blueprint
from ceapp.errors import Missing, Refused
from ceapp.web.audience import signed_in
from ceapp.web.resend import resendable


@blueprint.get("/account/licences")
@signed_in
def licences() -> ResponseReturnValue:
    """One's licences, with what certificates print of them."""
    held, today = queries.licences_of(me().id), _today()
    return render_template(
        "accounts/licences.html",
        licences=[(each, queries.title_of(each), queries.has_expired(each, today)) for each in held],
        has_room=len(held) < queries.MOST,
        next=_next(),
    )


@blueprint.route("/account/licences/new", methods=["GET", "POST"])
@signed_in
@resendable
def new_licence() -> ResponseReturnValue:
    form = LicenceForm()
    if form.validate_on_submit():
        try:
            service.add(me().id, form.given, now=clock.now())
            flash("The licence is saved.", "good")
            return redirect(url_for("accounts.licences", next=_next()), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    return _shown(form, None)


@blueprint.route("/account/licences/<uuid:licence_id>", methods=["GET", "POST"])
@signed_in
@resendable
def licence(licence_id: UUID) -> ResponseReturnValue:
    held = queries.licence_of(me().id, licence_id)
    if held is None:
        raise Missing
    form = LicenceForm(obj=held)
    if form.validate_on_submit():
        try:
            service.change(me().id, licence_id, form.given, now=clock.now())
            flash("The licence is saved. Certificates that you have already keep what they print.", "good")
            return redirect(url_for("accounts.licences", next=_next()), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    return _shown(form, held)


@blueprint.post("/account/licences/<uuid:licence_id>/removal")
@signed_in
@resendable
def take_licence_away(licence_id: UUID) -> ResponseReturnValue:
    if TakeAwayForm().validate_on_submit():
        service.take_away(me().id, licence_id, now=clock.now())
        flash("The licence is taken away. Certificates that print it keep it.", "good")
    return redirect(url_for("accounts.licences", next=_next()), 303)


def _shown(form: LicenceForm, held: Licence | None) -> ResponseReturnValue:
    hints = {PLACES[place]: sentence for place, sentence in HINTS.items()}
    title = queries.title_of(held) if held else ""
    page = render_template(
        "accounts/licence.html", form=form, licence=held, title=title, hints=hints, next=_next(), removal=TakeAwayForm(formdata=None)
    )
    return page, 422 if form.errors else 200


def _next() -> str | None:
    """The page that the person came from and goes back to, when there is one of ours."""
    return local_address(request.args.get("next"), "") or None


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(me().zone)).date()
