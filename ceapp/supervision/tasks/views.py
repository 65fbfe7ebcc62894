"""A trainee's own assignments: the list, one of them, beginning it, and letting an own pass stand for it."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.accounts.service import profile_is_complete
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.way_back import WayBack
from ceapp.supervision.blueprint import blueprint
from ceapp.supervision.review import readings as reading_queries
from ceapp.supervision.tasks import queries as task_queries
from ceapp.supervision.tasks import service as tasks
from ceapp.supervision.tasks.details import TaskDetails, seen_words, task_details
from ceapp.supervision.tasks.forms import BeginTaskForm, ReleaseForm
from ceapp.supervision.tasks.rules import Part
from ceapp.web.audience import signed_in
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable

_PARTS = {"due": Part.DUE, "under-way": Part.UNDER_WAY, "done": Part.DONE, "withdrawn": Part.ENDED}


@blueprint.get("/assignments")
@signed_in
def my_tasks() -> ResponseReturnValue:
    """Everything that was assigned to me, by where it stands."""
    name = request.args.get("state", "due")
    if name not in _PARTS:
        raise Missing
    found = task_queries.tasks_in(me().id, _PARTS[name], page_number(), now=clock.now())
    return render_template("supervision/my_tasks.html", found=found, state=name)


@blueprint.get("/assignments/<uuid:task_id>")
@signed_in
def my_task(task_id: UUID) -> ResponseReturnValue:
    """One assignment: what is asked, until when, who sees it, and what was done."""
    form = BeginTaskForm(formdata=None)
    form.renew()
    return render_template("supervision/my_task.html", details=task_details(me(), task_id, now=clock.now()), form=form)


@blueprint.post("/assignments/<uuid:task_id>/begin")
@signed_in
@resendable
def begin_task(task_id: UUID) -> ResponseReturnValue:
    """Begin an attempt of an assignment, or go on with the one under way."""
    form = BeginTaskForm()
    if not form.validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    if not profile_is_complete(me()):
        return redirect(url_for("accounts.name", next=url_for("supervision.my_task", task_id=task_id)), 303)
    attempt = tasks.begin(me().id, task_id, form_key=form.form_key, now=clock.now())
    return redirect(url_for("learning.attempt", attempt_id=attempt.id), 303)


@blueprint.route("/assignments/<uuid:task_id>/release", methods=["GET", "POST"])
@signed_in
@resendable
def release(task_id: UUID) -> ResponseReturnValue:
    """Ask whether a pass of one's own shall stand for an assignment; it cannot be taken back."""
    form = ReleaseForm()
    if form.validate_on_submit():
        tasks.release(me().id, task_id, form.attempt_id, now=clock.now())
        flash("Your own pass stands for this assignment. The organisation sees its day, and nothing else of it.", "good")
        return redirect(url_for("supervision.my_task", task_id=task_id), 303)
    details = task_details(me(), task_id, now=clock.now())
    return _release_page(details, form)


@blueprint.get("/reflection-readings")
@signed_in
def my_readings() -> ResponseReturnValue:
    """Everybody who opened a reflection of mine."""
    return render_template("supervision/my_readings.html", found=reading_queries.readings_of(me().id, page_number()))


def way_back(series_id: UUID, person_id: UUID) -> WayBack | None:
    """For the pages of an attempt: the assignment that it is of, who sees it, and what waits next."""
    now = clock.now()
    this, following = task_queries.task_and_next(person_id, series_id, now=now)
    if this is None:
        return None
    return WayBack(
        title=this.title,
        address=url_for("supervision.my_task", task_id=this.id),
        seen=seen_words(this, now=now),
        next_title=following.title if following else "",
        next_address=url_for("supervision.my_task", task_id=following.id) if following else "",
    )


def _release_page(details: TaskDetails, form: ReleaseForm) -> ResponseReturnValue:
    if details.own_pass is None:
        raise Refused("There is no pass of your own that could stand for this assignment. Nothing was changed.")
    form.attempt.data = str(details.own_pass.attempt_id)
    return render_template("supervision/release.html", details=details, form=form), 422 if form.errors else 200
