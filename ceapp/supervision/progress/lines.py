"""What is on the progress page as the rows of a file: the same trainees, the same scenarios, the same scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from uuid import UUID

from ceapp.database import scoped_to
from ceapp.supervision.progress.board import Cell, Column, Row

_Value = str | int | None
_Part = tuple[str, Callable[[Cell], _Value]]

_ALWAYS: tuple[_Part, ...] = (
    ("", lambda cell: str(cell.standing.state)),
    ("days late", lambda cell: cell.standing.days_late or None),
    ("due", lambda cell: cell.due.on.isoformat() if cell.due.on else None),
)
_WEAKEST: _Part = ("weakest first choice", lambda cell: str(cell.standing.weakest or ""))
_PERCENT: _Part = ("first attempt in percent", lambda cell: cell.standing.percent)


def lines(columns: Sequence[Column], rows: Iterable[Row], *, has_scores: bool, show_scores: bool) -> Iterator[list[_Value]]:
    """A head, then a line for each trainee; several columns for each scenario."""
    parts = [*_ALWAYS, *([_WEAKEST] if has_scores else []), *([_PERCENT] if has_scores and show_scores else [])]
    yield ["Trainee", *(f"{column.title}: {name}" if name else column.title for column in columns for name, _ in parts)]
    for row in rows:
        yield [row.name, *(value(cell) if cell else None for cell in row.cells for _, value in parts)]


def in_scope(organisation_id: UUID, found: Iterable[list[_Value]]) -> Iterator[list[_Value]]:
    """The same, each line read in the scope of the organisation: a file is written after the view has returned."""
    source = iter(found)
    while True:
        with scoped_to(organisation_id):
            line = next(source, None)
        if line is None:
            return
        yield line
