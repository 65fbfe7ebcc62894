"""The audit pack: one's own from the page of a certificate, and a reviewer's in an opened record."""

from __future__ import annotations

from uuid import UUID

from flask import Response, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me, sign_in_id
from ceapp.certificates.access import certificate_of
from ceapp.errors import Malformed, Missing
from ceapp.learning.record.access import subject_of
from ceapp.learning.record.queries import Looker, Subject
from ceapp.reporting import pack_service as service
from ceapp.reporting.pack_forms import PackForm
from ceapp.reporting.pack_queries import About, about_certificate, about_enrolment
from ceapp.reporting.views import blueprint
from ceapp.web.archives import zip_stream
from ceapp.web.audience import administrator, signed_in


@blueprint.get("/certificates/<uuid:certificate_id>/audit-pack")
@signed_in
def own_pack(certificate_id: UUID) -> ResponseReturnValue:
    """What the pack of one's own certificate has in it."""
    held = certificate_of(me().id, certificate_id)
    return render_template("reporting/own_pack.html", held=held, form=PackForm(formdata=None))


@blueprint.post("/certificates/<uuid:certificate_id>/audit-pack")
@signed_in
def take_own_pack(certificate_id: UUID) -> ResponseReturnValue:
    """The pack of one's own certificate."""
    held = certificate_of(me().id, certificate_id)
    return _file(about_certificate(held.certificate), for_person=True)


@blueprint.get("/people/<uuid:person_id>/record/<uuid:enrolment_id>/audit-pack")
@administrator
def reviewers_pack(person_id: UUID, enrolment_id: UUID) -> ResponseReturnValue:
    """What the pack of an enrolment has in it, in a record that this administrator has opened."""
    subject = _enrolment(person_id, enrolment_id)
    if subject.opening is None:
        return redirect(url_for("learning.open_record", person_id=person_id, subject_id=enrolment_id), 303)
    return render_template("reporting/reviewers_pack.html", subject=subject, form=PackForm(formdata=None))


@blueprint.post("/people/<uuid:person_id>/record/<uuid:enrolment_id>/audit-pack")
@administrator
def take_reviewers_pack(person_id: UUID, enrolment_id: UUID) -> ResponseReturnValue:
    """The pack of an enrolment."""
    subject = _enrolment(person_id, enrolment_id)
    if subject.opening is None or subject.enrolment is None:
        return redirect(url_for("learning.open_record", person_id=person_id, subject_id=enrolment_id), 303)
    return _file(about_enrolment(subject.enrolment), for_person=False)


def _enrolment(person_id: UUID, enrolment_id: UUID) -> Subject:
    """Assigned work alone has no certificate and no pack."""
    subject = subject_of(person_id, enrolment_id, Looker(me().id, sign_in_id(), clock.now()))
    if subject.enrolment is None:
        raise Missing
    return subject


def _file(about: About, *, for_person: bool) -> Response:
    """All of it is made first, so that nothing breaks off in the middle."""
    if not PackForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was made.")
    moment, address, name = clock.now(), current_app.extensions["ceapp.settings"].address, f"audit-pack-{about.prefix.rstrip('-')}.zip"
    service.note_pack(me().id, [about], now=moment)
    entries = list(service.pack([about], for_person=for_person, address=address, now=moment))
    response = Response(zip_stream(entries), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
