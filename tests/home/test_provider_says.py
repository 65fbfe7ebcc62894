"""The provider's own words, where the settings hold some: on the page of a course, the help page and the page on privacy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.pages import Page

Visit = Callable[..., Page]
WORDS = {kind: f"Our words on {kind}, <b>as they are</b>." for kind in ("privacy", "refund", "accommodations", "grievances", "disclosure")}


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {f"says_{kind}": words for kind, words in WORDS.items()}


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("/courses/sample", {"refund", "accommodations", "grievances", "disclosure"}),
        ("/help", {"refund", "accommodations", "grievances", "disclosure"}),
        ("/privacy", {"privacy"}),
    ],
)
def test_they_stand_where_people_look_for_them(visit: Visit, course: str, address: str, kinds: set[str]) -> None:
    page = visit(address)
    assert {kind for kind, words in WORDS.items() if words in page.text} == kinds
