"""Reading at the speed of plain rows: the columns of a model, and objects of the model that belong to no session.

For pages that are opened all the time, where the work of the ORM on each row takes longer than the database. What is read this way is to be
looked at: changing it changes nothing, and services fetch what they change for themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import CursorResult, Executable, Row, Table
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
        self.columns = tuple(table_of(model).c)
        self._manager = manager_of_class(model)
        self._names = tuple(column.key for column in self.columns)
        self._key = next(number for number, column in enumerate(self.columns) if column.primary_key)

    def __len__(self) -> int:
        return len(self.columns)

    def of(self, row: Sequence[Any], start: int = 0) -> M:
        """The object whose columns begin at this place of the row."""
        made: M = self._manager.new_instance()
        made.__dict__.update(zip(self._names, row[start : start + len(self._names)], strict=True))
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


def _result(statement: Executable, values: dict[str, object]) -> CursorResult[Any]:
    if in_transaction():
        db.session.flush()  # What the service has changed so far is seen, as it is by the session's own statements.
    return db.session.connection().execute(statement, values)
