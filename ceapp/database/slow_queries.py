"""How much each request had the database do, and which statements took long: their text, never the values bound to them."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, event

log = logging.getLogger("ceapp.slow")

_LONGEST = 2_000
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(slots=True)
class Work:
    """What one request, or one turn of a job, had the database do."""

    request: str = ""
    rule: str = ""
    statements: int = 0
    seconds: float = 0.0


_work: ContextVar[Work | None] = ContextVar("work", default=None)


def count_into(work: Work | None) -> None:
    """From now on, statements of this thread count as part of this work."""
    _work.set(work)


def watch_statements(engine: Engine, slow_ms: int) -> None:
    """Count and time every statement up to its first row, and log those that took `slow_ms` or more; 0 logs none."""
    limit = slow_ms / 1000 if slow_ms else float("inf")

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_c: Connection, _k: object, _s: str, _p: object, context: Any, _many: bool) -> None:  # noqa: FBT001
        context.ceapp_began = perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(_c: Connection, _k: object, statement: str, _p: object, context: Any, _many: bool) -> None:  # noqa: FBT001
        seconds = perf_counter() - context.ceapp_began
        work = _work.get()
        if work is not None:
            work.statements += statement != "BEGIN" and statement != "BEGIN IMMEDIATE"
            work.seconds += seconds
        if seconds >= limit:
            _tell(statement, seconds, work)


def _tell(statement: str, seconds: float, work: Work | None) -> None:
    fields = {"ms": round(seconds * 1000, 1), "statement": without_values(statement)}
    if work is not None:
        fields |= {"request": work.request, "rule": work.rule}
    log.warning("slow statement", extra={"fields": fields})


def without_values(statement: str) -> str:
    """The text of a statement on one line; what stands in it as a literal or a comment is left out, as a bound value is."""
    return " ".join(_LITERAL.sub("'…'", _COMMENT.sub(" ", statement)).split())[:_LONGEST]
