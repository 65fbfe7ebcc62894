"""The provider's exports: look at a selection, take it as a file."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from ceapp.accounts.access import me
from ceapp.catalogue.queries import every_course
from ceapp.certificates.rendering import Paper
from ceapp.clock import now
from ceapp.errors import Malformed, Refused
from ceapp.reporting import exporting, queries, rosters
from ceapp.reporting.access import export_of
from ceapp.reporting.forms import DownloadForm, SelectionForm
from ceapp.reporting.models import Export
from ceapp.reporting.selection import selection_from
from ceapp.web.archives import zip_stream
from ceapp.web.audience import administrator, fresh
from ceapp.web.paging import page_number
from ceapp.web.spreadsheets import file_name

blueprint = Blueprint("reporting", __name__)

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/exports")
@administrator
@fresh
def exports() -> ResponseReturnValue:
    """The certificates of a selection, a page at a time, and what can be made of them."""
    form = _form(request.args)
    if request.args and not form.validate():
        return _page(form, listed=False), 422
    return _page(form)


@blueprint.post("/exports")
@administrator
@fresh
def export_certificates() -> ResponseReturnValue:
    """Begin an archive of the PDFs."""
    form = _form(request.form)
    if not form.validate():
        return _page(form, listed=False), 422
    try:
        export_id = exporting.ask(me().id, form.selection, form.chosen_paper, now=now())
    except Refused as problem:
        form.form_errors.append(problem.message)
        return _page(form), 422
    return redirect(url_for("reporting.export", export_id=export_id), 303)


@blueprint.post("/exports/roster")
@administrator
@fresh
def roster() -> ResponseReturnValue:
    """The roster of a selection as CSV or XLSX; everything that the page lists, and nothing else."""
    form = _form(request.form)
    if not form.validate():
        return _page(form, listed=False), 422
    selection = form.selection
    exporting.note_download(me().id, "roster", selection, now=now())
    rows = queries.rows_of(selection)
    if request.form.get("as") == "xlsx":
        return file_response(rosters.spreadsheet(rows), _SPREADSHEET, file_name("roster", selection.words, ending="xlsx"))
    lines = (line.encode() for line in rosters.lines_of(rows))
    return file_response(lines, "text/csv", file_name("roster", selection.words, ending="csv"))


@blueprint.get("/exports/<uuid:export_id>")
@administrator
@fresh
def export(export_id: UUID) -> ResponseReturnValue:
    """How far an export is, and its file once it is ready."""
    found = export_of(me().id, export_id)
    return render_template("reporting/export.html", export=found, percent=percent(found), form=DownloadForm(formdata=None))


@blueprint.get("/exports/<uuid:export_id>/progress")
@administrator
@fresh
def export_progress(export_id: UUID) -> ResponseReturnValue:
    """The same for the script of that page."""
    return progress(export_of(me().id, export_id))


@blueprint.post("/exports/<uuid:export_id>/file")
@administrator
@fresh
def export_file(export_id: UUID) -> ResponseReturnValue:
    """The archive, streamed."""
    found = export_of(me().id, export_id)
    if not DownloadForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was exported.")
    if found.finished_at is None:
        raise Refused("The PDFs of this export are still being made. Nothing was exported; wait until its page says that it is ready.")
    selection, paper = selection_from(found.selection), Paper(found.paper)
    exporting.note_download(me().id, "certificates", selection, now=now())
    archive = zip_stream(exporting.archive(selection, paper, now=now()))
    return file_response(archive, "application/zip", file_name("certificates", selection.words, ending="zip"))


def _form(values: MultiDict[str, str]) -> SelectionForm:
    form = SelectionForm(values, meta={"csrf": request.method == "POST"})  # A token never stands in an address.
    form.offer(every_course(), queries.organisations())
    return form


def _page(form: SelectionForm, *, listed: bool = True) -> str:
    page = page_number()
    arguments = _arguments(form)
    return render_template(
        "reporting/exports.html",
        form=form,
        arguments=arguments,
        counts=queries.count(form.selection) if listed else queries.Counts(0, 0),
        rows=queries.page_of(form.selection, page) if listed else [],
        page=page,
        exports=queries.exports_of(me().id),
        address=f"{url_for('reporting.exports')}?{urlencode(arguments)}",
    )


def _arguments(form: SelectionForm) -> dict[str, str]:
    fields = (form.course, form.first_day, form.last_day, form.organisation, form.paper)
    return {field.name: str(field.data) for field in fields if field.data}


def percent(export: Export) -> int:
    """How much of an export is made."""
    return 100 if export.finished_at else min(99, 100 * export.ready // export.total)


def progress(export: Export) -> Response:
    """The same for the script of its page."""
    return jsonify(percent=percent(export), ready=export.ready, total=export.total, finished=export.finished_at is not None)


def file_response(pieces: Iterable[bytes], mimetype: str, name: str) -> Response:
    """A file to be kept, streamed."""
    response = Response(stream_with_context(iter(pieces)), mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
