"""Who may open a view. Every view says so; one without an audience is refused, and a test fails."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import current_app

View = TypeVar("View", bound=Callable[..., Any])


class Audience(StrEnum):
    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    ADMINISTRATOR = "administrator"


def open_to(audience: Audience) -> Callable[[View], View]:
    """Declare a view's audience; `accounts.access` enforces it before the view runs."""

    def declare(view: View) -> View:
        view.audience = audience  # type: ignore[attr-defined]
        return view

    return declare


anyone = open_to(Audience.ANYONE)
signed_in = open_to(Audience.SIGNED_IN)
administrator = open_to(Audience.ADMINISTRATOR)


def audience_of(endpoint: str) -> Audience | None:
    """The declared audience of an endpoint, or None when its view forgot to say."""
    return getattr(current_app.view_functions[endpoint], "audience", None)
