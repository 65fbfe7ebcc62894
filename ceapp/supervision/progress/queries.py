"""What the progress page is computed from, in columns and in few statements: who was assigned what, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, false, func, or_, select, true, tuple_

from ceapp.accounts.models import Person
from ceapp.database.rows import all_rows, table_of
from ceapp.learning.models import Answer, Attempt, Score
from ceapp.supervision.days import day_of
from ceapp.supervision.models import AssignedScenario, Assignment, Group, GroupMember, ReleasedPass, Task
from ceapp.supervision.progress.rules import Due, Filters, Try

ScenarioKey = tuple[str, str]
"""Course slug and scenario slug."""

_Columns = Select[*tuple[Any, ...]]

# The statements of the page without filters are built once: putting them together takes longer than running them.
_tasks, _items, _assignments = (table_of(each) for each in (Task, AssignedScenario, Assignment))
_attempts, _scores, _answers, _released = (table_of(each) for each in (Attempt, Score, Answer, ReleasedPass))
_people, _groups, _group_members = (table_of(each) for each in (Person, Group, GroupMember))
_ORGANISATION: BindParameter[UUID] = bindparam("organisation_id")
_DUE_ON = func.coalesce(_tasks.c.due_on, _items.c.due_on)
_NOT_WITHDRAWN = and_(_tasks.c.withdrawn_at.is_(None), _assignments.c.withdrawn_at.is_(None))
_THEIRS = _tasks.c.trainee_id.in_(bindparam("trainee_ids", expanding=True))
_TASKS = _tasks.join(_items, (_items.c.assignment_id == _tasks.c.assignment_id) & (_items.c.position == _tasks.c.position)).join(
    _assignments, _assignments.c.id == _tasks.c.assignment_id
)
"""Tasks with their scenario and assignment; to be tied to the organisation by the task."""
_OF_ORGANISATION = _tasks.c.organisation_id == _ORGANISATION
_scored = _scores.alias("scored")
_NEWEST_SCORE = select(func.max(_scored.c.version)).where(_scored.c.attempt_id == _attempts.c.id).correlate(_attempts).scalar_subquery()

ALL_WORK: _Columns = (
    select(
        _tasks.c.id.label("task_id"),
        _tasks.c.trainee_id,
        _tasks.c.series_id,
        _items.c.course_slug,
        _items.c.scenario_slug,
        _items.c.title,
        _assignments.c.title.label("assignment_title"),
        _assignments.c.assigned_at,
        _assignments.c.time_zone,
        _DUE_ON.label("due_on"),
        _tasks.c.due_on.is_not(None).label("extended"),
        (_tasks.c.withdrawn_at.is_not(None) | _assignments.c.withdrawn_at.is_not(None)).label("withdrawn"),
        _released.c.passed_on,
        _attempts.c.id.label("attempt_id"),
        _attempts.c.number,
        _attempts.c.closed_at,
        _attempts.c.scenario_revision_id,
        _scores.c.percent,
        _scores.c.passed,
    )
    .select_from(
        _TASKS.outerjoin(_released, (_released.c.task_id == _tasks.c.id) & (_released.c.organisation_id == _ORGANISATION))
        .outerjoin(_attempts, _attempts.c.series_id == _tasks.c.series_id)
        .outerjoin(_scores, (_scores.c.attempt_id == _attempts.c.id) & (_scores.c.version == _NEWEST_SCORE))
    )
    .where(_OF_ORGANISATION)
)
"""All tasks of an organisation, to be narrowed, with a line for each attempt."""
_WORK_SEEN = ALL_WORK.where(_THEIRS, tuple_(_items.c.course_slug, _items.c.scenario_slug).in_(bindparam("keys", expanding=True)))
_WORK_NAMED = ALL_WORK.where(_tasks.c.id.in_(bindparam("task_ids", expanding=True)))

_NAMED = select(_people.c.id, _people.c.name, _people.c.email).where(_people.c.id.in_(bindparam("trainee_ids", expanding=True)))
_GROUPS = (
    select(_groups.c.id, _groups.c.name)
    .where(
        _groups.c.organisation_id == _ORGANISATION,
        _groups.c.id.in_(
            select(_group_members.c.group_id).where(
                _group_members.c.organisation_id == _ORGANISATION,
                _group_members.c.person_id.in_(bindparam("trainee_ids", expanding=True)),
            )
        ),
    )
    .order_by(_groups.c.name)
)
_IN_GROUP = select(_group_members.c.person_id).where(
    _group_members.c.organisation_id == _ORGANISATION, _group_members.c.group_id == bindparam("group_id")
)
_GIVEN = select(_answers.c.attempt_id, _answers.c.question_id, _answers.c.given).where(
    _answers.c.attempt_id.in_(bindparam("attempt_ids", expanding=True))
)
_CLOSED = select(true()).where(_attempts.c.series_id == _tasks.c.series_id, _attempts.c.closed_at.is_not(None)).correlate(_tasks)
_RELEASED = select(true()).where(_released.c.organisation_id == _ORGANISATION, _released.c.task_id == _tasks.c.id).correlate(_tasks)


def _items_of(*conditions: ColumnElement[bool]) -> _Columns:
    """What was assigned to the trainees and is not withdrawn, the newest assignment first, each in its own order."""
    present = (
        select(_tasks.c.assignment_id, _tasks.c.position)
        .select_from(_TASKS)
        .where(_OF_ORGANISATION, _THEIRS, _NOT_WITHDRAWN, *conditions)
        .group_by(_tasks.c.assignment_id, _tasks.c.position)
        .subquery()
    )
    return (
        select(
            *(_assignments.c.id, _assignments.c.title, _assignments.c.time_zone),
            *(_items.c.course_slug, _items.c.scenario_slug, _items.c.title, _items.c.due_on),
        )
        .select_from(
            _assignments.join(_items, _items.c.assignment_id == _assignments.c.id).join(
                present, (present.c.assignment_id == _assignments.c.id) & (present.c.position == _items.c.position)
            )
        )
        .where(_assignments.c.organisation_id == _ORGANISATION)
        .order_by(_assignments.c.assigned_at.desc(), _assignments.c.id.desc(), _items.c.position)
    )


_ITEMS = _items_of()


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


class _AttemptRow(NamedTuple):
    """The columns of an attempt in a line of `ALL_WORK`, which come after those of its task."""

    id: UUID
    number: int
    closed_at: datetime | None
    revision_id: str
    percent: int | None
    passed: bool | None


def groups_of(organisation_id: UUID, trainee_ids: Collection[UUID]) -> list[tuple[UUID, str]]:
    """The groups that any of these trainees are in, by name."""
    return [(group_id, name) for group_id, name in all_rows(_GROUPS, organisation_id=organisation_id, trainee_ids=list(trainee_ids))]


def assigned_items(organisation_id: UUID, trainee_ids: Collection[UUID], group_id: UUID | None) -> list[AssignedItem]:
    """What these trainees were assigned and what is not withdrawn, the newest assignment first, each in its own order."""
    wanted = _ITEMS if group_id is None else _items_of(*_in_group(group_id))
    return [AssignedItem(*row) for row in all_rows(wanted, organisation_id=organisation_id, trainee_ids=list(trainee_ids))]


def matching_items(
    organisation_id: UUID, trainee_ids: Collection[UUID], filters: Filters, zones: Collection[str], now: datetime
) -> list[AssignedItem]:
    """Of these, what the filters leave. `zones` are those of the assignments."""
    wanted = _items_of(*_in_group(filters.group_id), *_matches(filters, zones, now))
    return [AssignedItem(*row) for row in all_rows(wanted, organisation_id=organisation_id, trainee_ids=list(trainee_ids))]


def trainees_by_name(
    organisation_id: UUID, trainee_ids: Collection[UUID], filters: Filters, zones: Collection[str], now: datetime
) -> list[tuple[UUID, str]]:
    """The trainees of the group who have work that the filters leave; without a filter all of them."""
    wanted = _NAMED
    if filters.group_id is not None:
        wanted = wanted.where(_people.c.id.in_(_IN_GROUP.params(group_id=filters.group_id)))
    if filters.is_narrow:
        matching = select(_tasks.c.trainee_id).select_from(_TASKS).where(_OF_ORGANISATION, _NOT_WITHDRAWN, *_matches(filters, zones, now))
        wanted = wanted.where(_people.c.id.in_(matching))
    rows = all_rows(wanted, organisation_id=organisation_id, trainee_ids=list(trainee_ids))
    return sorted(((person_id, name or email) for person_id, name, email in rows), key=lambda each: (each[1].casefold(), each[0]))


def work_on(
    organisation_id: UUID,
    trainee_ids: Collection[UUID],
    keys: Collection[ScenarioKey],
    filters: Filters,
    zones: Collection[str],
    now: datetime,
) -> dict[tuple[UUID, ScenarioKey], Work]:
    """The work of these trainees on these scenarios: of several tasks the newest that is not withdrawn."""
    wanted = _WORK_SEEN.where(*_matches(filters, zones, now)) if filters.is_narrow else _WORK_SEEN
    found: dict[tuple[UUID, ScenarioKey], Work] = {}
    for each in works(wanted, organisation_id=organisation_id, trainee_ids=list(trainee_ids), keys=list(keys)):
        before = found.get((each.trainee_id, each.key))
        if before is None or (not each.withdrawn, each.assigned_at, each.task_id) > (
            not before.withdrawn,
            before.assigned_at,
            before.task_id,
        ):
            found[each.trainee_id, each.key] = each
    return found


def works(wanted: _Columns, **values: object) -> list[Work]:
    """The tasks of a statement made from `ALL_WORK`, each with its attempts."""
    by_task: dict[UUID, list[Any]] = {}
    for row in all_rows(wanted, **values):
        by_task.setdefault(row.task_id, []).append(row)
    return [_as_work(rows) for rows in by_task.values()]


def work_of(organisation_id: UUID, task_ids: Collection[UUID]) -> dict[UUID, Work]:
    """These tasks of the organisation."""
    return {each.task_id: each for each in works(_WORK_NAMED, organisation_id=organisation_id, task_ids=list(task_ids))}


def given_in(attempt_ids: Collection[UUID]) -> dict[UUID, dict[str, Sequence[str]]]:
    """What was chosen in these attempts: attempt → question id → option ids."""
    found: dict[UUID, dict[str, Sequence[str]]] = {}
    if attempt_ids:
        for attempt_id, question_id, given in all_rows(_GIVEN, attempt_ids=list(attempt_ids)):
            found.setdefault(attempt_id, {})[question_id] = given
    return found


_OF_TASK = len(ALL_WORK.selected_columns) - len(_AttemptRow._fields)


def _as_work(rows: Sequence[Any]) -> Work:
    head, attempts = rows[0], [_AttemptRow(*row[_OF_TASK:]) for row in rows if row.attempt_id is not None]
    first = min((each for each in attempts if each.closed_at is not None), key=lambda each: each.number, default=None)
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
        tries=tuple(Try(each.number, each.closed_at, each.percent, bool(each.passed)) for each in attempts),
        first_id=first.id if first else None,
        revision_id=first.revision_id if first else "",
    )


def _in_group(group_id: UUID | None) -> list[ColumnElement[bool]]:
    return [] if group_id is None else [_tasks.c.trainee_id.in_(_IN_GROUP.params(group_id=group_id))]


def _matches(filters: Filters, zones: Collection[str], now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.assignment_id is not None:
        conditions.append(_tasks.c.assignment_id == filters.assignment_id)
    if filters.until is not None:
        conditions.append(filters.until >= _DUE_ON)
    if filters.late:
        conditions += [_NOT_WITHDRAWN, _is_over(zones, now), ~_CLOSED.exists(), ~_RELEASED.exists()]
    return conditions


def _is_over(zones: Collection[str], now: datetime) -> ColumnElement[bool]:
    """The due day is over in the zone of the assignment."""
    return or_(false(), *(and_(_assignments.c.time_zone == zone, day_of(now, zone) > _DUE_ON) for zone in zones))
