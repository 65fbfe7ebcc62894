"""Changing what was assigned: withdraw it, from all or from one person, and give one person more time."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, update

from ceapp.audit.service import record
from ceapp.database import db, transaction
from ceapp.errors import Refused
from ceapp.learning.assigned_grants import grant_assigned
from ceapp.learning.grant_queries import grant_made_with
from ceapp.mail.service import queue
from ceapp.supervision import notes
from ceapp.supervision.assigning.assigned import last_extension, task_view
from ceapp.supervision.assigning.letters import LETTER
from ceapp.supervision.assigning.orders import problem_of_day
from ceapp.supervision.assigning.sight import assigning_member, assignment_to_withdraw, lock_tasks, task_to_change, tasks_to_change
from ceapp.supervision.days import day_of
from ceapp.supervision.models import Assignment, Extension, Task

_BLINDLY = {"synchronize_session": False}
"""For updates that say whose rows they mean: what was read before them is not looked at again."""


def withdraw(organisation_id: UUID, member_id: UUID, assignment_id: UUID, *, now: datetime) -> None:
    """Take an assignment back from everybody; what they did stays theirs. A second time changes nothing."""
    with transaction() as session:
        here = assigning_member(organisation_id, member_id, now)
        if assignment_to_withdraw(here, assignment_id).withdrawn_at is not None:
            return
        lock_tasks(here, assignment_id)
        session.execute(
            update(Assignment)
            .where(Assignment.organisation_id == organisation_id, Assignment.id == assignment_id)
            .values(withdrawn_at=now, withdrawn_by=member_id),
            execution_options=_BLINDLY,
        )
        _end(organisation_id, now, Task.assignment_id == assignment_id)
        record("assignment.withdrawn", actor=member_id, now=now, organisation=organisation_id, assignment=assignment_id)


def withdraw_from(organisation_id: UUID, member_id: UUID, assignment_id: UUID, trainee_id: UUID, *, now: datetime) -> None:
    """Take an assignment back from one person; what they did stays theirs. A second time changes nothing."""
    with transaction():
        here = assigning_member(organisation_id, member_id, now)
        open_ids = [task.id for task in tasks_to_change(here, assignment_id, trainee_id) if task.withdrawn_at is None]
        _end(organisation_id, now, Task.id.in_(open_ids))
        for task_id in open_ids:
            record("task.withdrawn", actor=member_id, now=now, organisation=organisation_id, task=task_id)


def extend(organisation_id: UUID, member_id: UUID, task_id: UUID, *, due_on: date, reason: str, now: datetime) -> None:
    """Give one person more time for one scenario, with a reason that they read. The same again changes nothing.

    Raises Missing, or Refused with a sentence for the form.
    """
    with transaction() as session:
        here = assigning_member(organisation_id, member_id, now)
        task_to_change(here, task_id)
        seen = task_view(here, task_id, now)
        if seen.due_on == due_on and last_extension(organisation_id, task_id) == due_on:
            return
        problem = seen.problem_of_extending(due_on) or problem_of_day(due_on, day_of(now, seen.time_zone))
        if problem:
            raise Refused(f"{problem} Nothing was changed.")
        session.execute(
            update(Task).where(Task.organisation_id == organisation_id, Task.id == task_id).values(due_on=due_on),
            execution_options=_BLINDLY,
        )
        session.add(
            Extension(
                organisation_id=organisation_id,
                task_id=task_id,
                due_on=due_on,
                note_id=notes.write(organisation_id, member_id, reason, now=now),
                extended_by=member_id,
                extended_at=now,
            )
        )
        session.flush()
        record("task.extended", actor=member_id, now=now, organisation=organisation_id, task=task_id)


def give_attempt(organisation_id: UUID, member_id: UUID, task_id: UUID, *, reason: str, form_key: str, now: datetime) -> None:
    """Give one person another attempt at one scenario. The same form again changes nothing.

    Raises Missing, or Refused with a sentence for the form.
    """
    with transaction():
        here = assigning_member(organisation_id, member_id, now)
        task = task_to_change(here, task_id)
        earlier = grant_made_with(form_key)
        if earlier is not None and earlier.series_id == task.series_id:
            return
        problem = task_view(here, task_id, now).problem_of_another_attempt
        if problem or task.series_id is None:
            raise Refused(f"{problem} Nothing was changed.")
        granted = grant_assigned(task.series_id, reason, by=member_id, form_key=form_key, now=now)
        queue(LETTER, f"{LETTER}:{granted.id}", person_id=task.trainee_id, values={"task": str(task_id)}, now=now)
        record("task.attempt-given", actor=member_id, now=now, organisation=organisation_id, task=task_id)


def _end(organisation_id: UUID, now: datetime, which: ColumnElement[bool]) -> None:
    db.session.execute(
        update(Task).where(Task.organisation_id == organisation_id, Task.withdrawn_at.is_(None), which).values(withdrawn_at=now),
        execution_options=_BLINDLY,
    )
