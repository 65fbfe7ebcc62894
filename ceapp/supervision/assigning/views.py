"""The pages for assigning, and for what was assigned."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import here, me
from ceapp.errors import Malformed, Refused
from ceapp.supervision import notes
from ceapp.supervision.assigning import assigned as assigned_tasks
from ceapp.supervision.assigning import changes as assignment_changes
from ceapp.supervision.assigning import queries
from ceapp.supervision.assigning import service as assigning
from ceapp.supervision.assigning.drafts import draft
from ceapp.supervision.assigning.forms import AnotherAttemptForm, AssignForm, ExtendForm, PreviewedForm, SendForm, WithdrawForm
from ceapp.supervision.assigning.offers import course_to_assign, courses_to_assign, offer
from ceapp.supervision.blueprint import blueprint
from ceapp.supervision.day_words import due_words
from ceapp.web.audience import member
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable

Courses = list[tuple[str, str, str]]


@blueprint.route("/organisations/<organisation>/assign", methods=["GET", "POST"])
@member("supervisor", "administrator")
@resendable
def assign(organisation: str) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    """Choose what to assign and to whom. Posted by “Change something”: the same page with everything that was filled in."""
    courses = courses_to_assign()
    return _assign_page(_form(AssignForm, courses), courses)


@blueprint.post("/organisations/<organisation>/assign/preview")
@member("supervisor", "administrator")
@resendable
def preview(organisation: str) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    courses = courses_to_assign()
    form = _form(AssignForm, courses)
    if form is None or not form.validate_on_submit():
        return _assign_page(form, courses)
    chosen = offer(here()).chosen(form.people.data, form.groups.data, everybody=form.everybody.data)
    form.refuse_choice_of(chosen)
    if form.errors:
        return _assign_page(form, courses)
    try:
        drafted = draft(here(), form.order(chosen), clock.now())
    except Refused as problem:
        form.form_errors.append(problem.message)
        return _assign_page(form, courses)
    sending = SendForm(formdata=None)
    sending.renew()
    return render_template(
        "supervision/assign_preview.html", drafted=drafted, order=form.order(chosen), form=form, sending=sending, due_words=_due_words
    )


@blueprint.post("/organisations/<organisation>/assignments")
@member("supervisor", "administrator")
@resendable
def make_assignment(organisation: str) -> ResponseReturnValue:
    courses = courses_to_assign()
    form = _form(PreviewedForm, courses)
    if form is None or not form.validate_on_submit():
        return _assign_page(form, courses)
    try:
        made = assigning.assign(here().id, me().id, form.order(form.chosen.data), form_key=form.form_key, now=clock.now())
    except (Refused, Malformed) as problem:
        form.form_errors.append(problem.message)
        return _assign_page(form, courses)
    flash(assigning.report(made), "good")
    return redirect(url_for("supervision.assignment", organisation=organisation, assignment_id=made.id), 303)


@blueprint.get("/organisations/<organisation>/assignments")
@member("supervisor", "administrator")
def assignments(organisation: str) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    mine = request.args.get("by") == "me"
    listing = queries.assignments(here(), page_number(), mine=mine)
    return render_template("supervision/assignments.html", listing=listing, mine=mine)


@blueprint.get("/organisations/<organisation>/assignments/<uuid:assignment_id>")
@member("supervisor", "administrator")
def assignment(organisation: str, assignment_id: UUID) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    search = request.args.get("name", "").strip()[:100]
    found = queries.assignment_page(here(), assignment_id, page_number(), clock.now(), search=search)
    note = _note(found.head.assignment.note_id)
    return render_template(
        "supervision/assignment.html", head=found.head, people=found.people, page=found.page, note=note, search=search, due_words=_due_words
    )


@blueprint.route("/organisations/<organisation>/assignments/<uuid:assignment_id>/withdraw", methods=["GET", "POST"])
@member("supervisor", "administrator")
@resendable
def withdraw(organisation: str, assignment_id: UUID) -> ResponseReturnValue:
    form = WithdrawForm()
    if form.validate_on_submit():
        assignment_changes.withdraw(here().id, me().id, assignment_id, now=clock.now())
        flash("Withdrawn. What was done for it stays in the record of each trainee.", "good")
        return redirect(url_for("supervision.assignment", organisation=organisation, assignment_id=assignment_id), 303)
    return render_template("supervision/withdraw.html", head=queries.head_to_withdraw(here(), assignment_id), form=form)


@blueprint.route("/organisations/<organisation>/assignments/<uuid:assignment_id>/people/<uuid:person_id>/withdraw", methods=["GET", "POST"])
@member("supervisor", "administrator")
@resendable
def withdraw_from(organisation: str, assignment_id: UUID, person_id: UUID) -> ResponseReturnValue:
    form = WithdrawForm()
    if form.validate_on_submit():
        assignment_changes.withdraw_from(here().id, me().id, assignment_id, person_id, now=clock.now())
        flash("Withdrawn from this person. What they did for it stays in their record.", "good")
        return redirect(url_for("supervision.assignment", organisation=organisation, assignment_id=assignment_id), 303)
    person = assigned_tasks.person_of(here(), assignment_id, person_id, clock.now())
    return render_template("supervision/withdraw_from.html", person=person, assignment_id=assignment_id, form=form)


@blueprint.route("/organisations/<organisation>/tasks/<uuid:task_id>/extend", methods=["GET", "POST"])
@member("supervisor", "administrator")
@resendable
def extend(organisation: str, task_id: UUID) -> ResponseReturnValue:
    form, task = ExtendForm(), assigned_tasks.task_view(here(), task_id, clock.now())
    if form.validate_on_submit() and form.due_on.data:
        try:
            assignment_changes.extend(here().id, me().id, task_id, due_on=form.due_on.data, reason=form.reason.data or "", now=clock.now())
        except Refused as problem:
            form.due_on.errors = [problem.message]
        else:
            flash("Extended. The trainee sees the new day and your reason.", "good")
            return redirect(url_for("supervision.assignment", organisation=organisation, assignment_id=task.task.assignment_id), 303)
    return render_template("supervision/extend.html", task=task, form=form, due_words=_due_words), 422 if form.errors else 200


@blueprint.route("/organisations/<organisation>/tasks/<uuid:task_id>/another-attempt", methods=["GET", "POST"])
@member("supervisor", "administrator")
@resendable
def another_attempt(organisation: str, task_id: UUID) -> ResponseReturnValue:
    form, task = AnotherAttemptForm(), assigned_tasks.task_view(here(), task_id, clock.now())
    form.renew()
    if form.validate_on_submit():
        given = {"reason": form.reason.data or "", "form_key": form.form_key}
        try:
            assignment_changes.give_attempt(here().id, me().id, task_id, **given, now=clock.now())
        except Refused as problem:
            form.reason.errors = [problem.message]
        else:
            flash("There is one more attempt now. The reason is kept with the record.", "good")
            return redirect(url_for("supervision.assignment", organisation=organisation, assignment_id=task.task.assignment_id), 303)
    return render_template("supervision/another_attempt.html", task=task, form=form), 422 if form.errors else 200


def _form(kind: type[AssignForm], courses: Courses) -> Any:
    """The form of the course that was asked for; None when this server offers no course."""
    asked = request.form if request.method == "POST" else request.args
    course = course_to_assign(courses, asked.get("course", ""))
    if course is None:
        return None
    return kind(
        course=course.course,
        titles={each.slug: each.title for each in course.scenarios},
        now=clock.now(),
        time_zone=here().organisation.time_zone,
        people=request.args.get("person"),
        groups=request.args.get("group"),
    )


def _assign_page(form: AssignForm | None, courses: Courses) -> ResponseReturnValue:
    page = render_template("supervision/assign.html", form=form, courses=courses, offer=offer(here()))
    return page, 422 if form is not None and form.errors else 200


def _note(note_id: UUID | None) -> str:
    return notes.texts([here().id], [note_id]).get(note_id, "") if note_id else ""


def _due_words(day: Any, zone: str) -> str:
    return due_words(day, zone, me().time_zone)
