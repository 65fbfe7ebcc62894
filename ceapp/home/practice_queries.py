"""A person's practice, for that person and nobody else: no other module selects practice attempts for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from ceapp.catalogue.models import ScenarioRevision
from ceapp.database import db, pages_of
from ceapp.learning.models import Attempt, Score, Series

PAGE = 20
ON_THE_FRONT = 4


@dataclass(frozen=True, slots=True)
class Practised:
    """An attempt at practising a scenario."""

    attempt_id: UUID
    title: str
    course_slug: str
    scenario_slug: str
    number: int
    began_at: datetime
    is_open: bool
    is_closed: bool
    percent: int | None
    passed: bool


@dataclass(frozen=True, slots=True)
class PracticePage:
    """One page of somebody's practice, the newest first."""

    attempts: tuple[Practised, ...]
    page: int
    pages: int


def practised_lately(person_id: UUID) -> list[Practised]:
    """The last attempt at each of the scenarios that were practised lately."""
    return [_practised(row) for row in db.session.execute(_LATELY, {"person_id": person_id})]


def practice_of(person_id: UUID, page: int) -> PracticePage:
    """One page of all practice attempts of a person; a page beyond the last is the last."""
    of_person = {"person_id": person_id}
    count = db.session.scalar(_ATTEMPTS.with_only_columns(func.count(Attempt.id)).order_by(None), of_person) or 0
    pages = pages_of(count, PAGE)
    rows = db.session.execute(_ATTEMPTS.limit(PAGE).offset((min(page, pages) - 1) * PAGE), of_person)
    return PracticePage(tuple(_practised(row) for row in rows), min(page, pages), pages)


def _attempts() -> Select[*tuple[Any, ...]]:
    newer = aliased(Score)
    newest = ~select(newer.id).where(newer.attempt_id == Score.attempt_id, newer.version > Score.version).exists()
    return (
        select(Attempt, Series.course_slug, Series.scenario_slug, ScenarioRevision.title, Score.percent, Score.passed)
        .select_from(Attempt)
        .join(Series, Series.id == Attempt.series_id)
        .join(ScenarioRevision, ScenarioRevision.id == Attempt.scenario_revision_id)
        .outerjoin(Score, (Score.attempt_id == Attempt.id) & newest)
        .where(Series.person_id == bindparam("person_id"), Series.purpose == "practice")
        .order_by(Attempt.began_at.desc(), Attempt.id.desc())
    )


def _is_last() -> ColumnElement[bool]:
    later = aliased(Attempt)
    return ~select(later.id).where(later.series_id == Attempt.series_id, later.number > Attempt.number).exists()


# Built once: every front page asks for the second, and putting it together takes longer than running it.
_ATTEMPTS = _attempts()
_LATELY = _ATTEMPTS.where(_is_last()).limit(ON_THE_FRONT)


def _practised(row: Any) -> Practised:
    attempt, course_slug, scenario_slug, title, percent, passed = row
    return Practised(
        attempt_id=attempt.id,
        title=title,
        course_slug=course_slug,
        scenario_slug=scenario_slug,
        number=attempt.number,
        began_at=attempt.began_at,
        is_open=attempt.is_open,
        is_closed=attempt.closed_at is not None,
        percent=percent,
        passed=bool(passed),
    )
