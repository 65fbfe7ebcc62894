"""What a check is given, and how it reads: in pieces, so that a big database needs no more memory than a small one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from ceapp.config import Settings
from ceapp.keys import Keys
from ceapp.operating.doctor.findings import Finding

PIECE = 1000
TOLD_EVERY = 50_000
"""Rows between two lines of progress."""

APART = timedelta(seconds=5)
"""How far the clocks of nodes may be apart without harm."""


Statement = Select[*tuple[Any, ...]]
"""A query for whatever columns."""


def _silent(_line: str) -> None:
    pass


@dataclass
class Examination:
    """One look at a database and, where `settings` are given, at the machine around it. `counts`: what was looked at, and how much."""

    session: Session
    now: datetime | None = None
    is_fast: bool = False
    keys: Keys | None = None
    settings: Settings | None = None
    tell: Callable[[str], None] = _silent
    counts: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=monotonic)

    @property
    def latest(self) -> datetime | None:
        """The latest moment that a row read just now can carry: people go on writing while the doctor looks."""
        return None if self.now is None else self.now + timedelta(seconds=monotonic() - self.began) + APART

    @property
    def is_sqlite(self) -> bool:
        return self.session.get_bind().dialect.name == "sqlite"

    @property
    def instance(self) -> Path | None:
        return self.settings.instance_path if self.settings else None

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database."""
        if not self.is_sqlite:
            return None
        files = {row.name: row.file for row in self.session.execute(text("PRAGMA database_list"))}
        return Path(files["main"]) if files.get("main") else None

    def pieces(self, statement: Statement, what: str = "", piece: int = PIECE) -> Iterator[Sequence[Any]]:
        """The rows of a statement, some at a time; with `what` they are counted as that and told as progress."""
        for rows in self.session.execute(statement, execution_options={"yield_per": piece}).partitions():
            if what:
                self.note(what, len(rows))
            yield rows

    def rows(self, statement: Statement, what: str = "", piece: int = PIECE) -> Iterator[Any]:
        """The rows of a statement one by one, read in pieces."""
        for rows in self.pieces(statement, what, piece):
            yield from rows

    def note(self, what: str, number: int = 1) -> None:
        """So many more of these were looked at."""
        before = self.counts[what]
        self.counts[what] += number
        if before // TOLD_EVERY != self.counts[what] // TOLD_EVERY:
            self.tell(f"{self.counts[what]:,} {what}")


Run = Callable[[Examination], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at. `needs_all`: it reads whole tables, so the fast form leaves it out.

    `needs_surroundings`: it asks for the clock, the keys or the machine, not only for rows.
    """

    name: str
    run: Run
    needs_all: bool = False
    needs_surroundings: bool = False
