"""The transcript of a person: on a page that prints well, as PDF and as CSV; and made by an administrator, with a reason."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.accounts.people.queries import person_with_id
from ceapp.certificates.rendering import Paper
from ceapp.errors import Malformed, Missing
from ceapp.reporting import transcript_service as service
from ceapp.reporting.transcript_forms import CSV, CopyForm, TranscriptForm
from ceapp.reporting.transcript_queries import copies_of
from ceapp.reporting.transcripts import STATEMENT, Transcript, Wanted, rows
from ceapp.reporting.views import blueprint
from ceapp.web.audience import administrator, fresh, signed_in
from ceapp.web.resend import resendable
from ceapp.web.spreadsheets import csv_rows


@blueprint.get("/account/transcript")
@signed_in
def transcript() -> ResponseReturnValue:
    """What I completed."""
    form = TranscriptForm(request.args)
    form.offer(())
    form.validate()
    found = service.transcript_of(me(), form.wanted, now=clock.now())
    form.offer(found.licences)
    page = render_template(
        "reporting/transcript.html", form=form, found=found, statement=STATEMENT, copies=copies_of(me().id), asked=_asked()
    )
    return page, 422 if form.errors else 200


@blueprint.get("/account/transcript.pdf")
@signed_in
def transcript_pdf() -> ResponseReturnValue:
    """The same on paper."""
    paper = request.args.get("paper", Paper.LETTER)
    if paper not in list(Paper):
        raise Missing
    return _file(service.transcript_of(me(), _wanted(), now=clock.now()), paper)


@blueprint.get("/account/transcript.csv")
@signed_in
def transcript_csv() -> ResponseReturnValue:
    """The same as a file for a spreadsheet."""
    return _file(service.transcript_of(me(), _wanted(), now=clock.now()), CSV)


@blueprint.route("/people/<uuid:person_id>/transcript", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def transcript_copy(person_id: UUID) -> ResponseReturnValue:
    """Somebody else's, written down with a reason that they read."""
    person, form = person_with_id(person_id), CopyForm()
    if person is None:
        raise Missing
    if form.validate_on_submit():
        found = service.transcript_of(person, form.wanted, now=clock.now())
        made = _file(found, str(form.kind.data))  # First, so that nothing is written down that was not made.
        try:
            service.note_copy(person_id, reason=form.reason.data or "", by=me().id, form_key=form.form_key, now=clock.now())
        except Malformed as problem:
            form.form_errors.append(problem.message)
        else:
            return made
    form.renew()
    return render_template("reporting/transcript_copy.html", form=form, person=person), 422 if form.errors else 200


def _wanted() -> Wanted:
    form = TranscriptForm(request.args)
    form.offer(())
    if not form.validate():
        raise Malformed("This address is not complete. Choose the days on the page of your transcript.")
    return form.wanted


def _asked() -> dict[str, str]:
    """What stands in the address of the page, for those of its files."""
    return {name: request.args[name] for name in ("first_day", "last_day", "licence") if request.args.get(name)}


def _file(found: Transcript, kind: str) -> Response:
    if kind == CSV:
        response = Response("".join(csv_rows(rows(found), byte_order_mark=True)), mimetype="text/csv")
    else:
        response = Response(service.pdf_of(found, Paper(kind)), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"transcript.{'csv' if kind == CSV else 'pdf'}")
    return response
