"""Everything about oneself: what is in it, how far it is, the file."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.certificates.rendering import Paper
from ceapp.errors import Malformed, Refused
from ceapp.reporting.access import export_of
from ceapp.reporting.forms import DownloadForm
from ceapp.reporting.own_data import service
from ceapp.reporting.own_data.forms import AskForm
from ceapp.reporting.queries import exports_of
from ceapp.reporting.views import blueprint, file_response, percent, progress
from ceapp.web.archives import zip_stream
from ceapp.web.audience import fresh, signed_in


@blueprint.route("/account/data", methods=["GET", "POST"])
@signed_in
@fresh
def own_data() -> ResponseReturnValue:
    """What is in it, and the files that were asked for before."""
    form = AskForm()
    if form.validate_on_submit():
        export_id = service.ask(me().id, form.chosen_paper, now=clock.now())
        return redirect(url_for("reporting.own_data_export", export_id=export_id), 303)
    page = render_template("reporting/own_data.html", form=form, exports=exports_of(me().id, own=True))
    return page, 422 if form.errors else 200


@blueprint.get("/account/data/<uuid:export_id>")
@signed_in
@fresh
def own_data_export(export_id: UUID) -> ResponseReturnValue:
    """How far it is, and the file once it is ready."""
    found = export_of(me().id, export_id, own=True)
    return render_template("reporting/own_data_export.html", export=found, percent=percent(found), form=DownloadForm(formdata=None))


@blueprint.get("/account/data/<uuid:export_id>/progress")
@signed_in
@fresh
def own_data_progress(export_id: UUID) -> ResponseReturnValue:
    """The same for the script of that page."""
    return progress(export_of(me().id, export_id, own=True))


@blueprint.post("/account/data/<uuid:export_id>/file")
@signed_in
@fresh
def own_data_file(export_id: UUID) -> ResponseReturnValue:
    """The file, streamed; it says what is so now, whenever it was asked for."""
    found = export_of(me().id, export_id, own=True)
    if not DownloadForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was exported.")
    if found.finished_at is None:
        raise Refused(
            "The PDFs of your certificates are still being made. Nothing was exported; wait until the page says that it is ready."
        )
    moment, paper = clock.now(), Paper(found.paper)
    service.note_download(me().id, now=moment)
    files = service.files(me(), paper, address=current_app.extensions["ceapp.settings"].address, now=moment)
    return file_response(zip_stream(files), "application/zip", "everything-about-me.zip")
