"""The adoption that pages of a course show: read at most some seconds ago in this process, so that they pay no query for it."""

from __future__ import annotations

import time

from flask import Flask, current_app

from ceapp.catalogue.adoptions.queries import adoption_of
from ceapp.catalogue.adoptions.rules import Adopted
from ceapp.certificates import site

_KEY = "ceapp.adoptions"


def install_shown(app: Flask) -> None:
    app.extensions[_KEY] = {}


def shown_adoption(course_revision_id: str) -> Adopted | None:
    """Who answers for a course revision; another process may have it a quarter of a minute later than it was saved."""
    kept: dict[str, tuple[float, Adopted | None]] = current_app.extensions[_KEY]
    found = kept.get(course_revision_id)
    if found is None or time.monotonic() - found[0] >= site.FRESH_SECONDS:
        found = kept[course_revision_id] = (time.monotonic(), adoption_of(course_revision_id))
    return found[1]


def forget_adoptions() -> None:
    """Something was adopted in this process."""
    current_app.extensions[_KEY].clear()
