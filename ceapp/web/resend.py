"""Which refused forms may be shown again for sending once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

View = TypeVar("View", bound=Callable[..., Any])


def resendable(view: View) -> View:
    """Declare that a view's form holds no secret, so that an error page may give back everything that was posted."""
    view.resendable = True  # type: ignore[attr-defined]
    return view


def posted_again() -> list[tuple[str, str]] | None:
    """What was posted, for sending again; None when nothing was, or when it may hold a secret."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method != "POST" or request.files or not getattr(view, "resendable", False):
        return None
    return [(name, value) for name, values in request.form.lists() for value in values if name != "csrf_token"]
