"""Which refused forms may be shown again for sending once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request
from werkzeug.exceptions import HTTPException

View = TypeVar("View", bound=Callable[..., Any])


def resendable(view: View) -> View:
    """Declare that a view's form holds no secret, so that an error page may give back everything that was posted."""
    view.resendable = True  # type: ignore[attr-defined]
    return view


def posted_again() -> list[tuple[str, str]] | None:
    """What was posted, for sending again; None when nothing was, when it may hold a secret, or when another site sent it."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "POST" or not getattr(view, "resendable", False) or g.get("cross_site", False):
        return None
    try:
        posted = None if request.files else request.form
    except HTTPException:  # What was sent is too large to read, and so to show.
        return None
    return [(name, value) for name, values in posted.lists() for value in values if name != "csrf_token"] if posted else None
