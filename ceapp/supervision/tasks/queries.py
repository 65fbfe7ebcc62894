"""A trainee's own assignments, of all organisations: what is asked, until when, and what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, SQLColumnExpression, Subquery, and_, bindparam, case, func, not_, or_, select
from sqlalchemy.orm import aliased

from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.database import db, pages_of, scoped_to
from ceapp.errors import Missing
from ceapp.learning.models import Attempt, Score, Series
from ceapp.supervision.called import called
from ceapp.supervision.models import AssignedScenario, Assignment, ReleasedPass, Task
from ceapp.supervision.progress.rules import Due, Try, standing
from ceapp.supervision.tasks.own import FrontTasks, MyTask, TaskPage
from ceapp.supervision.tasks.rules import Part, Place, Work

_PERSON: BindParameter[UUID] = bindparam("person_id")

PAGE = 20
ON_THE_FRONT = 8
"""How many waiting assignments the front page names; the others are one link away."""

DONE_ON_THE_FRONT = 3


def my_task(person_id: UUID, task_id: UUID, *, now: datetime) -> MyTask:
    """An assignment of this person. Raises Missing for nobody's and for somebody else's alike."""
    row = db.session.execute(_own.rows.where(Task.id == task_id), {"person_id": person_id}).one_or_none()
    if row is None:
        raise Missing
    return _my_task(row, now)


def on_the_front(person_id: UUID, *, now: datetime) -> FrontTasks:
    """The most urgent assignments that wait and the newest few that are done, in one query."""
    rows = db.session.execute(_ON_THE_FRONT, {"person_id": person_id})
    tasks = [_my_task(row, now) for row in rows]
    waits = [task for task in tasks if task.part is not Part.DONE]
    done = sorted((task for task in tasks if task.part is Part.DONE), key=lambda task: task.work.done_at or now, reverse=True)
    return FrontTasks(tuple(waits[:ON_THE_FRONT]), tuple(done), has_more=len(waits) > ON_THE_FRONT)


def tasks_in(person_id: UUID, part: Part, page: int, *, now: datetime) -> TaskPage:
    """One page of a person's assignments that stand so; a page beyond the last is the last."""
    of_person = {"person_id": person_id}
    count = db.session.scalar(_own.ids.where(_own.is_in(part)).with_only_columns(func.count(Task.id)), of_person) or 0
    pages = pages_of(count, PAGE)
    ordered = _own.rows.where(_own.is_in(part)).order_by(*(_own.newest_done if part is Part.DONE else _own.by_due_day))
    rows = db.session.execute(ordered.limit(PAGE).offset((min(page, pages) - 1) * PAGE), of_person)
    return TaskPage(tuple(_my_task(row, now) for row in rows), min(page, pages), pages)


def worked_on(person_id: UUID, organisation_slug: str | None, *, now: datetime) -> list[MyTask]:
    """Everything that a person began or released for one organisation or for all, in the order of assigning."""
    rows = _own.rows.where(or_(_own.work.c.begun > 0, ReleasedPass.id.is_not(None)))
    if organisation_slug is not None:
        rows = rows.where(Organisation.slug == organisation_slug)
    rows = rows.order_by(Organisation.name, Organisation.slug, Assignment.assigned_at, Task.id)
    return [_my_task(row, now) for row in db.session.execute(rows, {"person_id": person_id})]


def asks_for_texts(series_id: UUID, person_id: UUID) -> bool:
    """Whether the organisation that assigned this work asks for reflections; work that nobody assigned any more asks for them."""
    joined = select(Organisation.takes_reflections).join(Task, Task.organisation_id == Organisation.id)
    with scoped_to(person_id):  # Learning, which asks, knows no organisations, and no scope.
        return db.session.scalar(joined.where(Task.trainee_id == person_id, Task.series_id == series_id)) is not False


def task_and_next(person_id: UUID, series_id: UUID, *, now: datetime) -> tuple[MyTask | None, MyTask | None]:
    """The assignment that a series of this person is of, and which other one waits first; in one query."""
    rows = db.session.execute(_THIS_AND_NEXT, {"person_id": person_id, "this_series_id": series_id})
    tasks = [_my_task(row, now) for row in rows]
    this = next((each for each in tasks if each.task.series_id == series_id), None)
    return this, next((each for each in tasks if each is not this), None)


class _Own:
    """The select of the assignments of a person, `person_id`, and its conditions: the same as those of `task_rules`, for the database."""

    def __init__(self) -> None:
        self.work = _work()
        self._open = aliased(Attempt)
        self._due_on = func.coalesce(Task.due_on, AssignedScenario.due_on)
        self.rows: Select[*tuple[Any, ...]] = (
            select(
                Task,
                AssignedScenario,
                Assignment,
                Organisation,
                Membership,
                called(Person),
                self._open.id,
                Series.allowed,
                ReleasedPass.passed_on,
                ReleasedPass.released_at,
                self.work,
            )
            .select_from(Task)
            .join(
                AssignedScenario,
                (AssignedScenario.assignment_id == Task.assignment_id) & (AssignedScenario.position == Task.position),
            )
            .join(Assignment, Assignment.id == Task.assignment_id)
            .join(Organisation, Organisation.id == Task.organisation_id)
            .join(Membership, (Membership.organisation_id == Task.organisation_id) & (Membership.person_id == Task.trainee_id))
            .join(Person, Person.id == Assignment.assigned_by)
            .outerjoin(Series, Series.id == Task.series_id)
            .outerjoin(self.work, self.work.c.series_id == Task.series_id)
            .outerjoin(
                self._open,
                (self._open.series_id == Task.series_id) & self._open.closed_at.is_(None) & self._open.abandoned_at.is_(None),
            )
            .outerjoin(ReleasedPass, (ReleasedPass.organisation_id == Task.organisation_id) & (ReleasedPass.task_id == Task.id))
            .where(Task.trainee_id == _PERSON)
        )

    @property
    def ids(self) -> Select[*tuple[Any, ...]]:
        return self.rows.with_only_columns(Task.id)

    @property
    def is_waiting(self) -> ColumnElement[bool]:
        return or_(self.is_in(Part.UNDER_WAY), self.is_in(Part.DUE))

    def is_in(self, part: Part) -> ColumnElement[bool]:
        done = or_(func.coalesce(self.work.c.closed, 0) > 0, ReleasedPass.id.is_not(None))
        under_way = self._open.id.is_not(None)
        ended = or_(
            Task.withdrawn_at.is_not(None),
            Assignment.withdrawn_at.is_not(None),
            Membership.left_on.is_not(None),
            not_(Membership.is_trainee),
        )
        return {
            Part.UNDER_WAY: and_(under_way, not_(ended)),
            Part.DONE: and_(done, or_(not_(under_way), ended)),
            Part.ENDED: and_(ended, not_(done)),
            Part.DUE: and_(not_(ended), not_(under_way), not_(done)),
        }[part]

    @property
    def by_due_day(self) -> tuple[SQLColumnExpression[Any], ...]:
        return self._due_on.is_(None), self._due_on, Assignment.assigned_at, Task.position, Task.id

    @property
    def newest_done(self) -> tuple[SQLColumnExpression[Any], ...]:
        return func.coalesce(self.work.c.handed_in_at, ReleasedPass.released_at).desc(), Task.id.desc()


def _work() -> Subquery:
    """What the person did in each of their assigned series, in one row."""
    newer = aliased(Score)
    newest = ~select(newer.id).where(newer.attempt_id == Score.attempt_id, newer.version > Score.version).exists()
    return (
        select(
            Attempt.series_id,
            func.count(Attempt.id).label("begun"),
            func.count(Attempt.closed_at).label("closed"),
            func.count(Attempt.abandoned_at).label("left"),
            func.min(Attempt.closed_at).label("handed_in_at"),
            func.min(case((Score.passed, Attempt.closed_at))).label("passed_at"),
        )
        .join(Series, Series.id == Attempt.series_id)
        .outerjoin(Score, (Score.attempt_id == Attempt.id) & newest)
        .where(Series.person_id == _PERSON, Series.purpose == "assigned")
        .group_by(Attempt.series_id)
        .subquery()
    )


# Built once: the front page of every trainee asks the first, and putting it together takes longer than running it.
_own = _Own()


def _first_waiting(*conditions: ColumnElement[bool], limit: int) -> Select[*tuple[Any, ...]]:
    return _own.ids.where(_own.is_waiting, *conditions).order_by(*_own.by_due_day).limit(limit).correlate(None)


_newest_done = _own.ids.where(_own.is_in(Part.DONE)).order_by(*_own.newest_done).limit(DONE_ON_THE_FRONT).correlate(None)
_ON_THE_FRONT = _own.rows.where(or_(Task.id.in_(_first_waiting(limit=ON_THE_FRONT + 1)), Task.id.in_(_newest_done))).order_by(
    *_own.by_due_day
)
_THIS: BindParameter[UUID] = bindparam("this_series_id")
_THIS_AND_NEXT = _own.rows.where(or_(Task.series_id == _THIS, Task.id.in_(_first_waiting(Task.series_id.is_distinct_from(_THIS), limit=1))))


def _my_task(row: Any, now: datetime) -> MyTask:
    task, assigned, assignment, organisation, membership, by, open_attempt, allowed, released_on, released_at, _, *counted = row
    begun, closed, left, handed_in_at, passed_at = counted
    work = Work(begun or 0, closed or 0, left or 0, open_attempt is not None, handed_in_at, passed_at, released_at)
    place = _place(task, assignment, organisation, membership)
    due = Due(task.due_on or assigned.due_on, assignment.time_zone, extended=task.due_on is not None)
    return MyTask(
        task=task,
        assigned=assigned,
        assignment=assignment,
        organisation=organisation,
        by=by,
        place=place,
        work=work,
        open_attempt=open_attempt,
        allowed=allowed if task.series_id else assignment.attempts,
        released_on=released_on,
        standing=standing(_tries(work), due, withdrawn=place.is_withdrawn and not work.is_done, released_on=released_on, now=now),
    )


def _place(task: Task, assignment: Assignment, organisation: Organisation, membership: Membership) -> Place:
    return Place(
        organisation.name,
        is_withdrawn=task.withdrawn_at is not None or assignment.withdrawn_at is not None,
        has_left=membership.left_on is not None or not membership.is_trainee,
        is_suspended=membership.suspended_at is not None,
    )


def _tries(work: Work) -> list[Try]:
    """Those attempts that decide where the work stands: the first that was handed in, the first that passed, and one that was begun."""
    handed_in = [Try(1, work.handed_in_at)] if work.handed_in_at else []
    passed = [Try(2, work.passed_at, passed=True)] if work.passed_at else []
    return handed_in + passed or ([Try(1, None)] if work.begun else [])
