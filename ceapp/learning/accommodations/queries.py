"""Reading requests for accommodations: one's own, and for administrators those that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course
from ceapp.database import db, pages_of
from ceapp.keys import current_keys
from ceapp.learning.accommodations.models import AccommodationAnswer, AccommodationGrant, AccommodationReading, AccommodationRequest

PAGE_SIZE = 25
LASTS = timedelta(minutes=30)
"""How long a reading counts."""

IN_PRINT = "in print"

ASKED, GRANTED, DECLINED, WITHDRAWN = "asked", "granted", "declined", "withdrawn"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its words; empty where there are none."""

    answer: AccommodationAnswer
    words: str
    is_in_print: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in a list, with what became of it last."""

    request: AccommodationRequest
    person: Person
    course_title: str
    last: AccommodationAnswer | None

    @property
    def status(self) -> str:
        return self.last.status if self.last else ASKED


@dataclass(frozen=True, slots=True)
class AskedPage:
    """One page of requests."""

    requests: tuple[Asked, ...]
    count: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A request with its answers, the oldest first, and who read it, the newest first."""

    asked: Asked
    answers: tuple[Answered, ...]
    readings: tuple[tuple[datetime, str], ...]

    @property
    def is_in_print(self) -> bool:
        """Whether the whole course in print is granted now."""
        return bool(self.answers) and self.answers[-1].is_in_print

    @property
    def words(self) -> str:
        """What would help; empty once it was withdrawn. Only for its writer, and for whoever has it written down that they read it."""
        return opened(self.asked.request.key_id, self.asked.request.ciphertext)


def own_requests(person_id: UUID, page: int) -> AskedPage:
    """What somebody asked for, the newest first."""
    return _page(AccommodationRequest.person_id == person_id, page=page)


def waiting_requests(page: int) -> AskedPage:
    """What waits for an answer, the longest waiting first."""
    return _page(AccommodationAnswer.id.is_(None), page=page, oldest_first=True)


def answered_requests(page: int) -> AskedPage:
    """What was answered or withdrawn, the newest first."""
    return _page(AccommodationAnswer.id.is_not(None), page=page)


def request_seen(request_id: UUID, *, of: UUID | None = None) -> Seen | None:
    """A request; with `of` only when it is this person's."""
    wanted = _asked().where(AccommodationRequest.id == request_id)
    row = db.session.execute(wanted if of is None else wanted.where(AccommodationRequest.person_id == of)).one_or_none()
    if row is None:
        return None
    given = select(AccommodationAnswer, AccommodationGrant.kind).outerjoin(
        AccommodationGrant, AccommodationGrant.answer_id == AccommodationAnswer.id
    )
    rows = db.session.execute(given.where(AccommodationAnswer.request_id == request_id).order_by(AccommodationAnswer.number))
    answers = tuple(Answered(each, opened(each.key_id, each.ciphertext), kind == IN_PRINT) for each, kind in rows)
    return Seen(_read(*row), answers, _readings_of(request_id))


def answers_to(request_id: UUID) -> list[AccommodationAnswer]:
    """The oldest first."""
    wanted = select(AccommodationAnswer).where(AccommodationAnswer.request_id == request_id)
    return list(db.session.scalars(wanted.order_by(AccommodationAnswer.number)))


def request_with_id(request_id: UUID) -> tuple[AccommodationRequest, Person] | None:
    row = db.session.execute(
        select(AccommodationRequest, Person)
        .join(Person, Person.id == AccommodationRequest.person_id)
        .where(AccommodationRequest.id == request_id)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def request_made_with(form_key: str) -> AccommodationRequest | None:
    return db.session.scalars(select(AccommodationRequest).where(AccommodationRequest.form_key == form_key)).first()


def answer_made_with(form_key: str) -> AccommodationAnswer | None:
    return db.session.scalars(select(AccommodationAnswer).where(AccommodationAnswer.form_key == form_key)).first()


def grants_print(answer_id: UUID) -> bool:
    return db.session.get(AccommodationGrant, (answer_id, IN_PRINT)) is not None


def number_waiting(person_id: UUID) -> int:
    """How many requests of somebody wait for an answer."""
    answered = select(AccommodationAnswer.id).where(AccommodationAnswer.request_id == AccommodationRequest.id).exists()
    wanted = select(func.count()).select_from(AccommodationRequest).where(AccommodationRequest.person_id == person_id, ~answered)
    return db.session.scalar(wanted) or 0


def reading_that_counts(request_id: UUID, reader: UUID, sign_in_id: UUID, now: datetime) -> AccommodationReading | None:
    """By which this administrator, in this sign-in, may see the words now."""
    wanted = select(AccommodationReading).where(
        AccommodationReading.request_id == request_id,
        AccommodationReading.read_by == reader,
        AccommodationReading.sign_in_id == sign_in_id,
        AccommodationReading.read_at > now - LASTS,
        AccommodationReading.read_at <= now,
    )
    return db.session.scalars(wanted).first()


def opened(key_id: str, ciphertext: bytes) -> str:
    """What was encrypted; empty where it is gone."""
    return current_keys().unseal(key_id, ciphertext) if ciphertext else ""


def _readings_of(request_id: UUID) -> tuple[tuple[datetime, str], ...]:
    rows = db.session.execute(
        select(AccommodationReading.read_at, Person.name, Person.email)
        .join(Person, Person.id == AccommodationReading.read_by)
        .where(AccommodationReading.request_id == request_id)
        .order_by(AccommodationReading.read_at.desc(), AccommodationReading.id.desc())
        .limit(PAGE_SIZE)
    )
    return tuple((read_at, name or email) for read_at, name, email in rows)


def _page(*wanted: ColumnElement[bool], page: int, oldest_first: bool = False) -> AskedPage:
    counted = _joined(select(func.count())).where(*wanted)
    count = db.session.scalar(counted) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(max(1, page), pages)
    order = (AccommodationRequest.asked_at, AccommodationRequest.id)
    ordered = _asked().where(*wanted).order_by(*(order if oldest_first else [each.desc() for each in order]))
    rows = db.session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return AskedPage(tuple(_read(*row) for row in rows), count, page, pages)


def _asked() -> Select[*tuple[Any, ...]]:
    chosen = select(AccommodationRequest, Person, Course.title, AccommodationAnswer)
    return (
        _joined(chosen)
        .join(Person, Person.id == AccommodationRequest.person_id)
        .outerjoin(Course, Course.slug == AccommodationRequest.course_slug)
    )


def _joined(chosen: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """With the newest answer."""
    newer = aliased(AccommodationAnswer)
    newest = select(func.max(newer.number)).where(newer.request_id == AccommodationRequest.id).correlate(AccommodationRequest)
    is_newest = (AccommodationAnswer.request_id == AccommodationRequest.id) & (AccommodationAnswer.number == newest.scalar_subquery())
    return chosen.select_from(AccommodationRequest).outerjoin(AccommodationAnswer, is_newest)


def _read(request: AccommodationRequest, person: Person, title: str | None, last: AccommodationAnswer | None) -> Asked:
    return Asked(request, person, title or "", last)
