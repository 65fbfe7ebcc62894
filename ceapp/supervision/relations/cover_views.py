"""The pages about covering for a colleague."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import here, me
from ceapp.errors import Refused
from ceapp.supervision.blueprint import blueprint
from ceapp.supervision.relations import covers as service
from ceapp.supervision.relations import queries
from ceapp.supervision.relations.forms import CoverForm, EndForm
from ceapp.web.audience import member
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.route("/organisations/<organisation>/supervision/covers", methods=["GET", "POST"])
@member("supervisor", "administrator")
@resendable
def covers(organisation: str) -> ResponseReturnValue:
    form = CoverForm()
    if request.method == "POST" and form.validate():
        try:
            service.cover(
                here().id,
                me().id,
                supervisor_id=form.supervisor.id_chosen,
                colleague_id=form.colleague.id_chosen,
                first_day=form.first_day.day,
                last_day=form.last_day.day,
                now=clock.now(),
            )
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash("The cover is set. The trainees read it on their front page.", "good")
            return redirect(url_for("supervision.covers", organisation=organisation), 303)
    return _covers_page(form)


@blueprint.post("/organisations/<organisation>/supervision/covers/<uuid:cover_id>/end")
@member("supervisor", "administrator")
@resendable
def end_cover(organisation: str, cover_id: UUID) -> ResponseReturnValue:
    service.end_cover(here().id, me().id, cover_id, now=clock.now())
    flash("The cover is ended.", "good")
    return redirect(url_for("supervision.covers", organisation=organisation), 303)


def _covers_page(form: CoverForm) -> ResponseReturnValue:
    """An administrator sets covers for everybody; a supervisor for themselves, and reads those that they are part of."""
    everybody, page = here().membership.is_administrator, page_number()
    found, pages = queries.covers_of(here(), about=None if everybody else me().id, page=page)
    supervisors = queries.supervisors_in(here().id)
    form.supervisor.offer([each for each in supervisors if everybody or each.id == me().id])
    form.colleague.offer([each for each in supervisors if everybody or each.id != me().id])
    if request.method == "GET":
        form.first_day.data = here().today
        form.supervisor.data = str(me().id)
    shown = render_template(
        "supervision/covers.html",
        form=form,
        end_form=EndForm(formdata=None),
        covers=found,
        everybody=everybody,
        colleagues=len(supervisors) > 1,
        page=page,
        pages=pages,
        address=url_for("supervision.covers", organisation=here().slug),
    )
    return shown, 422 if form.errors else 200
