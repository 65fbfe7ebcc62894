"""The dossier of a course: what it has, what is missing, and the folder."""

from __future__ import annotations

from flask import Response, current_app, render_template
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.certificates.rendering import Paper
from ceapp.errors import Malformed
from ceapp.reporting.dossier import service
from ceapp.reporting.dossier.forms import DossierForm
from ceapp.reporting.dossier.material import missing
from ceapp.reporting.dossier.queries import material_of
from ceapp.reporting.views import blueprint
from ceapp.web.archives import zip_stream
from ceapp.web.audience import administrator
from ceapp.web.spreadsheets import file_name


@blueprint.get("/provider/files/<course_slug>/dossier")
@administrator
def dossier(course_slug: str) -> ResponseReturnValue:
    """What is missing, and a button for the folder."""
    found = material_of(course_slug, address=_address(), now=clock.now(), with_texts=False)
    return render_template("reporting/dossier.html", found=found, missing=missing(found), form=DossierForm(formdata=None))


@blueprint.post("/provider/files/<course_slug>/dossier")
@administrator
def take_dossier(course_slug: str) -> ResponseReturnValue:
    """The folder as one ZIP."""
    return dossier_file(course_slug)


def dossier_file(course_slug: str) -> Response:
    """All of it is made first, so that nothing breaks off in the middle; by a form, because each taking is written down."""
    if not DossierForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was made.")
    moment = clock.now()
    found = service.material_and_note(course_slug, address=_address(), by=me().id, now=moment)
    entries = list(service.folder_of(found, Paper.LETTER, now=moment))
    response = Response(zip_stream(entries), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=file_name("dossier", course_slug, ending="zip"))
    return response


def _address() -> str:
    address: str = current_app.extensions["ceapp.settings"].address
    return address
