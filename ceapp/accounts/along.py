"""What a page reads first of its person's own, read in the same statement as their sign-in: one way to the database instead of two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from flask import current_app, g
from sqlalchemy import ColumnElement, FromClause

from ceapp.database.transaction import in_transaction

View = TypeVar("View", bound=Callable[..., Any])


class Along:
    """Columns of tables that are joined to the person one after the other, each by a condition that may name parts of the address.

    The joins are outer ones: a page without what it asks for still knows who is signed in. Tables of organisations are refused, since
    whose sign-in it is decides which of their rows may be read.
    """

    def __init__(
        self,
        columns: Sequence[ColumnElement[Any]],
        joins: Sequence[tuple[FromClause, ColumnElement[bool]]],
        order: Sequence[ColumnElement[Any]] = (),
    ) -> None:
        if any("organisation_id" in table.c for table, _ in joins):
            raise ValueError("rows of organisations cannot be read along with the sign-in")
        self.columns, self.joins, self.order = tuple(columns), tuple(joins), tuple(order)


@dataclass(frozen=True, slots=True)
class _Read:
    along: Along
    person_id: UUID
    values: Mapping[str, object]
    rows: Sequence[Sequence[Any]]


def reads_along(along: Along) -> Callable[[View], View]:
    """Declare what a view reads first; the names of bound values are those of its address."""

    def declare(view: View) -> View:
        view.along = along  # type: ignore[attr-defined]
        return view

    return declare


def along_of(endpoint: str | None) -> Along | None:
    """What the view of this endpoint declared."""
    return getattr(current_app.view_functions.get(endpoint or ""), "along", None)


def keep(along: Along, person_id: UUID, values: Mapping[str, object], rows: Sequence[Sequence[Any]]) -> None:
    """Have the rows ready for the page."""
    g.read_along = _Read(along, person_id, dict(values), rows)


def taken(along: Along, person_id: UUID, **values: object) -> Sequence[Sequence[Any]] | None:
    """The rows that came with the sign-in, once; None when others are asked for, and inside a transaction, which reads for itself."""
    read: _Read | None = None if in_transaction() else g.pop("read_along", None)
    if read is None or read.along is not along or read.person_id != person_id:
        return None
    return read.rows if values.items() <= read.values.items() else None
