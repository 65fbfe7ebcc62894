"""One person's whole record, made by the services, and copies of it under other names: so tens of thousands are made in minutes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from ceapp.accounts.models import Person
from ceapp.audit.models import AuditEntry
from ceapp.certificates import codes
from ceapp.certificates.facts import canonical, from_json, sha256
from ceapp.certificates.models import Certificate
from ceapp.database import Model, db, new_id
from ceapp.learning.models import Answer, Attempt, Attestation, Completion, CompletionRequirement, Enrolment, Reflection, Score, Series

Row = dict[str, Any]
Rows = dict[Table, list[Row]]

MODELS: tuple[type[Model], ...] = (
    *(Person, Enrolment, Series, Attempt, Answer, Reflection, Score, Attestation, Completion, CompletionRequirement),
    *(Certificate, AuditEntry),
)
TABLES: tuple[Table, ...] = tuple(model.__table__ for model in MODELS)  # type: ignore[misc]
"""In the order in which rows can be stored: what is pointed to comes first."""


@dataclass(frozen=True, slots=True)
class Stencil:
    """The rows of one person, and which ids in them are the record's own."""

    rows: Mapping[Table, tuple[Row, ...]]
    own: frozenset[UUID]

    def copy(self, number: int, serials: Iterable[str], *, also: Iterable[UUID] = ()) -> tuple[Rows, dict[UUID, UUID]]:
        """The record as that of another person, `number`, with a serial for each certificate; and which id became which."""
        ids = {old: new_id() for old in (*self.own, *also)}
        serial = iter(serials)
        rows = {table: [_copied(row, ids) for row in given] for table, given in self.rows.items()}
        (person,) = rows[Person.__table__]  # type: ignore[index]
        person.update(email=f"learner{number}@example.org", name=name_of(number))
        for row in rows[Certificate.__table__]:  # type: ignore[index]
            row.update(_certificate(row, person["name"], next(serial)))
        return rows, ids


def name_of(number: int) -> str:
    return f"{_FIRST[number % len(_FIRST)]} {_LAST[number // len(_FIRST) % len(_LAST)]} {number}"


def taken(leaving_out: Iterable[UUID]) -> Stencil:
    """A stencil of everything that is stored about the one person beside these."""
    others = set(leaving_out)
    rows = {table: tuple(dict(row) for row in db.session.execute(select(table)).mappings()) for table in TABLES}
    rows[Person.__table__] = tuple(row for row in rows[Person.__table__] if row["id"] not in others)  # type: ignore[index]
    mine = {str(row["id"]) for table in TABLES if table is not AuditEntry.__table__ for row in rows[table] if "id" in row}
    about = AuditEntry.__table__
    rows[about] = tuple(row for row in rows[about] if mine & set(row["subjects"].values()))  # type: ignore[index]
    own = frozenset(row["id"] for given in rows.values() for row in given if "id" in row)
    return Stencil(rows, own)


def _copied(row: Row, ids: Mapping[UUID, UUID]) -> Row:
    return {column: _renamed(column, value, ids) for column, value in row.items()}


def _renamed(column: str, value: Any, ids: Mapping[UUID, UUID]) -> Any:
    if isinstance(value, UUID):
        return ids.get(value, value)
    if column == "form_key":
        return secrets.token_urlsafe(18)
    if column == "subjects":
        return {kind: str(ids.get(UUID(each), each)) if len(each) == _UUID_LENGTH else each for kind, each in value.items()}
    return value


def _certificate(row: Row, name: str, serial: str) -> Row:
    code = codes.new_code()
    facts = canonical(replace(from_json(row["facts"]), learner=name, code=code, serial=serial))
    return {"code": code, "serial": serial, "facts": facts, "facts_sha256": sha256(facts)}


_UUID_LENGTH = 36
_FIRST = ("Ana", "Ben", "Chidi", "Dolores", "Emre", "Fatima", "Goran", "Hana", "Ilya", "José", "Kaja", "Liv", "Mei", "Ngozi", "Otto", "Pia")
_LAST = ("Abara", "Berg", "Castro", "Demir", "Eriksen", "Faye", "García", "Hoang", "Ivanova", "Jensen", "Kaya", "Lindqvist", "Müller")
