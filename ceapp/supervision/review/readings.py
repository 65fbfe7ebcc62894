"""Who read a person's reflections, for that person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from ceapp.accounts.models import Organisation, Person
from ceapp.database import db, pages_of
from ceapp.learning.models import Attempt
from ceapp.supervision.models import AssignedScenario, ReflectionReading, Task

PAGE = 20
ON_THE_FRONT = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """That somebody opened a reflection."""

    reader: str
    organisation: str
    title: str
    task_id: UUID
    read_at: datetime


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """One page of them, the newest first."""

    readings: tuple[Reading, ...]
    page: int
    pages: int


def latest_readings(person_id: UUID) -> list[Reading]:
    """The newest few, for the front page, and one more when there are more."""
    return [Reading(*row) for row in db.session.execute(_readings(person_id).limit(ON_THE_FRONT + 1))]


def readings_of(person_id: UUID, page: int) -> ReadingPage:
    """Everybody who opened a reflection of this person, the newest first; a page beyond the last is the last."""
    count = db.session.scalar(select(func.count(ReflectionReading.id)).where(ReflectionReading.trainee_id == person_id)) or 0
    pages = pages_of(count, PAGE)
    rows = db.session.execute(_readings(person_id).limit(PAGE).offset((min(page, pages) - 1) * PAGE))
    return ReadingPage(tuple(Reading(*row) for row in rows), min(page, pages), pages)


def _readings(person_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            func.coalesce(func.nullif(Person.name, ""), Person.email),
            Organisation.name,
            AssignedScenario.title,
            Task.id,
            ReflectionReading.read_at,
        )
        .join(Person, Person.id == ReflectionReading.reader_id)
        .join(Organisation, Organisation.id == ReflectionReading.organisation_id)
        .join(Attempt, Attempt.id == ReflectionReading.attempt_id)
        .join(Task, (Task.series_id == Attempt.series_id) & (Task.trainee_id == person_id))
        .join(AssignedScenario, (AssignedScenario.assignment_id == Task.assignment_id) & (AssignedScenario.position == Task.position))
        .where(ReflectionReading.trainee_id == person_id)
        .order_by(ReflectionReading.read_at.desc(), ReflectionReading.id.desc())
    )
