"""What trainees do with their assignments: begin them, and let a pass of their own stand for one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from ceapp.accounts.models import Person
from ceapp.accounts.service import profile_is_complete
from ceapp.audit.service import record
from ceapp.database import db, scoped_to, transaction
from ceapp.errors import Missing, Refused
from ceapp.learning.models import Attempt
from ceapp.learning.starting import begin_assigned
from ceapp.supervision.models import ReleasedPass, Task
from ceapp.supervision.tasks.details import own_pass
from ceapp.supervision.tasks.own import MyTask
from ceapp.supervision.tasks.queries import my_task


def begin(person_id: UUID, task_id: UUID, *, form_key: str, now: datetime) -> Attempt:
    """Begin an attempt of an assignment, or give the one under way. Sending the same form again gives the attempt it began.

    Raises Missing for an assignment of somebody else, Refused when it was withdrawn, when the person left or is suspended there, when a
    pass of their own stands for it, and when the attempts are used up.
    """
    with transaction() as session:
        my = _locked(person_id, task_id, now)
        _refuse_ended(my)
        if my.work.is_released:
            raise Refused("Your own pass stands for this assignment, so there is nothing left to begin. Nothing was changed.")
        if not profile_is_complete(session.get_one(Person, person_id)):
            raise Refused("Give your name first; it is asked only once. Nothing was changed.")
        attempt = begin_assigned(
            person_id,
            my.assigned.course_slug,
            my.assigned.scenario_slug,
            series_id=my.task.series_id,
            allowed=my.assignment.attempts,
            form_key=form_key,
            now=now,
        )
        if my.task.series_id is None:
            session.execute(update(Task).where(Task.id == task_id, Task.trainee_id == person_id).values(series_id=attempt.series_id))
        return attempt


def release(person_id: UUID, task_id: UUID, attempt_id: UUID, *, now: datetime) -> None:
    """Let the pass that the person was shown stand for an assignment; a second time changes nothing. It cannot be taken back.

    The organisation reads the day, in the person's own zone, and nothing else. Raises Missing, or Refused when there is no such pass.
    """
    with transaction() as session:
        my = _locked(person_id, task_id, now)
        if my.work.is_released:
            return
        _refuse_ended(my)
        passed = own_pass(session.get_one(Person, person_id), my)
        if passed is None or passed.attempt_id != attempt_id:
            raise Refused("The pass that you were shown cannot stand for this assignment. Nothing was changed; open the page again.")
        with scoped_to(my.task.organisation_id):  # The row is the organisation's; that the task is this person's was just seen.
            session.add(
                ReleasedPass(
                    organisation_id=my.task.organisation_id,
                    task_id=task_id,
                    attempt_id=attempt_id,
                    passed_on=passed.passed_on,
                    released_at=now,
                )
            )
            session.flush()
        record("pass.released", actor=person_id, now=now, organisation=my.task.organisation_id, task=task_id)


def _locked(person_id: UUID, task_id: UUID, now: datetime) -> MyTask:
    """The assignment as it is now, its row locked until the end of the transaction: two tabs make one series."""
    wanted = select(Task.id).where(Task.id == task_id, Task.trainee_id == person_id).with_for_update()
    if db.session.scalar(wanted) is None:
        raise Missing
    return my_task(person_id, task_id, now=now)


def _refuse_ended(my: MyTask) -> None:
    if my.obstacle:
        raise Refused(f"This cannot be done any more: {my.obstacle}. Nothing was changed; what you did stays readable.")
