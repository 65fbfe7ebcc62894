"""The courses that an approval can be for. Certificates know none, so the feature that has them says which there are."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, current_app

Courses = Callable[[], list[tuple[str, str]]]
"""Slug and title of every course that was ever published, by title."""

_KEY = "ceapp.courses"


def register_courses(app: Flask, courses: Courses) -> None:
    """Say where the courses come from."""
    app.extensions[_KEY] = courses


def known_courses() -> list[tuple[str, str]]:
    found: Courses = current_app.extensions[_KEY]
    return found()
