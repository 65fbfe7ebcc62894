"""Who may open a view. Every view says so; one without an audience is refused, and a test fails."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import current_app

View = TypeVar("View", bound=Callable[..., Any])


class Audience(StrEnum):
    ANYONE = "anyone"
    SETTING_UP = "setting up"
    """Who is signed in, also while a second factor that their role needs is not set up yet."""
    SIGNED_IN = "signed in"
    MEMBER = "member"
    ADMINISTRATOR = "administrator"
    REVIEWER = "reviewer"
    """Whose account only reviews courses; and administrators, who see what reviewers see."""


def open_to(audience: Audience) -> Callable[[View], View]:
    """Declare a view's audience; `accounts.access` enforces it before the view runs."""

    def declare(view: View) -> View:
        view.audience = audience  # type: ignore[attr-defined]
        return view

    return declare


anyone = open_to(Audience.ANYONE)
setting_up = open_to(Audience.SETTING_UP)
signed_in = open_to(Audience.SIGNED_IN)
administrator = open_to(Audience.ADMINISTRATOR)
reviewer = open_to(Audience.REVIEWER)


TRAINEE, SUPERVISOR, ORGANISATION_ADMINISTRATOR = "trainee", "supervisor", "administrator"


def member(*roles: str) -> Callable[[View], View]:
    """Declare that a view is for members of the organisation in its address (`<organisation>`) who have one of these roles."""

    def declare(view: View) -> View:
        view.roles = roles  # type: ignore[attr-defined]
        return open_to(Audience.MEMBER)(view)

    return declare


def fresh(view: View) -> View:
    """Declare that a view asks people to show once more that it is they, unless they did within a quarter of an hour."""
    view.fresh = True  # type: ignore[attr-defined]
    return view


def roles_of(endpoint: str) -> tuple[str, ...]:
    """The roles that a member needs one of."""
    roles: tuple[str, ...] = getattr(current_app.view_functions[endpoint], "roles", ())
    return roles


def is_fresh_only(endpoint: str) -> bool:
    return bool(getattr(current_app.view_functions[endpoint], "fresh", False))


def audience_of(endpoint: str) -> Audience | None:
    """The declared audience of an endpoint, or None when its view forgot to say."""
    return getattr(current_app.view_functions[endpoint], "audience", None)
