"""Every page in every state, looked at as in `looking.py`; and no page of the application is left out.

`CEAPP_PICTURES=/tmp/pictures pytest tests/browser/test_everybody.py` also makes pictures of every page, to be looked at.
`CEAPP_RELIABILITY=full` runs axe at three widths in both themes at every stop; usually each gets the narrow light one and one in turn.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from flask import Flask, Response, request
from playwright.sync_api import BrowserContext, CDPSession, Page

from tests.browser import looking
from tests.browser.agency_tours import AGENCY_TOURS
from tests.browser.factor_tours import FACTOR_TOURS
from tests.browser.looking import AXE, axe, sideways
from tests.browser.promise_tours import PROMISE_TOURS
from tests.browser.rare_tours import RARE_TOURS
from tests.browser.record_tours import RECORD_TOURS
from tests.browser.tours import TOURS, Tour, World
from tests.conftest import Agency, Member
from tests.harness.courses import Library
from tests.reliability.rounds import FULL

pytestmark = pytest.mark.browser

EVERY_TOUR = (*TOURS, *AGENCY_TOURS, *RARE_TOURS, *RECORD_TOURS, *FACTOR_TOURS, *PROMISE_TOURS)
PICTURES = os.environ.get("CEAPP_PICTURES")
Scheme = Literal["light", "dark"]
WIDTHS = (320, 640, 768, 1280)
ALWAYS: tuple[tuple[int, Scheme], ...] = ((320, "light"),)
IN_TURN: tuple[tuple[int, Scheme], ...] = ((1280, "dark"), (768, "light"), (320, "dark"), (768, "dark"), (1280, "light"))

NO_PAGES = {
    "accounts.second_factor_codes_file": "a file",
    "assets.asset": "a style sheet, a script or a font",
    "catalogue.attachment_file": "a file",
    "catalogue.image": "a picture",
    "certificates.archive": "a file",
    "certificates.pdf": "a file, read in tests/certificates",
    "certificates.scanned": "leads to certificates.verified",
    "operating.healthz": "for machines",
    "operating.ready": "for machines",
    "operating.metrics": "for machines",
    "reporting.reviewed_attachment": "a file",
    "reporting.specimen": "a file",
    "reporting.transcript_csv": "a file",
    "reporting.transcript_pdf": "a file",
    "reporting.export_progress": "for the script of the page of the export",
    "reporting.own_data_progress": "the same",
    "reporting.times_file": "a file",
    "supervision.progress_file": "a file",
    "supervision.training_record_csv": "a file",
}
"""What answers GET and is no page of HTML."""
ERRORS = {400, 403, 404, 405, 409, 413, 422, 429, 500, 503}

walked: set[str] = set()
seen: set[str] = set()
answered: set[int] = set()
endpoints: set[str] = set()


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    """A public address, so that certificates can be issued."""
    return {"base_url": "http://ce.example.org", "allow_plain_http": True}


@pytest.mark.parametrize("tour", EVERY_TOUR, ids=lambda tour: tour.__name__)
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
    app.after_request(note_visit)
    endpoints.update(rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    context = device(width=320)
    context.add_init_script(path=AXE)
    page = context.new_page()
    session = context.new_cdp_session(page)

    world = World(app, live, page, library, make_person, make_agency, supervise)
    faults = [fault for stop, name in enumerate(tour(world)) for fault in looked_at(page, session, name, stop)]

    walked.add(tour.__name__)
    assert not faults, "\n".join(faults)


def note_visit(response: Response) -> Response:
    if response.mimetype == "text/html" and request.endpoint and request.method == "GET" and response.status_code == 200:
        seen.add(request.endpoint)
    if response.mimetype == "text/html":
        answered.add(response.status_code)
    return response


def test_no_page_and_no_error_is_left_out():
    """A page that no tour stops at fails this: add a stop, or say in NO_PAGES why it is no page."""
    if walked != {tour.__name__ for tour in EVERY_TOUR}:
        pytest.skip("not all tours were walked in this run")

    assert left_out(endpoints, seen) == set()
    assert answered >= ERRORS
    assert not NO_PAGES.keys() - endpoints, "what is no longer there needs no exception"
    assert not NO_PAGES.keys() & seen, "what is a page after all needs a stop and no exception"


def test_a_page_that_is_left_out_is_found():
    assert left_out({"home.front", "home.new_page", "assets.asset"}, {"home.front"}) == {"home.new_page"}


def left_out(known: set[str], visited: set[str]) -> set[str]:
    return known - visited - NO_PAGES.keys()


def looked_at(page: Page, session: CDPSession, name: str, stop: int) -> list[str]:
    """What is wrong with the open page at any width, in the light and in the dark, for anybody."""
    assert (page.locator("h1").inner_text() == "Sign in") == name.startswith("sign in"), f"{name} shows another page: {page.url}"
    faults = [*looking.small_targets(page, name), *looking.spread_text(page, name), *looking.unheard(session, name)]
    faults += [*looking.unisolated(page, name), *looking.same_names(page, name), *looking.forced_colours(page, name)]
    faults += looking.moving(page, name)
    themes = themes_of_widths(IN_TURN if FULL else (IN_TURN[stop % len(IN_TURN)],))
    for width in WIDTHS:
        faults += sideways(page, name, width)
        for scheme in themes[width]:
            page.emulate_media(color_scheme=scheme)
            faults += axe(page, f"{name}, {width} {scheme}")
    faults += [*looking.cut_off(page, name), *looking.large_text(page, session, name)]
    take_pictures(page, name)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 900})
    return faults


def themes_of_widths(in_turn: Iterable[tuple[int, Scheme]]) -> dict[int, list[Scheme]]:
    """In which themes axe looks at each width: setting a width makes the browser lay the page out anew, and that is done once."""
    return {width: [theme for at, theme in (*ALWAYS, *in_turn) if at == width] for width in WIDTHS}


def take_pictures(page: Page, name: str) -> None:
    if not PICTURES:
        return
    for width, scheme in ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(PICTURES) / f"{re.sub('[^a-z0-9]+', '-', name)}-{width}-{scheme}.png", full_page=True)
