"""How values are written on pages."""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup


def install(app: Flask) -> None:
    _share_globals(app)
    app.jinja_env.globals["kept"] = kept
    app.add_template_filter(day, "day")
    app.add_template_filter(moment, "moment")
    app.add_template_filter(hours, "hours")
    app.add_template_filter(plural, "plural")


@lru_cache(maxsize=2048, typed=True)  # By type too: a text that is trusted must not stand in for the same one that is not.
def kept(macro: Callable[..., Markup], *values: Hashable) -> Markup:
    """What a macro writes for these values, remembered in the process. Only for what is the same for everybody."""
    return macro(*values)


def _share_globals(app: Flask) -> None:
    """Give all templates the one dictionary of globals. Jinja's chain of two is compared name by name at every import of a macro."""
    environment = app.jinja_env
    usual = environment.make_globals

    def make_globals(d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return usual(d) if d else environment.globals

    environment.make_globals = make_globals  # type: ignore[method-assign]


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
