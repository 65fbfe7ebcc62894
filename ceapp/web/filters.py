"""How values are written on pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask


def install(app: Flask) -> None:
    app.add_template_filter(day, "day")
    app.add_template_filter(moment, "moment")
    app.add_template_filter(hours, "hours")
    app.add_template_filter(plural, "plural")


def day(value: date) -> str:
    """20 November 2026."""
    return f"{value.day} {value:%B} {value.year}"


def moment(value: datetime, zone: str = "UTC") -> str:
    """20 November 2026, 14:05 in the person's zone."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local)}, {local:%H:%M}"


def hours(value: Decimal | str) -> str:
    """3, 0.75, 1.5: a decimal without needless zeros."""
    number = Decimal(value).normalize()
    return f"{number:f}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 scenario`, `2 scenarios`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
