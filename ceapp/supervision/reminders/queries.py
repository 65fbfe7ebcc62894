"""Which tasks people may be reminded of: what is still to be done by somebody who is there and wants to hear of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.database import db
from ceapp.learning.models import Attempt
from ceapp.supervision.days import Occasion, day_of, occasions_now
from ceapp.supervision.models import AssignedScenario, Assignment, ReleasedPass, Reminder, Task

_DUE_ON = func.coalesce(Task.due_on, AssignedScenario.due_on)
_SINCE_ASSIGNED = timedelta(days=4)
_BEFORE_DUE, _AFTER_DUE = timedelta(days=9), timedelta(days=26)
"""Around now, wide enough for every occasion in every zone; the days are counted exactly afterwards."""

_OF_ASSIGNMENT = and_(Assignment.organisation_id == Task.organisation_id, Assignment.id == Task.assignment_id)
_OF_SCENARIO = and_(
    AssignedScenario.organisation_id == Task.organisation_id,
    AssignedScenario.assignment_id == Task.assignment_id,
    AssignedScenario.position == Task.position,
)


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that is still to be done, with what a reminder says of it."""

    task_id: UUID
    organisation_id: UUID
    trainee_id: UUID
    title: str
    organisation: str
    assigned_at: datetime
    due_on: date | None
    zone: str
    joined_on: date

    def occasions(self, now: datetime, zone: str) -> list[Occasion]:
        """The reminders of these days, but for those from before the person joined.

        It must be the day both where the assignment is and in the person's own zone: nobody is told early that they are late, and what
        falls on one day comes together, wherever it is from.
        """
        today = min(day_of(now, self.zone), day_of(now, zone))
        return [each for each in occasions_now(day_of(self.assigned_at, self.zone), self.due_on, today) if each.day >= self.joined_on]


def people_to_look_at(now: datetime, *, after: UUID | None, most: int) -> list[tuple[UUID, str]]:
    """The next people, by id, who have a task with an occasion about now, done or not, each with their own time zone."""
    soon = and_(now.date() - _AFTER_DUE <= _DUE_ON, now.date() + _BEFORE_DUE >= _DUE_ON)
    tasks = (
        exists()
        .where(Task.trainee_id == Person.id, Task.withdrawn_at.is_(None), _OF_ASSIGNMENT, _OF_SCENARIO)
        .where(or_(Assignment.assigned_at >= now - _SINCE_ASSIGNED, soon))
    )
    wanted = select(Person.id, Person.time_zone).where(Person.suspended_at.is_(None), Person.wants_reminders, tasks)
    if after is not None:
        wanted = wanted.where(Person.id > after)
    return [(row[0], row[1]) for row in db.session.execute(wanted.order_by(Person.id).limit(most))]


def open_tasks_of(person_ids: Collection[UUID]) -> list[OpenTask]:
    """What these people still have to do, by organisation and due day."""
    columns = (
        Task.id,
        Task.organisation_id,
        Task.trainee_id,
        AssignedScenario.title,
        Organisation.name,
        Assignment.assigned_at,
        _DUE_ON,
        Assignment.time_zone,
        Membership.joined_on,
    )
    wanted = _open_tasks(*columns).where(Task.trainee_id.in_(person_ids))
    rows = db.session.execute(wanted.order_by(Organisation.name, Task.organisation_id, _DUE_ON, AssignedScenario.position, Task.id))
    return [OpenTask(*row) for row in rows]


def reminded_of(task_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    """The occasions of these tasks that went into a message before."""
    rows = db.session.execute(select(Reminder.task_id, Reminder.occasion).where(Reminder.task_id.in_(task_ids)))
    return {(task_id, occasion) for task_id, occasion in rows}


def _open_tasks(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Neither withdrawn nor done, of an active trainee whom reminders may reach, and not due before they joined."""
    return (
        select(*columns)
        .select_from(Task)
        .join(Assignment, _OF_ASSIGNMENT)
        .join(AssignedScenario, _OF_SCENARIO)
        .join(Membership, and_(Membership.organisation_id == Task.organisation_id, Membership.person_id == Task.trainee_id))
        .join(Person, Person.id == Task.trainee_id)
        .join(Organisation, Organisation.id == Task.organisation_id)
        .where(
            Task.withdrawn_at.is_(None),
            Assignment.withdrawn_at.is_(None),
            Membership.is_trainee,
            Membership.left_on.is_(None),
            Membership.suspended_at.is_(None),
            Person.suspended_at.is_(None),
            Person.wants_reminders,
            or_(_DUE_ON.is_(None), Membership.joined_on <= _DUE_ON),
            ~_is_done(),
        )
    )


def _is_done() -> ColumnElement[bool]:
    """Whether it was handed in, passed or not, or a pass of the person's own stands for it: nobody is reminded of that."""
    by_own_pass = exists().where(ReleasedPass.organisation_id == Task.organisation_id, ReleasedPass.task_id == Task.id)
    return or_(by_own_pass, exists().where(Attempt.series_id == Task.series_id, Attempt.closed_at.is_not(None)))
