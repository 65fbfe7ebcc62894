"""Whose rows may be read and written: set once for a request, enforced at the last step before the database.

Every statement that names an organisation's table has to carry the id of the organisation or of the person whose rows are asked for.
One that forgot its filter raises instead of answering with the rows of others, whoever wrote it and however it was put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Connection, Engine, event

from ceapp.database.model import Model

_EVERYBODY = frozenset({UUID(int=0)})
_scope: ContextVar[frozenset[UUID]] = ContextVar("scope", default=frozenset())


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
    """The tables whose rows belong to an organisation."""
    return frozenset(name for name, table in Model.metadata.tables.items() if "organisation_id" in table.columns)


def install_scope(engine: Engine) -> None:
    """Have every statement on this engine looked at before it runs."""
    named = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE|,)\s+\"?(?:{'|'.join(sorted(organisation_tables()))})\b", re.IGNORECASE)

    @lru_cache(maxsize=4096)
    def is_of_organisation(statement: str) -> bool:
        return named.search(statement) is not None

    @event.listens_for(engine, "before_cursor_execute")
    def refuse_unscoped(_c: Connection, _k: object, statement: str, parameters: object, _x: object, executemany: bool) -> None:  # noqa: FBT001
        scope = _scope.get()
        if scope is _EVERYBODY or not is_of_organisation(statement):
            return
        rows = parameters if executemany else [parameters]
        wanted = {each.hex for each in scope}
        if not all(wanted & set(_ids(row)) for row in rows):  # type: ignore[attr-defined]
            raise Unscoped(f"no id of the scope in: {statement[:200]}")


def _ids(row: object) -> Iterable[str]:
    values = row.values() if isinstance(row, Mapping) else row if isinstance(row, Iterable) else ()
    for value in values:
        if isinstance(value, UUID):
            yield value.hex
        elif isinstance(value, str) and len(value) in (32, 36):
            yield value.replace("-", "")
