"""The time zones that a person may choose, and reading the one that a browser reports."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def time_zones() -> tuple[str, ...]:
    """`UTC` and every `Region/City`, in the order of the alphabet; no abbreviations such as `EST`, which shift nowhere."""
    cities = (name for name in available_timezones() if name.partition("/")[0] in _REGIONS and "/" in name)
    return ("UTC", *sorted(cities))


def known_time_zone(text: str | None) -> str:
    """The zone that a browser reported when it is one of ours, else empty: it is then asked on the profile page."""
    return text if text in time_zones() else ""


def choices() -> list[tuple[str, str]]:
    """For a select: the zone and how it is written, `America/New York`."""
    return [(name, name.replace("_", " ")) for name in time_zones()]
