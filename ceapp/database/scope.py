"""Whose rows may be read and written: set once for a request, enforced at the last step before the database.

Every place in a statement where an organisation's table is named has to be tied to the scope: its `organisation_id` is compared with a
bound id of the scope, or the person whose own rows they are, or it is joined to a place that is tied (`statements` reads that). One that
forgot its filter raises instead of answering with the rows of others, whoever wrote it and however it was put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event

from ceapp.database.model import Model
from ceapp.database.statements import Column, Place, Reader, Reading

Values = Mapping[str, object] | Sequence[object]

_EVERYBODY = frozenset({UUID(int=0)})
_scope: ContextVar[frozenset[UUID]] = ContextVar("scope", default=frozenset())


NOTED_ONLY = frozenset({"audit_entry"})
"""Tables of the server whose rows name an organisation or none. No page of an organisation reads them."""


class Unscoped(RuntimeError):
    """A statement on an organisation's table does not say whose rows it wants. It was not run."""


def open_scope(*ids: UUID) -> Token[frozenset[UUID]]:
    """From now on statements may ask for the rows of these, besides those that they could ask for before."""
    return _scope.set(_scope.get() | frozenset(ids))


def close_scope(token: Token[frozenset[UUID]]) -> None:
    _scope.reset(token)


@contextmanager
def scoped_to(*ids: UUID) -> Iterator[None]:
    """The scope of a piece of work outside requests: an organisation, or a person whose own rows are read."""
    token = open_scope(*ids)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def everybody(why: str) -> Iterator[None]:  # noqa: ARG001 - said for the reader; a test lists every caller
    """Work that is over all organisations by its nature. Never around a page."""
    token = _scope.set(_EVERYBODY)
    try:
        yield
    finally:
        _scope.reset(token)


def organisation_tables() -> frozenset[str]:
    """The tables whose rows belong to an organisation. The record of deeds is the server's: that a deed was about one is a note there."""
    return frozenset(name for name, table in Model.metadata.tables.items() if "organisation_id" in table.columns and name not in NOTED_ONLY)


def _roots() -> dict[tuple[str, str], str]:
    """Which columns of organisations' tables stand for a row of one organisation: an id, and what refers to one by a composite key."""
    found = {(name, "id"): f"{name}.id" for name in organisation_tables() if "id" in Model.metadata.tables[name].columns}
    pairs = [pair for name in sorted(organisation_tables()) for pair in _references(name)]
    for _ in range(len(found)):
        found |= {mine: found[theirs] for mine, theirs in pairs if theirs in found and mine not in found}
    return found


def _references(name: str) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Column and referred column, for every key that holds the organisation too."""
    for key in Model.metadata.tables[name].foreign_key_constraints:
        pairs = [(each.parent.name, each.column.name) for each in key.elements]
        if ("organisation_id", "organisation_id") in pairs:
            yield from (((name, mine), (key.referred_table.name, theirs)) for mine, theirs in pairs if mine != "organisation_id")


def install_scope(engine: Engine) -> None:
    """Have every statement on this engine looked at before it runs."""
    read = lru_cache(maxsize=4096)(Reader(organisation_tables(), _roots()).read)

    @event.listens_for(engine, "before_cursor_execute")
    def refuse_unscoped(_c: Connection, _k: object, statement: str, parameters: Any, _x: object, executemany: bool) -> None:  # noqa: FBT001
        scope = _scope.get()
        if scope is _EVERYBODY:
            return
        reading = read(statement)
        if reading is None:
            return
        wanted = {each.hex for each in scope}
        rows = parameters if executemany and _has_rows(parameters) else [parameters]
        for row in rows:
            if not _is_tied(reading, row, wanted):
                raise Unscoped(f"a table of organisations is not tied to the scope in: {statement[:400]}")


def _is_tied(reading: Reading, row: Values, wanted: set[str]) -> bool:
    """Whether every place where an organisation's rows are named is tied to the scope, by a value or by another place that is."""
    ties = Counter(guard.name for guard in reading.guards if all(_hex(row, place) in wanted for place in guard.values))
    safe = set(ties) | reading.derived
    waiting = list(reading.links)
    while reached := [link for link in waiting if safe & set(link)]:
        waiting = [link for link in waiting if link not in reached]
        safe.update(*reached)
        ties.update(name for link in reached for name in link)
    return all(ties[name] >= times for name, times in reading.needed.items()) and all(
        each.name in safe if isinstance(each, Column) else each is not None and _hex(row, each) in wanted for each in reading.inserted
    )


def _hex(row: Values, place: Place) -> str:
    """The value bound there, as ids are compared."""
    value = row[place]  # type: ignore[index]
    return value.hex if isinstance(value, UUID) else value.replace("-", "").lower() if isinstance(value, str) else ""


def _has_rows(parameters: Any) -> bool:
    """Whether these are rows of parameters; one INSERT of many VALUES has them all in a row."""
    return isinstance(parameters, list) and bool(parameters) and not isinstance(parameters[0], (str, UUID))
