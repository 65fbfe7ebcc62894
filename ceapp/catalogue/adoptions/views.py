"""The administrators' pages of courses' files: who answers for a revision."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.catalogue.adoptions import service
from ceapp.catalogue.adoptions.forms import SHOWN_AT_FIRST, AdoptionForm
from ceapp.catalogue.adoptions.queries import adoption_of, adoptions_of, files_page, newest_adoption_of_course, newest_version
from ceapp.catalogue.adoptions.rules import Adopted
from ceapp.catalogue.attachments.queries import attachments_for, cvs_for
from ceapp.catalogue.models import Course
from ceapp.catalogue.queries import course_by_slug
from ceapp.catalogue.views import blueprint
from ceapp.errors import Missing, Refused
from ceapp.web.audience import administrator, fresh
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/provider/files")
@administrator
def files() -> ResponseReturnValue:
    """Every course with whether its current revision is adopted."""
    return render_template("catalogue/files.html", found=files_page(page_number()))


@blueprint.get("/provider/files/<course_slug>")
@administrator
def file_of_course(course_slug: str) -> ResponseReturnValue:
    """The file of a course: who answers for its current revision, and what is attached."""
    course = _course(course_slug)
    adoptions, attached = adoptions_of(course.revision_id), attachments_for(course_slug)
    return render_template("catalogue/file_of_course.html", course=course, adoptions=adoptions, attached=attached)


@blueprint.route("/provider/files/<course_slug>/adoption", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def adopt(course_slug: str) -> ResponseReturnValue:
    """Say who answers for the current revision."""
    course, form = _course(course_slug), AdoptionForm()
    cvs = cvs_for(course_slug)
    form.offer((each.id, f"{each.title}, {each.dated.isoformat()}") for each in cvs)
    if not form.is_submitted():
        _begin(form, course, {each.first_id: each.id for each in cvs})
    if form.validate_on_submit():
        try:
            service.adopt(
                course_slug,
                form.revision.data or "",
                form.given,
                after_version=form.after_version.number,
                by=me().id,
                form_key=form.form_key,
                now=clock.now(),
            )
            flash("The revision is adopted. The page of the course says so, and certificates of it print it from now on.", "good")
            return redirect(url_for("catalogue.file_of_course", course_slug=course_slug), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
            form.about(course.revision_id, newest_version(course.revision_id))
            form.key.data = ""
    form.renew()
    page = render_template("catalogue/adopt.html", course=course, form=form, shown_at_first=SHOWN_AT_FIRST)
    return page, 422 if form.errors else 200


def _begin(form: AdoptionForm, course: Course, cvs: dict[UUID, UUID]) -> None:
    """The newest adoption of this revision to put right, or that of an earlier one, whose people say anew that they answer for it."""
    present: Adopted | None = adoption_of(course.revision_id)
    before = present or newest_adoption_of_course(course.slug)
    form.about(course.revision_id, present.version if present else 0)
    if before:
        form.fill_in(before, cvs, with_days=present is not None)


def _course(course_slug: str) -> Course:
    found = course_by_slug(course_slug)
    if found is None:
        raise Missing
    return found
