"""How a due day is written, so that nobody in another time zone reads it wrongly. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ceapp.supervision.days import end_of


def due_words(day: date, zone: str, viewer_zone: str = "") -> str:
    """“Friday 27 November 2026 (Toronto time, UTC−05:00)”, and the same end in the viewer's zone where its clocks differ."""
    end = end_of(day, zone)
    there = f"{_day(day)} ({_clock(end, zone)})"
    if not viewer_zone or end.astimezone(ZoneInfo(viewer_zone)).utcoffset() == end.astimezone(ZoneInfo(zone)).utcoffset():
        return there
    yours = end.astimezone(ZoneInfo(viewer_zone))
    return f"{there}; for you it ends on {_day(yours.date())} at {yours:%H:%M} ({_clock(end, viewer_zone)})"


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def _clock(instant: datetime, zone: str) -> str:
    """“Toronto time, UTC−05:00”; letters such as EST mean different things in different places."""
    if zone == "UTC":
        return zone
    seconds = (instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds()
    hours, rest = divmod(abs(int(seconds)), 3600)
    return f"{zone.rpartition('/')[2].replace('_', ' ')} time, UTC{'−' if seconds < 0 else '+'}{hours:02}:{rest // 60:02}"
