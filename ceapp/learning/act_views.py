"""The pages after the last pass: evaluation, attestation, and getting a certificate that is due."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.accounts.along import reads_along
from ceapp.clock import now
from ceapp.errors import Malformed, Missing
from ceapp.learning import acts
from ceapp.learning.act_forms import AttestationForm, CertificateForm, EvaluationForm, evaluation_form
from ceapp.learning.completion import Act
from ceapp.learning.course_views import CourseView, course_view
from ceapp.learning.seen import COURSE_ALONG
from ceapp.learning.service import complete_if_all_met
from ceapp.learning.times import time_spent
from ceapp.learning.views import blueprint
from ceapp.web.audience import signed_in
from ceapp.web.resend import resendable

SAVED = "Saved. The page of the course shows what is left."
COMPLETED = "That was the last thing: the course is completed."
NOT_DUE = "Something is still left before the certificate; the page shows what. Nothing was changed."


@blueprint.get("/courses/<course_slug>/evaluation")
@signed_in
@reads_along(COURSE_ALONG)
def evaluation(course_slug: str) -> ResponseReturnValue:
    """What the learner is asked about the course, or that it was answered."""
    view = _asking(course_slug, Act.EVALUATION)
    return _evaluation_page(view, evaluation_form(view.published.course.evaluation))


@blueprint.post("/courses/<course_slug>/evaluation")
@signed_in
@resendable
def evaluate(course_slug: str) -> ResponseReturnValue:
    """Keep an evaluation, apart from who gave it."""
    view = _asking(course_slug, Act.EVALUATION)
    items = view.published.course.evaluation
    form = evaluation_form(items)
    if not form.validate_on_submit():
        return _evaluation_page(view, form)
    completed = acts.evaluate(me().id, course_slug, form.ratings(items), form.comments(items), now=now())
    return _on(course_slug, completed=completed)


@blueprint.get("/courses/<course_slug>/attestation")
@signed_in
@reads_along(COURSE_ALONG)
def attestation(course_slug: str) -> ResponseReturnValue:
    """The statement to be signed, or that it was."""
    return _attestation_page(_asking(course_slug, Act.ATTESTATION), AttestationForm())


@blueprint.post("/courses/<course_slug>/attestation")
@signed_in
@resendable
def attest(course_slug: str) -> ResponseReturnValue:
    """Sign the statement."""
    view, form = _asking(course_slug, Act.ATTESTATION), AttestationForm()
    if not form.validate_on_submit():
        return _attestation_page(view, form)
    try:
        completed = acts.attest(me().id, course_slug, form.name.data or "", now=now())
    except Malformed as problem:
        form.name.errors = [problem.message]
        return _attestation_page(view, form)
    return _on(course_slug, completed=completed)


@blueprint.post("/courses/<course_slug>/certificate")
@signed_in
@resendable
def get_certificate(course_slug: str) -> ResponseReturnValue:
    """Complete a course whose requirements are met by something that was not the learner's own last answer."""
    if not CertificateForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    view = course_view(course_slug)
    if view.enrolled is None:
        raise Missing
    if view.certificate is None and not complete_if_all_met(view.enrolled.enrolment.id, now=now()):
        flash(NOT_DUE, "info")
    return redirect(url_for("learning.course", course_slug=course_slug), 303)


def _asking(course_slug: str, act: Act) -> CourseView:
    """The course of somebody who is enrolled in it and is asked for this act. Raises Missing."""
    view = course_view(course_slug)
    if view.enrolled is None or all(mark.act is not act for mark in view.checklist.marks):
        raise Missing
    return view


def _evaluation_page(view: CourseView, form: EvaluationForm) -> ResponseReturnValue:
    page = render_template("learning/evaluation.html", view=view, form=form, items=view.published.course.evaluation)
    return page, 422 if form.errors else 200


def _attestation_page(view: CourseView, form: AttestationForm) -> ResponseReturnValue:
    assert view.enrolled is not None
    seconds = time_spent(view.enrolled.enrolment.id)
    return render_template("learning/attestation.html", view=view, form=form, minutes=round(seconds / 60)), 422 if form.errors else 200


def _on(course_slug: str, *, completed: bool) -> ResponseReturnValue:
    flash(COMPLETED if completed else SAVED, "good")
    return redirect(url_for("learning.course", course_slug=course_slug), 303)
