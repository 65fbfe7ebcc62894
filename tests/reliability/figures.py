"""What the harnesses measured: a row for each promise, printed as a table at the end of the run."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

PROPERTY = "figures"
"""The name under which a test report carries a row, also from another process of pytest."""


@dataclass
class Figures:
    """One harness at one kind of database; the test fills it in as it goes, so that it is right also when it fails midway."""

    promise: str
    asked: int
    done: int = 0
    acknowledged: int = 0
    lost: int = 0
    control: str = ""
    """Whether the control tripped, for the row of a control."""
    note: str = ""
    seconds: float = 0.0
    begun: float = field(default_factory=time.monotonic)

    def row(self) -> dict[str, Any]:
        self.seconds = round(time.monotonic() - self.begun, 1)
        return asdict(self)


COLUMNS = ("promise", "asked", "done", "acknowledged", "lost", "seconds", "control", "note")


def table(rows: Iterable[dict[str, Any]]) -> list[str]:
    """The lines of the table."""
    lines = [COLUMNS, *(tuple(str(row[column]) for column in COLUMNS) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    return ["  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines]
