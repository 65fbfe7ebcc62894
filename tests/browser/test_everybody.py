"""Every page in every state: axe finds nothing, nothing scrolls sideways, what is pressed is large enough.

`CEAPP_PICTURES=/tmp/pictures pytest tests/browser/test_everybody.py` also makes pictures of every page, to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from tests.browser.agency_tours import AGENCY_TOURS
from tests.browser.test_look import SMALL_TARGETS, TARGET
from tests.browser.tours import TOURS, Tour, World
from tests.conftest import Agency, Member
from tests.harness.courses import Library

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

AXE = Path(__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_RUN = "tags => axe.run(document, {runOnly: tags, rules: {'target-size': {enabled: true}}, resultTypes: ['violations']})"
PICTURES = os.environ.get("CEAPP_PICTURES")


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    """A public address, so that certificates can be issued."""
    return {"base_url": "http://ce.example.org", "allow_plain_http": True}


@pytest.mark.parametrize("tour", (*TOURS, *AGENCY_TOURS), ids=lambda tour: tour.__name__)
def test_every_page(
    tour: Callable[[World], Tour],
    app: Flask,
    live: str,
    device: Callable[..., BrowserContext],
    library: Library,
    make_person: Callable[..., Member],
    make_agency: Callable[..., Agency],
    supervise: Callable[..., UUID],
):
    context = device(width=320)
    context.add_init_script(path=AXE)
    page = context.new_page()

    world = World(app, live, page, library, make_person, make_agency, supervise)
    faults = [fault for name in tour(world) for fault in looked_at(page, name)]

    assert not faults, "\n".join(faults)


def looked_at(page: Page, name: str) -> list[str]:
    """What is wrong with the open page at any width, in the light and in the dark."""
    assert (page.locator("h1").inner_text() == "Sign in") == name.startswith("sign in"), f"{name} shows another page: {page.url}"
    faults = [*sideways(page, name, 320), *axe(page, name)]
    faults += [f"{name}: small target {each}" for each in page.evaluate(SMALL_TARGETS, TARGET)]
    faults += sideways(page, name, 768)
    page.emulate_media(color_scheme="dark")
    faults += [*sideways(page, name, 1280), *axe(page, f"{name}, dark")]
    take_pictures(page, name)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 900})
    return faults


def sideways(page: Page, name: str, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    needed = page.evaluate("document.documentElement.scrollWidth")
    return [f"{name}: {needed} px wide at {width}"] if needed > width else []


def axe(page: Page, name: str) -> list[str]:
    found = page.evaluate(AXE_RUN, RULES)
    return [f"{name}: {each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]


def take_pictures(page: Page, name: str) -> None:
    if not PICTURES:
        return
    for width, scheme in ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(PICTURES) / f"{re.sub('[^a-z0-9]+', '-', name)}-{width}-{scheme}.png", full_page=True)
