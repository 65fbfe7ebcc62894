"""A reviewer's pages, and those on which administrators invite reviewers."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.catalogue.adoptions.shown import shown_adoption
from ceapp.catalogue.attachments.queries import attachments_for
from ceapp.catalogue.attachments.views import download
from ceapp.catalogue.models import Course
from ceapp.catalogue.queries import course_by_slug
from ceapp.certificates.rendering import Paper
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.pathmap import whole
from ceapp.learning.presenter import Presenter
from ceapp.reporting.dossier.forms import DossierForm
from ceapp.reporting.dossier.specimens import specimen_pdf
from ceapp.reporting.dossier.views import dossier_file
from ceapp.reporting.reviewing import service
from ceapp.reporting.reviewing.access import course_to_review, scenario_to_review
from ceapp.reporting.reviewing.forms import EndForm, ReviewerForm
from ceapp.reporting.reviewing.queries import reviewers_page, reviews_of
from ceapp.reporting.views import blueprint
from ceapp.scenarios.scoring import grade_credit
from ceapp.web.audience import administrator, fresh, reviewer
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/review")
@reviewer
def reviews() -> ResponseReturnValue:
    """The courses that somebody reviews, and until when."""
    return render_template("reporting/reviews.html", found=reviews_of(me().id), now=clock.now())


@blueprint.get("/review/<course_slug>")
@reviewer
def reviewed_course(course_slug: str) -> ResponseReturnValue:
    """A course with everything that belongs to it."""
    course = course_to_review(me(), course_slug, now=clock.now())
    return render_template(
        "reporting/reviewed_course.html",
        course=course,
        adopted=shown_adoption(course.id),
        attached=attachments_for(course_slug),
        form=DossierForm(formdata=None),
    )


@blueprint.get("/review/<course_slug>/scenarios/<scenario_slug>")
@reviewer
def reviewed_scenario(course_slug: str, scenario_slug: str) -> ResponseReturnValue:
    """A scenario, or a form of the closing cases: every scene and every way, with the key."""
    course = course_to_review(me(), course_slug, now=clock.now())
    listed, published = scenario_to_review(course, scenario_slug)
    return render_template(
        "reporting/reviewed_scenario.html",
        course=course,
        listed=listed,
        published=published,
        present=Presenter(published),
        path=published.once("whole map", lambda: whole(published.scenario)),
        credit=lambda grade: grade_credit(grade, course.course.scoring),
    )


@blueprint.get("/review/<course_slug>/specimen.pdf")
@reviewer
def specimen(course_slug: str) -> ResponseReturnValue:
    """What a certificate of this course looks like; nothing of it is kept."""
    moment = clock.now()
    course = course_to_review(me(), course_slug, now=moment)
    response = Response(specimen_pdf(course, Paper.LETTER, moment), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"specimen-{course_slug}.pdf")
    return response


@blueprint.get("/review/<course_slug>/attachments/<uuid:attachment_id>")
@reviewer
def reviewed_attachment(course_slug: str, attachment_id: UUID) -> ResponseReturnValue:
    """A file of the course or of the provider, as its newest version is."""
    course_to_review(me(), course_slug, now=clock.now())
    found = next((each for each in attachments_for(course_slug) if each.attachment.id == attachment_id), None)
    if found is None:
        raise Missing
    return download(found)


@blueprint.post("/review/<course_slug>/dossier")
@reviewer
def reviewed_dossier(course_slug: str) -> ResponseReturnValue:
    """The dossier as one ZIP."""
    course_to_review(me(), course_slug, now=clock.now())
    return dossier_file(course_slug)


@blueprint.get("/provider/files/<course_slug>/reviewers")
@administrator
def reviewers(course_slug: str) -> ResponseReturnValue:
    """Who reviews a course, or did."""
    course, found = _course(course_slug), reviewers_page(course_slug, page_number())
    return render_template("reporting/reviewers.html", course=course, found=found, now=clock.now(), form=EndForm(formdata=None))


@blueprint.route("/provider/files/<course_slug>/reviewers/new", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def invite_reviewer(course_slug: str) -> ResponseReturnValue:
    """Invite a board's reviewer to one course."""
    course, form, moment = _course(course_slug), ReviewerForm(), clock.now()
    form.count_from(moment, me().zone)
    if form.validate_on_submit():
        try:
            service.invite(course_slug, form.given, by=me().id, form_key=form.form_key, now=moment)
            flash("The reviewer is invited, and told by mail how to sign in.", "good")
            return redirect(url_for("reporting.reviewers", course_slug=course_slug), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return render_template("reporting/invite_reviewer.html", course=course, form=form), 422 if form.errors else 200


@blueprint.post("/provider/reviewers/<uuid:review_id>/end")
@administrator
@resendable
def end_review(review_id: UUID) -> ResponseReturnValue:
    """End a review before its last day."""
    if not EndForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    ended = service.end(review_id, by=me().id, now=clock.now())
    flash("The review is over. The reviewer sees nothing of the course any more.", "good")
    return redirect(url_for("reporting.reviewers", course_slug=ended.course_slug), 303)


def _course(course_slug: str) -> Course:
    found = course_by_slug(course_slug)
    if found is None:
        raise Missing
    return found
