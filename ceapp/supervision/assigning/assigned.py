"""What single trainees have of what was assigned, and where they stand with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from ceapp.accounts.access import Here
from ceapp.accounts.models import Person
from ceapp.database import db
from ceapp.errors import Missing
from ceapp.learning.models import Attempt, Score, Series
from ceapp.supervision.assigning.sight import tasks_seen
from ceapp.supervision.called import called
from ceapp.supervision.models import AssignedScenario, Assignment, Extension, ReleasedPass, Task
from ceapp.supervision.progress.rules import Due, Standing, State, Try, standing

_scored = aliased(Score)
_NEWEST = select(func.max(_scored.version)).where(_scored.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()


@dataclass(frozen=True, slots=True)
class TaskView:
    """One scenario of one trainee, and where they stand with it. `due_on` is this trainee's own day."""

    task: Task
    trainee: str
    title: str
    assignment: str
    time_zone: str
    due_on: date | None
    allowed: int | None
    has_attempts_left: bool
    standing: Standing

    @property
    def is_withdrawn(self) -> bool:
        return self.standing.state is State.WITHDRAWN

    @property
    def can_be_extended(self) -> bool:
        return self.due_on is not None and self.standing.state not in (State.WITHDRAWN, State.PASSED)

    @property
    def problem_of_another_attempt(self) -> str | None:
        """Why there is no further attempt to give; before the first attempt there is no limit to lift."""
        if self.standing.state is State.WITHDRAWN:
            return "This was withdrawn."
        if self.standing.state is State.PASSED:
            return "This is passed already."
        if self.task.series_id is None:
            return "This is not begun yet, so all attempts are left."
        if self.allowed is None:
            return "Attempts at this have no limit."
        return "There are attempts left at this." if self.has_attempts_left else None

    def problem_of_extending(self, due_on: date) -> str | None:
        """Why this cannot become the due day."""
        if self.standing.state is State.WITHDRAWN:
            return "This was withdrawn."
        if self.standing.state is State.PASSED:
            return "This is passed already."
        if self.due_on is None:
            return "This has no due day, so there is nothing to extend."
        return None if due_on > self.due_on else "Choose a day after the one on which it is due now."


@dataclass(frozen=True, slots=True)
class PersonsTasks:
    """What one trainee has of an assignment."""

    id: UUID
    name: str
    tasks: tuple[TaskView, ...]

    @property
    def can_be_withdrawn(self) -> bool:
        return any(not each.is_withdrawn for each in self.tasks)


def person_of(here: Here, assignment_id: UUID, trainee_id: UUID, now: datetime) -> PersonsTasks:
    """What one trainee whom the member sees has of an assignment. Raises Missing."""
    wanted = tasks_of(here).where(Task.assignment_id == assignment_id, Task.trainee_id == trainee_id, tasks_seen(here))
    found = by_person(wanted, now)
    if not found:
        raise Missing
    return found[0]


def task_view(here: Here, task_id: UUID, now: datetime) -> TaskView:
    """One scenario of one trainee whom the member sees. Raises Missing."""
    found = _task_views(tasks_of(here).where(Task.id == task_id, tasks_seen(here)), now)
    if not found:
        raise Missing
    return found[0]


def last_extension(organisation_id: UUID, task_id: UUID) -> date | None:
    """The day to which a task was last extended."""
    return db.session.scalar(
        select(Extension.due_on)
        .where(Extension.organisation_id == organisation_id, Extension.task_id == task_id)
        .order_by(Extension.extended_at.desc(), Extension.id.desc())
        .limit(1)
    )


def tasks_of(here: Here) -> Select[*tuple[Any, ...]]:
    """Tasks with their attempts, a row for each attempt and its newest score."""
    return (
        select(
            Task,
            called(Person),
            AssignedScenario.title,
            AssignedScenario.due_on,
            Assignment,
            Series.allowed,
            ReleasedPass.passed_on,
            Attempt.abandoned_at,
            Attempt.number,
            Attempt.closed_at,
            Score.passed,
        )
        .join(Person, Person.id == Task.trainee_id)
        .join(AssignedScenario, (AssignedScenario.assignment_id == Task.assignment_id) & (AssignedScenario.position == Task.position))
        .join(Assignment, Assignment.id == Task.assignment_id)
        .outerjoin(Series, Series.id == Task.series_id)
        .outerjoin(Attempt, Attempt.series_id == Series.id)
        .outerjoin(Score, (Score.attempt_id == Attempt.id) & (Score.version == _NEWEST))
        .outerjoin(ReleasedPass, (ReleasedPass.organisation_id == Task.organisation_id) & (ReleasedPass.task_id == Task.id))
        .where(Task.organisation_id == here.id)
        .order_by(func.lower(called(Person)), Task.trainee_id, Task.position, Attempt.number)
    )


def by_person(wanted: Select[*tuple[Any, ...]], now: datetime) -> list[PersonsTasks]:
    """The tasks of such a select, by trainee."""
    found: dict[UUID, list[TaskView]] = {}
    for each in _task_views(wanted, now):
        found.setdefault(each.task.trainee_id, []).append(each)
    return [PersonsTasks(trainee_id, each[0].trainee, tuple(each)) for trainee_id, each in found.items()]


def _task_views(wanted: Select[*tuple[Any, ...]], now: datetime) -> list[TaskView]:
    rows: dict[UUID, list[Any]] = {}
    for row in db.session.execute(wanted):
        rows.setdefault(row[0].id, []).append(row)
    return [_task_view(each, now) for each in rows.values()]


def _task_view(rows: list[Any], now: datetime) -> TaskView:
    task, trainee, title, due_on, assignment, allowed, released_on, *_ = rows[0]
    tries = [Try(number, closed_at, passed=bool(passed)) for *_, number, closed_at, passed in rows if number is not None]
    due = Due(task.due_on or due_on, assignment.time_zone, extended=task.due_on is not None)
    withdrawn = task.withdrawn_at is not None or assignment.withdrawn_at is not None
    return TaskView(
        task=task,
        trainee=trainee,
        title=title,
        assignment=assignment.title,
        time_zone=assignment.time_zone,
        due_on=due.on,
        allowed=allowed,
        has_attempts_left=allowed is None or len(tries) < allowed or any(row[-2] is None and row[-4] is None for row in rows),
        standing=standing(tries, due, withdrawn=withdrawn, released_on=released_on, now=now),
    )
