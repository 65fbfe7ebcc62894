"""The due days of a weekly plan, and the days that it skips. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

_MOST_WEEKS = 157  # within three years: a plan that takes longer was mistyped
_WEEK = timedelta(weeks=1)
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SPAN = re.compile(rf"({_DAY})(?:\s*(?:to|until|–|\.\.)\s*({_DAY}))?", re.IGNORECASE)


class Span(NamedTuple):
    """Days on which nothing may be due, the first and the last included."""

    first: date
    last: date


class Unplannable(ValueError):
    """The plan cannot be made; the message is a sentence for the form."""


def due_days(first: date, count: int, skipped: tuple[Span, ...]) -> list[date]:
    """`count` days, a week apart, beginning at `first`. A week whose due day is skipped is left out, so the weekday stays.

    Raises Unplannable when the plan would not end.
    """
    weeks = (first + number * _WEEK for number in range(_MOST_WEEKS))
    kept = (day for day in weeks if not any(span.first <= day <= span.last for span in skipped))
    found = list(islice(kept, count))
    if len(found) < count:
        raise Unplannable("With these days to skip the plan does not end within three years. Skip fewer days, or choose fewer scenarios.")
    return found


def spans(text: str) -> tuple[Span, ...]:
    """“2026-12-25, 2026-12-28 to 2027-01-08” as spans. Raises Unplannable at the first part that is no day and no span of days."""
    parts = [part.strip() for part in re.split(r"[,;\n]", text)]
    return tuple(_span(part) for part in parts if part)


def _span(part: str) -> Span:
    found = _SPAN.fullmatch(part)
    if found is None:
        raise Unplannable(f"“{part[:60]}” is no day. Write days as 2026-12-25, and several in a row as 2026-12-28 to 2027-01-08.")
    first = _day(found[1])
    last = _day(found[2]) if found[2] else first
    if last < first:
        raise Unplannable(f"“{part[:60]}” ends before it begins. Write the earlier day first.")
    return Span(first, last)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unplannable(f"There is no day {text}. Write days as 2026-12-25.") from None
