"""The administrators' pages of attachments."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.catalogue.attachments import service
from ceapp.catalogue.attachments.forms import AttachmentForm, NewAttachmentForm
from ceapp.catalogue.attachments.queries import (
    Listed,
    attachment_versions,
    attachment_with_id,
    attachments_page,
    content_of,
)
from ceapp.catalogue.queries import every_course
from ceapp.catalogue.views import blueprint
from ceapp.errors import Missing, Refused
from ceapp.web.audience import administrator
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/provider/attachments")
@administrator
def attachments() -> ResponseReturnValue:
    """Every attachment by course, as its newest version is; `?course=` those of one."""
    courses = dict(every_course())
    chosen = request.args.get("course", "")
    chosen = chosen if chosen in courses else ""
    found = attachments_page(page_number(), chosen)
    return render_template("catalogue/attachments.html", found=found, chosen=chosen, courses=courses)


@blueprint.route("/provider/attachments/new", methods=["GET", "POST"])
@administrator
@resendable
def new_attachment() -> ResponseReturnValue:
    """Add a file."""
    form = NewAttachmentForm()
    courses = every_course()
    form.offer(courses)
    if not form.is_submitted():
        form.course.data = next((slug for slug, _ in courses if slug == request.args.get("course")), "")
    if form.validate_on_submit():
        try:
            added = service.add(form.given, by=me().id, form_key=form.form_key, now=clock.now())
            flash("The file is kept.", "good")
            return redirect(url_for("catalogue.attachment", attachment_id=added.first_id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    return _form_page(form, None)


@blueprint.get("/provider/attachments/<uuid:attachment_id>")
@administrator
def attachment(attachment_id: UUID) -> ResponseReturnValue:
    """An attachment with its versions."""
    return render_template("catalogue/attachment.html", versions=_versions(attachment_id))


@blueprint.route("/provider/attachments/<uuid:attachment_id>/newer", methods=["GET", "POST"])
@administrator
@resendable
def replace_attachment(attachment_id: UUID) -> ResponseReturnValue:
    """Put a newer file in its place; the older ones are kept."""
    newest, form = _versions(attachment_id)[0], AttachmentForm()
    if not form.is_submitted():
        form.kind.data, form.title.data = newest.attachment.kind, newest.attachment.title
        form.compare_with(newest.attachment.version)
    if form.validate_on_submit():
        after = form.after_version.number
        try:
            service.replace(attachment_id, form.given, after_version=after, by=me().id, form_key=form.form_key, now=clock.now())
            flash("The newer file is kept, and the older ones with it.", "good")
            return redirect(url_for("catalogue.attachment", attachment_id=attachment_id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
            newest = _versions(attachment_id)[0]
            form.compare_with(newest.attachment.version)
            form.key.data = ""
    return _form_page(form, newest)


@blueprint.get("/provider/attachments/<uuid:attachment_id>/file")
@administrator
def attachment_file(attachment_id: UUID) -> ResponseReturnValue:
    """One version, to be kept as a file: no browser shows it as a page of this server."""
    found = attachment_with_id(attachment_id)
    if found is None:
        raise Missing
    return download(found)


def download(found: Listed) -> Response:
    """A file as its own content says what it is, and never inside a page."""
    data = content_of(found.attachment.id)
    if data is None:
        raise Missing
    response = Response(data, mimetype=found.attachment.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=found.file_name)
    return response


def _form_page(form: AttachmentForm, newest: Listed | None) -> ResponseReturnValue:
    form.renew()
    return render_template("catalogue/attachment_form.html", form=form, newest=newest), 422 if form.errors else 200


def _versions(attachment_id: UUID) -> list[Listed]:
    found = attachment_versions(attachment_id)
    if not found:
        raise Missing
    return found
