"""Reading grievances: one's own, those that administrators have to answer, and how many there were about a course."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course
from ceapp.database import db, pages_of
from ceapp.keys import current_keys
from ceapp.learning.grievances.models import Grievance, GrievanceAnswer

PAGE_SIZE = 25

RECEIVED, LOOKED_INTO, CLOSED = "received", "looked into", "closed"
UPHELD, IN_PART, NOT_UPHELD = "upheld", "in part", "not upheld"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its words."""

    answer: GrievanceAnswer
    words: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A grievance in a list, with what was done about it last."""

    grievance: Grievance
    person: Person
    course_title: str
    last: GrievanceAnswer | None

    @property
    def status(self) -> str:
        return self.last.status if self.last else RECEIVED

    @property
    def outcome(self) -> str:
        return self.last.outcome if self.last else ""


@dataclass(frozen=True, slots=True)
class FiledPage:
    """One page of grievances."""

    grievances: tuple[Filed, ...]
    count: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A grievance with its words and answers, the oldest first."""

    filed: Filed
    words: str
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many grievances about a course were filed in a year, and what became of them."""

    filed: int = 0
    open: int = 0
    upheld: int = 0
    in_part: int = 0
    not_upheld: int = 0


def grievances_of_course(course_slug: str, year: int) -> Counts:
    """Those filed in a calendar year of UTC about a course, or naming it: numbers alone."""
    first, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    outcome = func.coalesce(GrievanceAnswer.outcome, "")
    counted = _joined(select(outcome, func.count()))
    wanted = (Grievance.course_slug == course_slug, Grievance.filed_at >= first, Grievance.filed_at < end)
    found: dict[str, int] = {row[0]: row[1] for row in db.session.execute(counted.where(*wanted).group_by(outcome))}
    closed = (found.get(each, 0) for each in (UPHELD, IN_PART, NOT_UPHELD))
    return Counts(sum(found.values()), found.get("", 0), *closed)


def own_grievances(person_id: UUID, page: int) -> FiledPage:
    """What somebody filed, the newest first."""
    return _page(Grievance.person_id == person_id, page=page)


def open_grievances(page: int) -> FiledPage:
    """What is not closed, the oldest first."""
    return _page(func.coalesce(GrievanceAnswer.status, RECEIVED) != CLOSED, page=page, oldest_first=True)


def closed_grievances(page: int) -> FiledPage:
    """What is closed, the newest first."""
    return _page(GrievanceAnswer.status == CLOSED, page=page)


def grievance_seen(grievance_id: UUID, *, of: UUID | None = None) -> Seen | None:
    """A grievance; with `of` only when it is this person's."""
    wanted = _filed().where(Grievance.id == grievance_id)
    row = db.session.execute(wanted if of is None else wanted.where(Grievance.person_id == of)).one_or_none()
    if row is None:
        return None
    answers = tuple(Answered(each, opened(each.key_id, each.ciphertext)) for each in answers_to(grievance_id))
    filed = _read(*row)
    return Seen(filed, opened(filed.grievance.key_id, filed.grievance.ciphertext), answers)


def answers_to(grievance_id: UUID) -> list[GrievanceAnswer]:
    """The oldest first."""
    wanted = select(GrievanceAnswer).where(GrievanceAnswer.grievance_id == grievance_id)
    return list(db.session.scalars(wanted.order_by(GrievanceAnswer.number)))


def grievance_with_id(grievance_id: UUID) -> Grievance | None:
    return db.session.get(Grievance, grievance_id)


def grievance_filed_with(form_key: str) -> Grievance | None:
    return db.session.scalars(select(Grievance).where(Grievance.form_key == form_key)).first()


def answer_made_with(form_key: str) -> GrievanceAnswer | None:
    return db.session.scalars(select(GrievanceAnswer).where(GrievanceAnswer.form_key == form_key)).first()


def number_open(person_id: UUID) -> int:
    """How many grievances of somebody are not closed."""
    counted = _joined(select(func.count()))
    wanted = counted.where(Grievance.person_id == person_id, func.coalesce(GrievanceAnswer.status, RECEIVED) != CLOSED)
    return db.session.scalar(wanted) or 0


def opened(key_id: str, ciphertext: bytes) -> str:
    """What was encrypted; empty where it is gone."""
    return current_keys().unseal(key_id, ciphertext) if ciphertext else ""


def _page(*wanted: ColumnElement[bool], page: int, oldest_first: bool = False) -> FiledPage:
    count = db.session.scalar(_joined(select(func.count())).where(*wanted)) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(max(1, page), pages)
    order = (Grievance.filed_at, Grievance.id)
    ordered = _filed().where(*wanted).order_by(*(order if oldest_first else [each.desc() for each in order]))
    rows = db.session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return FiledPage(tuple(_read(*row) for row in rows), count, page, pages)


def _filed() -> Select[*tuple[Any, ...]]:
    chosen = select(Grievance, Person, Course.title, GrievanceAnswer)
    return _joined(chosen).join(Person, Person.id == Grievance.person_id).outerjoin(Course, Course.slug == Grievance.course_slug)


def _joined(chosen: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """With the newest answer."""
    newer = aliased(GrievanceAnswer)
    newest = select(func.max(newer.number)).where(newer.grievance_id == Grievance.id).correlate(Grievance).scalar_subquery()
    return chosen.select_from(Grievance).outerjoin(
        GrievanceAnswer, (GrievanceAnswer.grievance_id == Grievance.id) & (GrievanceAnswer.number == newest)
    )


def _read(grievance: Grievance, person: Person, title: str | None, last: GrievanceAnswer | None) -> Filed:
    return Filed(grievance, person, title or "", last)
