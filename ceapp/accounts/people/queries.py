"""What administrators ask about people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from ceapp.accounts.models import Person, SecondFactor, SecondFactorReset, SignIn
from ceapp.accounts.queries import goes_by
from ceapp.database import db, pages_of

PAGE_SIZE = 25
_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people."""

    people: tuple[Person, ...]
    count: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as administrators see them; `last_seen_at` is None when no browser is signed in, `factor_since` without a second factor."""

    person: Person
    browsers: int
    last_seen_at: datetime | None
    factor_since: datetime | None


def people_found(sought: str, page: int) -> PeoplePage:
    """People whose address or name holds the text, or whose id it is, by address; without a text everybody, the newest first."""
    matching = _matches(sought) if sought else ()
    order = (Person.email,) if sought else (Person.created_at.desc(), Person.id.desc())
    count = db.session.scalar(select(func.count()).select_from(Person).where(*matching)) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(page, pages)
    rows = db.session.scalars(select(Person).where(*matching).order_by(*order).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return PeoplePage(tuple(rows), count, page, pages)


def everybody_found(sought: str) -> Iterator[Person]:
    """Those whom `people_found` finds, all of them by address, read in portions."""
    matching, last = _matches(sought) if sought else (), ""
    while portion := list(
        db.session.scalars(select(Person).where(*matching, Person.email > last).order_by(Person.email).limit(_AT_A_TIME))
    ):
        yield from portion
        last = portion[-1].email
        db.session.expunge_all()


def known_person(person_id: UUID) -> KnownPerson | None:
    """A person and when one of their browsers was last here."""
    row = db.session.execute(
        select(Person, func.count(SignIn.id), func.max(SignIn.last_seen_at), SecondFactor.since)
        .outerjoin(SecondFactor, SecondFactor.person_id == Person.id)
        .outerjoin(SignIn, (SignIn.person_id == Person.id) & (SignIn.factor_at.is_not(None) | SecondFactor.id.is_(None)))
        .where(Person.id == person_id)
        .group_by(Person.id, SecondFactor.id)
    ).one_or_none()
    return KnownPerson(*row) if row else None


def person_with_id(person_id: UUID) -> Person | None:
    return db.session.get(Person, person_id)


def factor_reset_with(form_key: str) -> bool:
    """Whether this form took a second factor away before."""
    return bool(db.session.scalar(select(SecondFactorReset.id).where(SecondFactorReset.form_key == form_key)))


def active_administrators() -> list[UUID]:
    """The ids of those who administer the server now."""
    return list(db.session.scalars(select(Person.id).where(*_ADMINISTERS).order_by(Person.id)))


def is_last_administrator(person_id: UUID) -> bool:
    """Whether nobody but this person administers the server now."""
    return active_administrators() == [person_id]


_ADMINISTERS = (Person.is_administrator.is_(True), Person.suspended_at.is_(None))


def _matches(sought: str) -> tuple[ColumnElement[bool], ...]:
    sought_id = _id(sought)
    return (or_(goes_by(Person, sought), *([Person.id == sought_id] if sought_id else [])),)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
