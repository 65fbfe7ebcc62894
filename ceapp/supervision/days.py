"""When a due day is over, how late something is, and on which days one reminds of it. All in the zone of the assignment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

LATEST_DAY = date(2199, 12, 31)
"""No due day lies beyond it: the days that are counted from one must be days too."""

MORNING = time(8)
"""Nobody is reminded before this hour of their own zone."""

CATCH_UP = timedelta(days=2)
"""How old an occasion may be that is still sent: a server that was down catches up a little, and never floods."""

_BEFORE = (7, 1)
_LATE_EVERY = timedelta(days=7)
_LATE_TIMES = 4

ASSIGNED = "assigned"


class Occasion(NamedTuple):
    """A reason to remind of a task, once, on a day counted from the task itself and never from the last reminder."""

    name: str
    day: date


@lru_cache(maxsize=2048)
def end_of(due_on: date, zone: str) -> datetime:
    """The instant at which a due day is over: the midnight after it. It is asked of the zone and never stored: its rules may change.

    A midnight that the clocks skip is the moment of the jump, and of one that comes twice it is the later.
    """
    midnight = datetime.combine(due_on + timedelta(days=1), time.min, ZoneInfo(zone))
    return max(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def days_late(due_on: date | None, zone: str, now: datetime) -> int:
    """How many days late it is: 1 on the first day after the due day, 0 while there is time or when there is no due day."""
    if due_on is None or now < end_of(due_on, zone):
        return 0
    return (day_of(now, zone) - due_on).days


def day_of(now: datetime, zone: str) -> date:
    """Which day it is in the zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def occasions(assigned_on: date, due_on: date | None) -> list[Occasion]:
    """All reminders of a task, in order: of being assigned, of being due in 7 days and in 1, and of being late, weekly up to four."""
    found = [Occasion(ASSIGNED, assigned_on)]
    if due_on is None:
        return found
    before = [Occasion(f"due-{days}", due_on - timedelta(days=days)) for days in _BEFORE]
    late = [Occasion(f"late-{nth + 1}", due_on + timedelta(days=1) + nth * _LATE_EVERY) for nth in range(_LATE_TIMES)]
    return found + [each for each in (*before, *late) if each.day > assigned_on]


def occasions_now(assigned_on: date, due_on: date | None, today: date) -> list[Occasion]:
    """Those whose day is today or at most two days ago."""
    return [each for each in occasions(assigned_on, due_on) if today - CATCH_UP <= each.day <= today]


def is_day_time(now: datetime, zone: str) -> bool:
    """Whether a mail may go to somebody who lives in the zone: from eight in the morning until midnight."""
    return now.astimezone(ZoneInfo(zone)).time() >= MORNING
