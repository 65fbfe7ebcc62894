"""The training record: what a person did for an organisation, in days of that organisation. A certificate is something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import select

from ceapp.accounts.models import Organisation, Person
from ceapp.database import db
from ceapp.errors import Missing
from ceapp.supervision.called import called
from ceapp.supervision.days import day_of
from ceapp.supervision.models import SignOff
from ceapp.supervision.tasks.own import MyTask
from ceapp.supervision.tasks.queries import worked_on

IS_NOT_A_CERTIFICATE = "This is a record of work for the organisation. It is not a certificate of continuing education."


@dataclass(frozen=True, slots=True)
class SignedOff:
    """Who put their name under a piece of work, and when."""

    by: str
    on: date


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One piece of work; the days that were not reached are None."""

    task_id: UUID
    title: str
    assigned_on: date
    handed_in_on: date | None
    passed_on: date | None
    attempts: int
    released_on: date | None
    signed_off: tuple[SignedOff, ...]


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """What a person did for one organisation."""

    organisation: Organisation
    made_on: date
    lines: tuple[RecordLine, ...]


def training_records(person_id: UUID, *, now: datetime, slug: str | None = None) -> list[TrainingRecord]:
    """A person's records, of all organisations or of one, by name. Those who left or are suspended keep theirs."""
    tasks = worked_on(person_id, slug, now=now)
    signed = _sign_offs(person_id)
    return [_record(list(group), signed, now) for _, group in groupby(tasks, key=lambda task: task.task.organisation_id)]


def training_record(person_id: UUID, slug: str, *, now: datetime) -> TrainingRecord:
    """The record for one organisation. Raises Missing when the person did nothing for it."""
    found = training_records(person_id, now=now, slug=slug)
    if not found:
        raise Missing
    return found[0]


def rows(record: TrainingRecord, person_name: str) -> Iterator[list[str | int]]:
    """The record as the rows of a table, with what it is at its head."""
    yield ["Training record", record.organisation.name]
    yield ["Person", person_name]
    yield ["Made on", record.made_on.isoformat()]
    yield ["Days are those of", record.organisation.time_zone]
    yield [IS_NOT_A_CERTIFICATE]
    yield ["Scenario", "Assigned on", "Handed in on", "Passed on", "Attempts", "Own pass of", "Signed off"]
    for line in record.lines:
        yield [
            line.title,
            line.assigned_on.isoformat(),
            _iso(line.handed_in_on),
            _iso(line.passed_on),
            line.attempts,
            _iso(line.released_on),
            "; ".join(f"{each.by}, {each.on.isoformat()}" for each in line.signed_off),
        ]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _record(tasks: list[MyTask], signed: dict[UUID, list[tuple[str, datetime]]], now: datetime) -> TrainingRecord:
    organisation = tasks[0].organisation
    lines = tuple(_line(task, signed.get(task.id, []), organisation.time_zone) for task in tasks)
    return TrainingRecord(organisation, day_of(now, organisation.time_zone), lines)


def _line(my: MyTask, signed: list[tuple[str, datetime]], zone: str) -> RecordLine:
    return RecordLine(
        task_id=my.id,
        title=my.title,
        assigned_on=day_of(my.assignment.assigned_at, zone),
        handed_in_on=day_of(my.work.handed_in_at, zone) if my.work.handed_in_at else None,
        passed_on=day_of(my.work.passed_at, zone) if my.work.passed_at else None,
        attempts=my.work.used,
        released_on=my.released_on,
        signed_off=tuple(SignedOff(by, day_of(signed_at, zone)) for by, signed_at in signed),
    )


def _sign_offs(person_id: UUID) -> dict[UUID, list[tuple[str, datetime]]]:
    found: dict[UUID, list[tuple[str, datetime]]] = {}
    rows = db.session.execute(
        select(SignOff.task_id, called(Person), SignOff.signed_at)
        .join(Person, Person.id == SignOff.supervisor_id)
        .where(SignOff.trainee_id == person_id)
        .order_by(SignOff.signed_at, SignOff.id)
    )
    for task_id, by, signed_at in rows:
        found.setdefault(task_id, []).append((by, signed_at))
    return found
