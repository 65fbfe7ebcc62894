"""The rows that are about a person, as values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, or_, select

from ceapp.accounts.models import Person
from ceapp.audit.models import AuditEntry
from ceapp.catalogue.models import ScenarioRevision
from ceapp.database import db
from ceapp.database.people import people_columns
from ceapp.keys import current_keys
from ceapp.learning.models import Attempt, Series
from ceapp.reporting.own_data.holdings import HOLDINGS, Holding

ME, SOMEBODY_ELSE, SOMETHING_ELSE = "me", "somebody else", "somebody or something else"

Values = dict[str, Any]


@dataclass(slots=True)
class Found:
    """The rows of a person by table, and the ids by which the audit record may name them."""

    person_id: UUID
    rows: dict[str, list[Values]] = field(default_factory=dict)
    own_ids: set[str] = field(default_factory=set)
    known_ids: set[str] = field(default_factory=set)


def everything_of(person_id: UUID) -> Found:
    """What `HOLDINGS` says, and the entries of the audit record."""
    found, names = Found(person_id, own_ids={str(person_id)}), _Names()
    for holding in HOLDINGS:
        rows = db.session.scalars(holding.rows(person_id)).all()
        names.learn(getattr(row, column) for row in rows for column in holding.named)
        for row in sorted(rows, key=_key_of):
            found.rows.setdefault(holding.table, []).append(_values(holding, row, person_id, names.known))
        found.rows.setdefault(holding.table, [])
        (found.known_ids if holding.is_shared else found.own_ids).update(str(row.id) for row in rows if hasattr(row, "id"))
    found.rows[AuditEntry.__tablename__] = [_entry(entry, found) for entry in _entries(found)]
    return found


def attempts_of(person_id: UUID) -> Sequence[tuple[UUID, str]]:
    """All attempts of a person as they were begun, practice too, each with the title of its scenario."""
    rows = db.session.execute(
        select(Attempt.id, ScenarioRevision.title)
        .join(Series, Series.id == Attempt.series_id)
        .join(ScenarioRevision, ScenarioRevision.id == Attempt.scenario_revision_id)
        .where(Series.person_id == person_id)
        .order_by(Attempt.began_at, Attempt.id)
    )
    return [(attempt_id, title) for attempt_id, title in rows]


class _Names:
    """The names of people, each asked for once."""

    def __init__(self) -> None:
        self.known: dict[UUID, str] = {}

    def learn(self, ids: Iterator[UUID | None]) -> None:
        wanted = {each for each in ids if each is not None} - self.known.keys()
        if wanted:
            rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
            self.known |= {person_id: name or SOMEBODY_ELSE for person_id, name in rows}


def _key_of(row: Any) -> tuple[str, ...]:
    return tuple(str(getattr(row, column.name)) for column in row.__table__.primary_key)


def _values(holding: Holding, row: Any, person_id: UUID, names: Mapping[UUID, str]) -> Values:
    people, values = people_columns(holding.model.__table__), Values()  # type: ignore[arg-type]  # a mapped class has a Table
    for column in holding.columns:
        value = getattr(row, column)
        if column in people and value is not None:
            values[column] = ME if value == person_id else names.get(value, SOMEBODY_ELSE) if column in holding.named else SOMEBODY_ELSE
        else:
            values[column] = _plain(value)
    if holding.opened:
        values[holding.opened] = current_keys().unseal(row.key_id, row.ciphertext) if row.ciphertext else ""
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _entries(found: Found) -> Sequence[AuditEntry]:
    """What the person did, and what was done to something of theirs."""
    is_about = or_(AuditEntry.actor_id == found.person_id, _names_one_of(found.own_ids))
    return db.session.scalars(select(AuditEntry).where(is_about).order_by(AuditEntry.at, AuditEntry.id)).all()


def _names_one_of(ids: Collection[str]) -> ColumnElement[bool]:
    each = func.json_each if db.engine.dialect.name == "sqlite" else func.json_each_text
    named = each(AuditEntry.subjects).table_valued("value").alias("named")
    return select(literal(1)).select_from(named).where(named.c.value.in_(ids)).correlate(AuditEntry.__table__).exists()


def _entry(entry: AuditEntry, found: Found) -> Values:
    return {
        "id": str(entry.id),
        "at": entry.at.isoformat(),
        "actor_id": None if entry.actor_id is None else ME if entry.actor_id == found.person_id else SOMEBODY_ELSE,
        "deed": entry.deed,
        "subjects": {kind: _subject(value, found) for kind, value in entry.subjects.items()},
        "organisation_id": str(entry.organisation_id) if entry.organisation_id else None,
    }


def _subject(value: str, found: Found) -> str:
    """What an entry names, unless it is the id of somebody else or of something of theirs."""
    if value == str(found.person_id):
        return ME
    is_known = value in found.own_ids or value in found.known_ids or not _is_id(value)
    return value if is_known else SOMETHING_ELSE


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
