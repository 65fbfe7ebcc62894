"""A running server and a real browser. The browser may reach that server only."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, sync_playwright
from werkzeug.serving import make_server

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser, live: str) -> Iterator[Callable[..., Page]]:
    """Open an address of the live server: `opened("/courses", width=320, color_scheme="dark")`.

    A message on the console (the policy refused something, a script failed) or a request to another origin fails the test.
    """
    contexts: list[Any] = []
    faults: list[str] = []

    def stay_here(route: Route) -> None:
        if route.request.url.startswith((live, "data:")):
            route.continue_()
        else:
            faults.append(f"fetches {route.request.url}")
            route.abort()

    def open_page(address: str, *, width: int = 1280, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **{"reduced_motion": "reduce", **options})
        contexts.append(context)
        context.route("**/*", stay_here)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if "Failed to load resource" not in message.text else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{live}{address}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults
