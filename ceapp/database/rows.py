"""Reading at the speed of plain rows: the columns of a model, and objects of the model that belong to no session.

For pages that are opened all the time, where the work of the ORM on each row takes longer than the database. What is read this way is to be
looked at: changing it changes nothing, and services fetch what they change for themselves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON, CursorResult, Executable, Insert, Row, Table, Text, cast
from sqlalchemy.orm.attributes import manager_of_class

from ceapp.database.model import Model, db
from ceapp.database.transaction import in_transaction

M = TypeVar("M", bound=Model)


def table_of(model: type[Model]) -> Table:
    """The table of a model, for statements that need no ORM."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


class Whole(Generic[M]):
    """All columns of a model for a select: `*whole.columns`; and the object in the part of a row that they fill."""

    def __init__(self, model: type[M]) -> None:
        columns = tuple(table_of(model).c)
        # As text: what a join repeats in every row is decoded once, for the object.
        self.columns = tuple(cast(each, Text).label(each.key) if isinstance(each.type, JSON) else each for each in columns)
        self._coded = tuple(each.key for each in columns if isinstance(each.type, JSON))
        self._manager = manager_of_class(model)
        self._names = tuple(each.key for each in columns)
        self._key = next(number for number, each in enumerate(columns) if each.primary_key)

    def __len__(self) -> int:
        return len(self.columns)

    def of(self, row: Sequence[Any], start: int = 0) -> M:
        """The object whose columns begin at this place of the row."""
        made: M = self._manager.new_instance()
        made.__dict__.update(zip(self._names, row[start : start + len(self._names)], strict=True))
        for name in self._coded:
            text = made.__dict__[name]
            made.__dict__[name] = None if text is None else json.loads(text)
        return made

    def perhaps(self, row: Sequence[Any], start: int) -> M | None:
        """The same, or None where an outer join found nothing."""
        return None if row[start + self._key] is None else self.of(row, start)


def first_row(statement: Executable, **values: object) -> Row[Any] | None:
    """The first row of a statement over tables, read in the transaction of the request."""
    return _result(statement, values).first()


def all_rows(statement: Executable, **values: object) -> Sequence[Any]:
    """All rows of a statement over tables."""
    return _result(statement, values).all()


def write(statement: Executable, **values: object) -> None:
    """Run a statement over tables that changes rows, inside transaction()."""
    _result(statement, values)


def insert_row(made: Model) -> None:
    """Store a new object, all of whose columns are set, without making it one of the session."""
    columns = table_of(type(made)).c
    _result(_insert_of(type(made)), {column.key: getattr(made, column.key) for column in columns})


@cache
def _insert_of(model: type[Model]) -> Insert:
    return table_of(model).insert()


def _result(statement: Executable, values: dict[str, object]) -> CursorResult[Any]:
    if in_transaction():
        db.session.flush()  # What the service has changed so far is seen, as it is by the session's own statements.
    return db.session.connection().execute(statement, values)
