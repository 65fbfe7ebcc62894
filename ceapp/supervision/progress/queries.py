"""What the progress page is computed from, in columns and in few statements: who was assigned what, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true, tuple_

from ceapp.accounts.models import Person
from ceapp.database import db
from ceapp.learning.models import Answer, Attempt, Score
from ceapp.supervision.days import day_of
from ceapp.supervision.models import AssignedScenario, Assignment, Group, GroupMember, ReleasedPass, Task
from ceapp.supervision.progress.rules import Due, Filters, Try

ScenarioKey = tuple[str, str]
"""Course slug and scenario slug."""

_Columns = Select[*tuple[Any, ...]]
_DUE_ON = func.coalesce(Task.due_on, AssignedScenario.due_on)
_NEWEST_SCORE = select(func.max(Score.version)).where(Score.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()


@dataclass(frozen=True, slots=True)
class AssignedItem:
    """A scenario of an assignment that at least one of the trainees has."""

    assignment_id: UUID
    assignment_title: str
    time_zone: str
    course_slug: str
    scenario_slug: str
    title: str
    due_on: date | None

    @property
    def key(self) -> ScenarioKey:
        return self.course_slug, self.scenario_slug


@dataclass(frozen=True, slots=True)
class Work:
    """A task with its attempts, as plain values; `first_id` and `revision_id` are those of the first closed attempt."""

    task_id: UUID
    trainee_id: UUID
    key: ScenarioKey
    title: str
    assignment_title: str
    assigned_at: datetime
    due: Due
    withdrawn: bool
    released_on: date | None
    series_id: UUID | None
    tries: tuple[Try, ...]
    first_id: UUID | None
    revision_id: str


def groups_of(organisation_id: UUID, trainee_ids: Collection[UUID]) -> list[tuple[UUID, str]]:
    """The groups that any of these trainees are in, by name."""
    rows = db.session.execute(
        select(Group.id, Group.name)
        .where(
            Group.organisation_id == organisation_id,
            Group.id.in_(
                select(GroupMember.group_id).where(GroupMember.organisation_id == organisation_id, GroupMember.person_id.in_(trainee_ids))
            ),
        )
        .order_by(Group.name)
    )
    return [(group_id, name) for group_id, name in rows]


def assigned_items(organisation_id: UUID, trainee_ids: Collection[UUID], group_id: UUID | None) -> list[AssignedItem]:
    """What these trainees were assigned and what is not withdrawn, the newest assignment first, each in its own order."""
    return _items(organisation_id, _of(organisation_id, trainee_ids, group_id))


def matching_items(
    organisation_id: UUID, trainee_ids: Collection[UUID], filters: Filters, zones: Collection[str], now: datetime
) -> list[AssignedItem]:
    """Of these, what the filters leave. `zones` are those of the assignments."""
    return _items(organisation_id, _of(organisation_id, trainee_ids, filters.group_id), *_matches(organisation_id, filters, zones, now))


def trainees_by_name(
    organisation_id: UUID, trainee_ids: Collection[UUID], filters: Filters, zones: Collection[str], now: datetime
) -> list[tuple[UUID, str]]:
    """The trainees of the group who have work that the filters leave; without a filter all of them."""
    wanted = select(Person.id, Person.name, Person.email).where(Person.id.in_(trainee_ids))
    if filters.group_id is not None:
        wanted = wanted.where(Person.id.in_(_in_group(organisation_id, filters.group_id)))
    if filters.is_narrow:
        matching = _joined(select(Task.trainee_id), organisation_id).where(
            _not_withdrawn(), *_matches(organisation_id, filters, zones, now)
        )
        wanted = wanted.where(Person.id.in_(matching))
    named = [(person_id, name or email) for person_id, name, email in db.session.execute(wanted)]
    return sorted(named, key=lambda each: (each[1].casefold(), each[0]))


def work_on(
    organisation_id: UUID,
    trainee_ids: Collection[UUID],
    keys: Collection[ScenarioKey],
    filters: Filters,
    zones: Collection[str],
    now: datetime,
) -> dict[tuple[UUID, ScenarioKey], Work]:
    """The work of these trainees on these scenarios: of several tasks the newest that is not withdrawn."""
    wanted = all_work(organisation_id).where(
        Task.trainee_id.in_(trainee_ids), tuple_(AssignedScenario.course_slug, AssignedScenario.scenario_slug).in_(list(keys))
    )
    if filters.is_narrow:
        wanted = wanted.where(*_matches(organisation_id, filters, zones, now))
    found: dict[tuple[UUID, ScenarioKey], Work] = {}
    for each in works(wanted):
        before = found.get((each.trainee_id, each.key))
        if before is None or (not each.withdrawn, each.assigned_at, each.task_id) > (
            not before.withdrawn,
            before.assigned_at,
            before.task_id,
        ):
            found[each.trainee_id, each.key] = each
    return found


def works(wanted: _Columns) -> list[Work]:
    """The tasks of a statement made by `all_work`, each with its attempts."""
    by_task: dict[UUID, list[Any]] = {}
    for row in db.session.execute(wanted):
        by_task.setdefault(row.task_id, []).append(row)
    return [_as_work(rows) for rows in by_task.values()]


def work_of(organisation_id: UUID, task_ids: Collection[UUID]) -> dict[UUID, Work]:
    """These tasks of the organisation."""
    return {each.task_id: each for each in works(all_work(organisation_id).where(Task.id.in_(task_ids)))}


def given_in(attempt_ids: Collection[UUID]) -> dict[UUID, dict[str, Sequence[str]]]:
    """What was chosen in these attempts: attempt → question id → option ids."""
    found: dict[UUID, dict[str, Sequence[str]]] = {}
    if attempt_ids:
        rows = db.session.execute(select(Answer.attempt_id, Answer.question_id, Answer.given).where(Answer.attempt_id.in_(attempt_ids)))
        for attempt_id, question_id, given in rows:
            found.setdefault(attempt_id, {})[question_id] = given
    return found


def _items(organisation_id: UUID, *conditions: ColumnElement[bool]) -> list[AssignedItem]:
    present = (
        _joined(select(Task.assignment_id, Task.position), organisation_id)
        .where(_not_withdrawn(), *conditions)
        .group_by(Task.assignment_id, Task.position)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Assignment.id,
            Assignment.title,
            Assignment.time_zone,
            AssignedScenario.course_slug,
            AssignedScenario.scenario_slug,
            AssignedScenario.title,
            AssignedScenario.due_on,
        )
        .join(AssignedScenario, AssignedScenario.assignment_id == Assignment.id)
        .join(present, (present.c.assignment_id == Assignment.id) & (present.c.position == AssignedScenario.position))
        .where(Assignment.organisation_id == organisation_id)
        .order_by(Assignment.assigned_at.desc(), Assignment.id.desc(), AssignedScenario.position)
    )
    return [AssignedItem(*row) for row in rows]


def all_work(organisation_id: UUID) -> _Columns:
    """The statement of all tasks of an organisation, to be narrowed, with a line for each attempt."""
    columns = select(
        Task.id.label("task_id"),
        Task.trainee_id,
        Task.series_id,
        AssignedScenario.course_slug,
        AssignedScenario.scenario_slug,
        AssignedScenario.title,
        Assignment.title.label("assignment_title"),
        Assignment.assigned_at,
        Assignment.time_zone,
        _DUE_ON.label("due_on"),
        Task.due_on.is_not(None).label("extended"),
        (Task.withdrawn_at.is_not(None) | Assignment.withdrawn_at.is_not(None)).label("withdrawn"),
        ReleasedPass.passed_on,
        Attempt.id.label("attempt_id"),
        Attempt.number,
        Attempt.closed_at,
        Attempt.scenario_revision_id,
        Score.percent,
        Score.passed,
    )
    return (
        _joined(columns, organisation_id)
        .outerjoin(ReleasedPass, (ReleasedPass.task_id == Task.id) & (ReleasedPass.organisation_id == organisation_id))
        .outerjoin(Attempt, Attempt.series_id == Task.series_id)
        .outerjoin(Score, (Score.attempt_id == Attempt.id) & (Score.version == _NEWEST_SCORE))
    )


def _as_work(rows: Sequence[Any]) -> Work:
    head = rows[0]
    tries = tuple(Try(row.number, row.closed_at, row.percent, bool(row.passed)) for row in rows if row.attempt_id is not None)
    first = min((row for row in rows if row.closed_at is not None), key=lambda row: row.number, default=None)
    return Work(
        task_id=head.task_id,
        trainee_id=head.trainee_id,
        key=(head.course_slug, head.scenario_slug),
        title=head.title,
        assignment_title=head.assignment_title,
        assigned_at=head.assigned_at,
        due=Due(head.due_on, head.time_zone, bool(head.extended)),
        withdrawn=bool(head.withdrawn),
        released_on=head.passed_on,
        series_id=head.series_id,
        tries=tries,
        first_id=first.attempt_id if first else None,
        revision_id=first.scenario_revision_id if first else "",
    )


def _joined(columns: _Columns, organisation_id: UUID) -> _Columns:
    """Tasks of the organisation with their scenario and assignment."""
    return (
        columns.select_from(Task)
        .join(AssignedScenario, (AssignedScenario.assignment_id == Task.assignment_id) & (AssignedScenario.position == Task.position))
        .join(Assignment, Assignment.id == Task.assignment_id)
        .where(Task.organisation_id == organisation_id)
    )


def _not_withdrawn() -> ColumnElement[bool]:
    return and_(Task.withdrawn_at.is_(None), Assignment.withdrawn_at.is_(None))


def _in_group(organisation_id: UUID, group_id: UUID) -> _Columns:
    return select(GroupMember.person_id).where(GroupMember.organisation_id == organisation_id, GroupMember.group_id == group_id)


def _of(organisation_id: UUID, trainee_ids: Collection[UUID], group_id: UUID | None) -> ColumnElement[bool]:
    theirs = Task.trainee_id.in_(trainee_ids)
    return theirs if group_id is None else theirs & Task.trainee_id.in_(_in_group(organisation_id, group_id))


def _matches(organisation_id: UUID, filters: Filters, zones: Collection[str], now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.assignment_id is not None:
        conditions.append(Task.assignment_id == filters.assignment_id)
    if filters.until is not None:
        conditions.append(filters.until >= _DUE_ON)
    if filters.late:
        conditions += [_not_withdrawn(), _is_over(zones, now), *_nothing_handed_in(organisation_id)]
    return conditions


def _is_over(zones: Collection[str], now: datetime) -> ColumnElement[bool]:
    """The due day is over in the zone of the assignment."""
    return or_(false(), *(and_(Assignment.time_zone == zone, day_of(now, zone) > _DUE_ON) for zone in zones))


def _nothing_handed_in(organisation_id: UUID) -> list[ColumnElement[bool]]:
    closed = select(true()).where(Attempt.series_id == Task.series_id, Attempt.closed_at.is_not(None)).correlate(Task)
    released = select(true()).where(ReleasedPass.organisation_id == organisation_id, ReleasedPass.task_id == Task.id).correlate(Task)
    return [~closed.exists(), ~released.exists()]
