"""The way back from an attempt that somebody asked for.

Learning does not know who asks. The feature that links series to something of its own registers a function here, which tells for a series
what its pages lead back to and who sees the work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, current_app

from ceapp.learning.models import Series
from ceapp.learning.queries import OpenedAttempt


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where the work belongs: a page with its title, who sees what is done, and after it what is waiting next (title and address)."""

    title: str
    address: str
    seen: str
    next_title: str = ""
    next_address: str = ""


Finder = Callable[[UUID, UUID], WayBack | None]
"""Series id and person id → the way back; None for a series that belongs to nothing."""


def register_way_back(app: Flask, finder: Finder) -> None:
    """Have the pages of assigned attempts ask this function."""
    app.extensions["ceapp.way_back"] = finder


Asks = Callable[[UUID, UUID], bool]
"""Series id and person id → whether that work asks for texts."""


def register_asks(app: Flask, asks: Asks) -> None:
    """Have assigned attempts ask this function whether reflections are taken."""
    app.extensions["ceapp.asks_for_texts"] = asks


def asks_for_text(series: Series) -> bool:
    """Whether reflections are taken in these attempts; an organisation may have turned them off for what it assigns."""
    asks: Asks | None = current_app.extensions.get("ceapp.asks_for_texts")
    return asks is None or series.purpose != "assigned" or asks(series.id, series.person_id)


def way_back(opened: OpenedAttempt) -> WayBack | None:
    """The way back from an attempt; None for those that a person began for themselves."""
    finder: Finder | None = current_app.extensions.get("ceapp.way_back")
    if finder is None or opened.series.purpose != "assigned":
        return None
    return finder(opened.series.id, opened.series.person_id)
