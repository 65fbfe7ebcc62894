"""Supervision: what was done for an assignment belongs to it, and whoever signed or read had the trainee at that moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from ceapp.accounts.models import Organisation
from ceapp.learning.models import Attempt, Score, Series
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found
from ceapp.operating.doctor.names import names_of
from ceapp.supervision.models import (
    AssignedScenario,
    Assignment,
    Cover,
    Extension,
    Note,
    ReflectionReading,
    ReleasedPass,
    SignOff,
    Supervision,
    Task,
)
from ceapp.supervision.scopes import Scope

_other, _later = aliased(Cover), aliased(Score)

_BETWEEN_ZONES = timedelta(days=2)
"""How far the days of one moment may be apart; the organisation may have been in another time zone then."""


def assigned(examination: Examination) -> Iterator[Finding]:
    """What was assigned is a scenario that its course has or had."""
    names = names_of(examination.session)
    wanted = select(AssignedScenario.assignment_id, AssignedScenario.position, AssignedScenario.course_slug, AssignedScenario.scenario_slug)
    for row in examination.rows(wanted):
        if not names[row.course_slug, row.scenario_slug]:
            yield found("assigned.unknown-scenario", f"assignment {row.assignment_id}, scenario {row.position}")


def tasks(examination: Examination) -> Iterator[Finding]:
    """The attempts of a task are its trainee's own, for this purpose, at this scenario; a longer time is that of the newest extension."""
    names = names_of(examination.session)
    for row in examination.rows(
        select(Task.id, Task.trainee_id, Series.person_id, Series.purpose, *_slugs())
        .join(AssignedScenario, _scenario_of_task())
        .join(Series, Series.id == Task.series_id),
        "tasks begun",
    ):
        if row.person_id != row.trainee_id or row.purpose != "assigned" or not _is_same_scenario(row, names):
            yield found("task.foreign-series", f"task {row.id}")
    newest = (
        select(Extension.due_on)
        .where(Extension.organisation_id == Task.organisation_id, Extension.task_id == Task.id)
        .order_by(Extension.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    for row in examination.rows(select(Task.id).where(Task.due_on.is_distinct_from(newest))):
        yield found("task.extension", f"task {row.id}: due on another day than its newest extension says")


def _slugs() -> tuple[Any, ...]:
    return (
        AssignedScenario.course_slug,
        AssignedScenario.scenario_slug,
        Series.course_slug.label("own_course"),
        Series.scenario_slug.label("own_slug"),
    )


def _scenario_of_task() -> ColumnElement[bool]:
    return and_(AssignedScenario.assignment_id == Task.assignment_id, AssignedScenario.position == Task.position)


def _is_same_scenario(row: Any, names: dict[tuple[str, str], set[str]]) -> bool:
    return row.own_course == row.course_slug and row.own_slug in {row.scenario_slug} | names[row.course_slug, row.scenario_slug]


def released(examination: Examination) -> Iterator[Finding]:
    """A pass that stands for a task is one, and the trainee's own."""
    names = names_of(examination.session)
    newest = select(func.max(_later.version)).where(_later.attempt_id == Score.attempt_id).correlate(Score).scalar_subquery()
    has_passed = select(Score.id).where(Score.attempt_id == Attempt.id, Score.passed, Score.version == newest).exists()
    for row in examination.rows(
        select(ReleasedPass.id, Task.trainee_id, Series.person_id, has_passed.label("has_passed"), *_slugs())
        .join(Task, and_(Task.organisation_id == ReleasedPass.organisation_id, Task.id == ReleasedPass.task_id))
        .join(AssignedScenario, _scenario_of_task())
        .join(Attempt, Attempt.id == ReleasedPass.attempt_id)
        .join(Series, Series.id == Attempt.series_id),
        "released passes",
    ):
        if row.person_id != row.trainee_id or not _is_same_scenario(row, names):
            yield found("released.foreign-attempt", f"released pass {row.id}")
        elif not row.has_passed:
            yield found("released.no-pass", f"released pass {row.id}")


def notes(examination: Examination) -> Iterator[Finding]:
    """What was written to something belongs to the same organisation."""
    for kind, table in (("assignment", Assignment), ("extension", Extension), ("sign-off", SignOff)):
        of_another = select(table.id).join(Note, Note.id == table.note_id).where(Note.organisation_id != table.organisation_id)
        yield from (found("note.foreign", f"{kind} {row.id}") for row in examination.rows(of_another))


def covers(examination: Examination) -> Iterator[Finding]:
    """One colleague covers for one supervisor once on a day."""
    both = (
        select(Cover.id, _other.id.label("other_id"))
        .join(
            _other,
            and_(
                _other.organisation_id == Cover.organisation_id,
                _other.supervisor_id == Cover.supervisor_id,
                _other.colleague_id == Cover.colleague_id,
            ),
        )
        .where(Cover.ended_at.is_(None), _other.ended_at.is_(None), _other.id > Cover.id)
        .where(Cover.first_day <= _other.last_day, _other.first_day <= Cover.last_day)
    )
    yield from (found("cover.overlaps", f"cover {row.id} and {row.other_id}") for row in examination.rows(both))


@dataclass
class _Relations:
    """Who supervised whom in one organisation, and who covered."""

    zone: ZoneInfo
    of_trainee: dict[UUID, list[Supervision]]
    of_colleague: dict[UUID, list[Cover]]

    def had(self, member_id: UUID, trainee_id: UUID, scope: Scope, at: datetime) -> bool:
        """Whether the member saw this much of the trainee at that moment, by a relation of their own or in a colleague's place."""
        covered = {cover.supervisor_id for cover in self.of_colleague[member_id] if self._holds(cover, at)}
        return any(
            relation.supervisor_id in {member_id} | covered and Scope(relation.scope).includes(scope) and self._holds(relation, at)
            for relation in self.of_trainee[trainee_id]
        )

    def _holds(self, agreed: Supervision | Cover, at: datetime) -> bool:
        if at < agreed.made_at or (agreed.ended_at is not None and agreed.ended_at < at):
            return False
        day = at.astimezone(self.zone).date()
        return agreed.first_day - _BETWEEN_ZONES <= day and (agreed.last_day is None or day - _BETWEEN_ZONES <= agreed.last_day)


def witnesses(examination: Examination) -> Iterator[Finding]:
    """Whoever signed off or opened a reflection had the trainee then; what they signed is a task of this trainee."""
    for organisation_id, time_zone in examination.session.execute(select(Organisation.id, Organisation.time_zone)).all():
        relations = _relations(examination, organisation_id, time_zone)
        yield from _sign_offs(examination, organisation_id, relations)
        yield from _readings(examination, organisation_id, relations)


def _relations(examination: Examination, organisation_id: UUID, time_zone: str) -> _Relations:
    relations = _Relations(ZoneInfo(time_zone), defaultdict(list), defaultdict(list))
    for relation in examination.session.scalars(select(Supervision).where(Supervision.organisation_id == organisation_id)):
        relations.of_trainee[relation.trainee_id].append(relation)
    for cover in examination.session.scalars(select(Cover).where(Cover.organisation_id == organisation_id)):
        relations.of_colleague[cover.colleague_id].append(cover)
    return relations


def _sign_offs(examination: Examination, organisation_id: UUID, relations: _Relations) -> Iterator[Finding]:
    wanted = (
        select(SignOff.id, SignOff.supervisor_id, SignOff.trainee_id, SignOff.signed_at, Task.trainee_id.label("whose"))
        .join(Task, and_(Task.organisation_id == SignOff.organisation_id, Task.id == SignOff.task_id))
        .where(SignOff.organisation_id == organisation_id)
    )
    for row in examination.rows(wanted, "sign-offs"):
        if row.whose != row.trainee_id:
            yield found("sign-off.foreign-task", f"sign-off {row.id}")
        elif not relations.had(row.supervisor_id, row.trainee_id, Scope.SCORES, row.signed_at):
            yield found("sign-off.unrelated", f"sign-off {row.id}: its supervisor did not have this trainee then")


def _readings(examination: Examination, organisation_id: UUID, relations: _Relations) -> Iterator[Finding]:
    of_task = (
        select(Task.id)
        .join(Attempt, Attempt.series_id == Task.series_id)
        .where(
            Task.organisation_id == ReflectionReading.organisation_id,
            Task.trainee_id == ReflectionReading.trainee_id,
            Attempt.id == ReflectionReading.attempt_id,
        )
        .exists()
    )
    wanted = select(
        ReflectionReading.id, ReflectionReading.reader_id, ReflectionReading.trainee_id, ReflectionReading.read_at, of_task.label("is_task")
    )
    for row in examination.rows(wanted.where(ReflectionReading.organisation_id == organisation_id), "reflection readings"):
        if not row.is_task or not relations.had(row.reader_id, row.trainee_id, Scope.REFLECTIONS, row.read_at):
            yield found("reading.unrelated", f"reflection reading {row.id}")
