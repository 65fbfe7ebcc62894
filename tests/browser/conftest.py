"""A running server and a real browser. The browser may reach that server only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request
from werkzeug.serving import make_server

from ceapp.catalogue.service import sync
from ceapp.config import ROOT
from tests.conftest import NOW, Member

TORONTO = "America/Toronto"
EXPECTED = ("Failed to load resource", "Clear-Site-Data header")
"""What browsers write about pages of ours that are an error, and about signing out."""


@pytest.fixture
def live(app: Flask) -> Iterator[str]:
    """The application of this test behind a real socket; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def note_faults(context: BrowserContext, here: str, faults: list[str]) -> None:
    """Add to the faults whatever is asked of another origin, written on the console or thrown by a script."""

    def note_request(request: Request) -> None:
        if not request.url.startswith((here, "data:")):
            faults.append(f"fetches {request.url}")

    context.on("request", note_request)
    context.on("console", lambda message: faults.append(message.text) if not message.text.startswith(EXPECTED) else None)
    context.on("weberror", lambda error: faults.append(str(error.error)))


@pytest.fixture
def device(app: Flask, chromium: Browser, live: str) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own, perhaps with somebody signed in: `device(tess, width=320, color_scheme="dark")`.

    A message on the console (the policy refused something, a script failed) or a request to another origin fails the test.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def make(person: Member | None = None, *, width: int = 1280, browser: Browser = chromium, **options: Any) -> BrowserContext:
        usual = {"reduced_motion": "reduce", "timezone_id": TORONTO, "base_url": live}
        context = browser.new_context(viewport={"width": width, "height": 900}, **{**usual, **options})
        contexts.append(context)
        context.set_default_timeout(10_000)
        note_faults(context, live, faults)
        if person:
            context.add_cookies([{"name": app.config["SIGN_IN_COOKIE_NAME"], "value": person.token, "url": live}])
        return context

    yield make
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture
def opened(device: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """Open an address of the live server: `opened("/courses", tess, width=320, color_scheme="dark")`."""

    def open_page(address: str, person: Member | None = None, **options: Any) -> Page:
        page = device(person, **options).new_page()
        page.goto(address)
        return page

    return open_page


@pytest.fixture
def shipped(app: Flask) -> str:
    """The course that comes with the server, published; its slug."""
    with app.app_context():
        (report,) = sync(ROOT / "scenarios", now=NOW)
    assert not report.problems
    return report.slug
