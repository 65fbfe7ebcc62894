"""E5, E1, D10: where a browser ends up, judged by its address bar; and what a page of another origin can do with ours."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser
from sqlalchemy import select

from ceapp.accounts.models import Person
from ceapp.database import db
from tests.crawl.world import World, a_world
from tests.harness.databases import Databases
from tests.security.canary import make_canary
from tests.security.payloads import REDIRECTS
from tests.security.stage import Watcher, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ours(databases: Databases, tmp_path_factory: pytest.TempPathFactory, template_cache: FileSystemBytecodeCache) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("addresses")
    with a_world(databases, folder, template_cache, base_url="http://ce.example.org", allow_plain_http=True) as world:
        world.app.config["WTF_CSRF_ENABLED"] = True
        yield world


def watcher(chromium: Browser, address: str, world: World, who: str | None) -> Watcher:
    return Watcher(chromium, address, (world.app.config["SIGN_IN_COOKIE_NAME"], world.people[who].token) if who else None)


def led_elsewhere(browser: Watcher, path: str) -> list[str]:
    """Which of the addresses lead to another origin, when `path` is opened with each."""
    found = []
    for wanted in REDIRECTS:
        browser.seen.faults.clear()
        browser.open(path + quote(wanted, safe=""))
        stays = browser.page.url in ("about:blank", "chrome-error://chromewebdata/") or browser.page.url.startswith(browser.address + "/")
        if not stays or any("asks for" in fault for fault in browser.seen.faults):
            found.append(wanted)
    return found


def test_e5_no_address_in_next_leads_to_another_origin(ours: World, chromium: Browser) -> None:
    with serving(ours.app) as address:
        browser = watcher(chromium, address, ours, "tess")
        assert led_elsewhere(browser, "/account/sign-in?next=") == []
        for number, wanted in enumerate(REDIRECTS[::8]):
            browser.open("/account/name?next=" + quote(wanted, safe=""))
            browser.page.get_by_label("Name").first.fill(f"Tess {number}")
            with browser.page.expect_navigation():
                browser.page.get_by_role("button", name="Save and go on").click()
            assert urlsplit(browser.page.url).netloc == urlsplit(address).netloc, wanted
        browser.close()


def test_e5_control_a_server_that_goes_where_it_is_told_is_seen(chromium: Browser) -> None:
    with serving(make_canary()) as address:
        browser = Watcher(chromium, address)
        assert len(led_elsewhere(browser, "/go?next=")) >= 12
        browser.close()


def a_page_of_another_origin(body: str) -> Flask:
    app = Flask("another origin")

    @app.get("/")
    def page() -> str:
        return f"<!doctype html><title>Elsewhere</title><body>{body}"

    return app


def test_e1_another_origin_cannot_frame_our_pages(ours: World, chromium: Browser) -> None:
    with serving(ours.app) as address, serving(a_page_of_another_origin(f'<iframe src="{address}/courses"></iframe>')) as elsewhere:
        browser = Watcher(chromium, elsewhere)
        browser.open("/")
        frame = browser.page.frames[1]
        assert "sample" not in frame.content().lower()
        browser.close()


def test_e1_control_a_page_that_may_be_framed_is_seen_in_the_frame(chromium: Browser) -> None:
    with serving(make_canary()) as address, serving(a_page_of_another_origin(f'<iframe src="{address}/search?q=heron"></iframe>')) as other:
        browser = Watcher(chromium, other)
        browser.open("/")
        assert "heron" in browser.page.frames[1].content()
        browser.close()


def test_d10_a_form_on_another_origin_changes_nothing_of_ours(ours: World, chromium: Browser) -> None:
    """The browser sends it with the cookies of whoever is signed in; it is refused, and the page says so."""
    with serving(ours.app) as address:
        fields = '<input name="name" value="Somebody else"><input name="time_zone" value="UTC"><button>Go</button>'
        with serving(a_page_of_another_origin(f'<form method="post" action="{address}/account/name">{fields}</form>')) as elsewhere:
            browser = watcher(chromium, address, ours, "omar")
            browser.page.goto(elsewhere)
            with browser.page.expect_navigation() as moved:
                browser.page.get_by_role("button", name="Go").click()
            assert moved.value.status == 403
            browser.close()
    with ours.app.app_context():
        assert db.session.scalars(select(Person.name).where(Person.id == ours.people["omar"].id)).one() == ours.people["omar"].name
