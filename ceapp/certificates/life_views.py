"""Administrators find certificates, replace, revoke and issue them by hand; holders say what is wrong with theirs."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.accounts.models import Person
from ceapp.accounts.people.queries import person_with_id
from ceapp.certificates import life, life_queries
from ceapp.certificates.access import certificate_of
from ceapp.certificates.approvals.courses import known_courses
from ceapp.certificates.facts import PrintedLicence, printed
from ceapp.certificates.life_forms import AnswerForm, CorrectionForm, HandForm, RevocationForm, WrongForm, sought_text
from ceapp.certificates.life_queries import Life
from ceapp.certificates.queries import all_licences_of
from ceapp.certificates.views import blueprint
from ceapp.errors import Malformed, Missing, Refused
from ceapp.web.audience import administrator, fresh, signed_in
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.route("/certificates/<uuid:certificate_id>/wrong", methods=["GET", "POST"])
@signed_in
@resendable
def wrong(certificate_id: UUID) -> ResponseReturnValue:
    """The holder asks for a corrected certificate."""
    held, form = certificate_of(me().id, certificate_id), WrongForm()
    if form.validate_on_submit():
        try:
            life.ask_for_correction(me().id, certificate_id, form.words.data or "", now=clock.now())
            flash("Your request is with the administrators. A corrected certificate comes with a mail.", "good")
            return redirect(url_for("certificates.certificate", certificate_id=certificate_id), 303)
        except (Refused, Malformed) as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return render_template("certificates/wrong.html", form=form, held=held), 422 if form.errors else 200


@blueprint.get("/issued-certificates")
@administrator
def issued_certificates() -> ResponseReturnValue:
    """Certificates by serial, code or holder."""
    sought = sought_text()
    return render_template("certificates/issued.html", found=life_queries.issued_found(sought, page_number()), sought=sought)


@blueprint.get("/issued-certificates/requests")
@administrator
def correction_requests() -> ResponseReturnValue:
    """Who finds something wrong with their certificate."""
    found = life_queries.open_corrections(page_number())
    return render_template("certificates/correction_requests.html", found=found, form=AnswerForm(formdata=None))


@blueprint.post("/issued-certificates/requests/<uuid:correction_id>/answer")
@administrator
@resendable
def answer_correction(correction_id: UUID) -> ResponseReturnValue:
    """Close a request without a new certificate."""
    if not AnswerForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    life.answer_request(correction_id, by=me().id, now=clock.now())
    flash("The request is closed. Nobody is told by mail: write to the person what you found.", "good")
    return redirect(url_for("certificates.correction_requests"), 303)


@blueprint.get("/issued-certificates/<uuid:certificate_id>")
@administrator
def issued_certificate(certificate_id: UUID) -> ResponseReturnValue:
    """One certificate with its versions and deeds."""
    found = _life(certificate_id)
    words = life_queries.words_of(found.request) if found.request else ""
    return render_template("certificates/issued_one.html", found=found, lines=printed(found.issued.facts), words=words)


@blueprint.route("/issued-certificates/<uuid:certificate_id>/correction", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def correct_certificate(certificate_id: UUID) -> ResponseReturnValue:
    """Replace a certificate by a corrected one."""
    found, form = _life(certificate_id), CorrectionForm()
    facts = found.issued.facts
    form.offer(_licences(found.issued.person.id, facts.licences))
    if not form.is_submitted():
        form.fill_in(facts)
    if form.validate_on_submit():
        try:
            made = life.supersede(
                certificate_id, form.given, reason=form.reason.data or "", by=me().id, form_key=form.form_key, now=clock.now()
            )
            flash("The corrected certificate is issued. The old code says that it was replaced; its holder is told by mail.", "good")
            return redirect(url_for("certificates.issued_certificate", certificate_id=made.id), 303)
        except (Refused, Malformed) as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return render_template("certificates/correction.html", form=form, found=found), 422 if form.errors else 200


@blueprint.route("/issued-certificates/<uuid:certificate_id>/revocation", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def revoke_certificate(certificate_id: UUID) -> ResponseReturnValue:
    """Say that a certificate no longer counts."""
    found, form = _life(certificate_id), RevocationForm()
    if form.validate_on_submit():
        try:
            life.revoke(certificate_id, by=me().id, reason=form.reason.data or "", form_key=form.form_key, now=clock.now())
            flash("The certificate is revoked. Whoever checks it is told so from now on; its holder is told by mail.", "good")
            return redirect(url_for("certificates.issued_certificate", certificate_id=certificate_id), 303)
        except (Refused, Malformed) as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return render_template("certificates/revocation.html", form=form, found=found), 422 if form.errors else 200


@blueprint.route("/people/<uuid:person_id>/certificate", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def certificate_by_hand(person_id: UUID) -> ResponseReturnValue:
    """Issue a certificate for work that was done elsewhere."""
    person, today = person_with_id(person_id), clock.now().astimezone(ZoneInfo(me().zone)).date()
    if person is None:
        raise Missing
    form = HandForm(courses=known_courses(), today=today)
    form.offer(all_licences_of(person_id))
    if not form.is_submitted():
        form.learner.data = person.name
    if form.validate_on_submit():
        try:
            made = _issue_by_hand(person, form)
            flash("The certificate is issued; its holder is told by mail.", "good")
            return redirect(url_for("certificates.issued_certificate", certificate_id=made), 303)
        except (Refused, Malformed) as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return render_template("certificates/by_hand.html", form=form, person=person), 422 if form.errors else 200


def _issue_by_hand(person: Person, form: HandForm) -> UUID:
    facts = life.completion_of_hand(
        name=form.learner.data or "",
        course_title=form.title,
        category=form.category.data or "",
        contact_hours=form.contact_hours.data or "",
        days=(form.started_on.day, form.completed_on.day),
        time_zone=person.zone,
        licences=form.chosen_licences,
    )
    return life.issue_by_hand(
        person.id,
        str(form.course.data),
        facts,
        with_approvals_of_that_day=bool(form.with_approvals.data),
        reason=form.reason.data or "",
        by=me().id,
        form_key=form.form_key,
        now=clock.now(),
    ).id


def _licences(person_id: UUID, on_paper: tuple[PrintedLicence, ...]) -> list[PrintedLicence]:
    """Those that are printed, and the others that the person has now."""
    return [*on_paper, *(each for each in all_licences_of(person_id) if each not in on_paper)]


def _life(certificate_id: UUID) -> Life:
    found = life_queries.life_of(certificate_id)
    if found is None:
        raise Missing
    return found
