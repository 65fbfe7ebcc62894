"""What is asked about people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select

from ceapp.accounts.along import Along, keep
from ceapp.accounts.models import Membership, Organisation, Person, SecondFactor, SetUpLink, SignIn
from ceapp.database import db, everybody
from ceapp.database.rows import Whole, all_rows, first_row, table_of

_WORKS_IN_ORGANISATION = (
    exists()
    .where(
        Membership.person_id == Person.id,
        Membership.left_on.is_(None),
        Membership.suspended_at.is_(None),
        Membership.is_supervisor | Membership.is_administrator,
    )
    .correlate(Person)
)

_HAS_FACTOR = exists().where(SecondFactor.person_id == Person.id).correlate(Person)

_PERSON, _ORGANISATION, _MEMBERSHIP = Whole(Person), Whole(Organisation), Whole(Membership)
_sign_ins = table_of(SignIn)

# The statements of every request are built once: putting them together takes longer than running them.
_SIGNED_IN = (
    *_PERSON.columns,
    _sign_ins.c.id,
    _sign_ins.c.last_seen_at,
    _sign_ins.c.proved_at,
    _sign_ins.c.factor_at,
    _HAS_FACTOR,
    _WORKS_IN_ORGANISATION,
)
_BELONGING = (
    select(*_ORGANISATION.columns, *_MEMBERSHIP.columns)
    .join_from(table_of(Organisation), table_of(Membership))
    .where(table_of(Organisation).c.slug == bindparam("slug"), table_of(Membership).c.person_id == bindparam("person_id"))
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and the sign-in by which the browser is theirs."""

    person: Person
    sign_in_id: UUID
    last_seen_at: datetime
    proved_at: datetime
    factor_at: datetime | None
    has_factor: bool
    works_in_organisation: bool


@dataclass(frozen=True, slots=True)
class Belonging:
    """An organisation and what the person is in it."""

    organisation: Organisation
    membership: Membership


def person_by_email(email: str) -> Person | None:
    """The person with this normalised address."""
    return db.session.scalar(select(Person).where(Person.email == email))


def person_with_id(person_id: UUID) -> Person | None:
    return db.session.get(Person, person_id)


def goes_by(person: type[Person], sought: str) -> ColumnElement[bool]:
    """Whether a person's name or address holds what was typed.

    SQLite folds the case of ASCII letters only, so other names are also looked for in the cases that they are written in.
    """
    spellings = {sought} if sought.isascii() else {sought, sought.lower(), sought.upper(), sought.title()}
    names = [person.name.icontains(spelling, autoescape=True) for spelling in sorted(spellings)]
    return or_(person.email.icontains(sought, autoescape=True), *names)


def person_to_change(person_id: UUID) -> Person:
    """The person as they are now, locked until the transaction ends: a sign-in and a change of password take turns.

    Whoever ends or uses somebody's codes and sign-ins takes this first: in one order nobody waits in a circle.
    """
    return db.session.get_one(Person, person_id, with_for_update=True, populate_existing=True)


def has_second_factor(person_id: UUID) -> bool:
    return bool(db.session.scalar(select(exists().where(SecondFactor.person_id == person_id))))


def people() -> list[Person]:
    """Everybody, by e-mail address."""
    return list(db.session.scalars(select(Person).order_by(Person.email)))


def signed_in(
    token_hash: str, *, now: datetime, seen_since: datetime, along: Along | None = None, values: Mapping[str, object] | None = None
) -> SignedIn | None:
    """Whose sign-in this is, when it has not ended. The person is detached: an error page still knows them after a rollback.

    What the page reads `along`, with these values, is kept for it.
    """
    with everybody("whose sign-in it is decides the scope"):
        rows = all_rows(_signed_in_with(along), token_hash=token_hash, now=now, seen_since=seen_since, **(values or {}))
    if not rows:
        return None
    found = SignedIn(_PERSON.of(rows[0]), *rows[0][len(_PERSON) : len(_SIGNED_IN)])
    if along is not None:
        keep(along, found.person.id, values or {}, [row[len(_SIGNED_IN) :] for row in rows])
    return found


@cache
def _signed_in_with(along: Along | None) -> Select[Any]:
    source, more, order = table_of(Person).join(_sign_ins), along.columns if along else (), along.order if along else ()
    for table, condition in along.joins if along else ():
        source = source.outerjoin(table, condition)
    wanted = (
        _sign_ins.c.token_hash == bindparam("token_hash"),
        _sign_ins.c.expires_at > bindparam("now"),
        _sign_ins.c.last_seen_at > bindparam("seen_since"),
    )
    return select(*_SIGNED_IN, *more).select_from(source).where(*wanted).order_by(*order)


def belonging(slug: str, person_id: UUID) -> Belonging | None:
    """The organisation with this slug and the person's place in it, when they are in it.

    Both are detached: an error page still knows them after a rollback.
    """
    row = first_row(_BELONGING, slug=slug, person_id=person_id)
    return None if row is None else Belonging(_ORGANISATION.of(row), _MEMBERSHIP.of(row, len(_ORGANISATION)))


def belongings(person_id: UUID) -> list[Belonging]:
    """The organisations that a person is active in, by name."""
    rows = db.session.execute(
        select(Organisation, Membership)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id, Membership.left_on.is_(None), Membership.suspended_at.is_(None))
        .order_by(Organisation.name, Organisation.slug)
    )
    return [Belonging(*row) for row in rows]


def has_administrator() -> bool:
    return bool(db.session.scalar(select(exists().where(Person.is_administrator))))


def set_up_link_is_open(token_hash: str, *, made_since: datetime, made_until: datetime) -> bool:
    """Whether the link can still make the first administrator."""
    made = (SetUpLink.created_at > made_since, SetUpLink.created_at <= made_until)
    link = exists().where(SetUpLink.token_hash == token_hash, SetUpLink.used_at.is_(None), *made)
    return bool(db.session.scalar(select(link & ~exists().where(Person.is_administrator))))
