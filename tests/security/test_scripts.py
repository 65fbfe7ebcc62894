"""E1, E3, E4: texts that try to become scripts, in every field that a person can fill in, in a real browser, as everybody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser

from tests.crawl.crawler import Crawler
from tests.crawl.world import AGENCY, World
from tests.security.payloads import PAYLOADS
from tests.security.stage import ALL, Watcher, serving

pytestmark = pytest.mark.browser

WHO = (None, "tess", "vera", "sam", "ines", "ada")
OF_EACH, TRIES = 1, 4
"""So many pages of an endpoint are opened as each person, of so many that are asked for."""

FEWEST = {"pages": 120, "forms": 15, "texts": 55}
ENDS = (
    "/sign-out",
    "/end",
    "/leave",
    "/removal",
    "/sessions",
    "/prove",
    "/export",
    "/withdraw",
    "/delete",
    "/suspension",
    "/set-up",
    "/issue",
)
"""Forms that are not sent: they would end what the others need, or hold no text."""


@pytest.fixture(scope="module")
def pages(planted: World) -> dict[str | None, list[str]]:
    """Some pages of each endpoint that each person is shown."""
    return {who: list(pages_of(planted, who)) for who in WHO}


def pages_of(world: World, who: str | None) -> Iterator[str]:
    client = world.client(who)
    shown, tried = Counter[str](), Counter[str]()
    for endpoint, address in Crawler(world).addresses_for(who):
        if shown[endpoint] < OF_EACH and tried[endpoint] < TRIES:
            tried[endpoint] += 1
            response = client.get(address)
            if response.status_code == 200 and response.mimetype == "text/html":
                shown[endpoint] += 1
                yield address


def lists_of(world: World) -> list[tuple[str, str]]:
    """The later pages of lists, so that every name is seen by somebody."""
    at = f"/organisations/{world.organisations[AGENCY].slug}"
    pages = [f"?page={number}" for number in (2, 3)]
    listed = [("ines", f"{at}/{name}") for name in ("members", "invitations", "groups", "supervision")]
    listed += [("sam", f"{at}/{name}") for name in ("progress", "supervision/mine")] + [
        ("ada", "/people"),
        ("ada", "/organisations"),
    ]
    return [(who, address + page) for who, address in listed for page in pages]


def reflections_of(world: World, browser: Watcher) -> Iterator[str]:
    """What trainees wrote, as their supervisor reads it: by the form that writes the reading down."""
    works = [address for name, address in world.ids.items() if name.startswith("work:")]
    assert works
    for address in works:
        browser.open(address)
        with browser.page.expect_navigation():
            browser.page.get_by_role("button", name="Read it").click()
        browser.look(f"{address}, reflection")
        yield browser.page.inner_text("body")


def watcher(chromium: Browser, address: str, world: World, who: str | None) -> Watcher:
    name = world.app.config["SIGN_IN_COOKIE_NAME"]
    return Watcher(chromium, address, (name, world.people[who].token) if who else None)


def test_e1_e3_e4_no_text_of_anybody_becomes_a_script(planted: World, pages: dict[str | None, list[str]], chromium: Browser) -> None:
    opened, texts, faults = 0, "", []
    with serving(planted.app) as address:
        for who in WHO:
            browser = watcher(chromium, address, planted, who)
            for page in [*pages[who], *(page for one, page in lists_of(planted) if one == who)]:
                if browser.open(page) == 200:
                    opened += 1
                    texts += browser.page.inner_text("body") + "\n"
            if who == "sam":
                texts += "\n".join(reflections_of(planted, browser))
            faults += [f"as {who}: {each}" for each in browser.seen.faults]
            browser.close()
    assert faults == []
    assert opened >= FEWEST["pages"]
    assert sum(payload in texts for payload in PAYLOADS) >= FEWEST["texts"]  # they were there, as text


def test_e3_nothing_that_a_refused_form_gives_back_becomes_a_script(
    planted: World, pages: dict[str | None, list[str]], chromium: Browser
) -> None:
    """Every form that takes text is sent with all payloads in every field."""
    sent, faults = set(), []
    with serving(planted.app) as address:
        for who in (None, "tess", "sam", "ines", "ada"):
            browser = watcher(chromium, address, planted, who)
            for page in pages[who]:
                if page.partition("?")[0] in sent or not TEXT_FIELD.search(planted.client(who).get(page).get_data(as_text=True)):
                    continue
                browser.open(page)
                for number in range(browser.page.evaluate(FORMS)):
                    action = browser.page.evaluate(FILL, [number, ALL, PAYLOADS[4]])
                    if action in sent or any(each in action for each in ENDS):
                        continue
                    sent.add(action)
                    with browser.page.expect_navigation():
                        browser.page.evaluate(SEND, number)
                    browser.look(f"{action} sent from {page}")
                    browser.open(page)
            faults += [f"as {who}: {each}" for each in browser.seen.faults]
            browser.close()
    assert faults == []
    assert len(sent) >= FEWEST["forms"]


TEXT_FIELD = re.compile(r'<main.*(<textarea|type="(text|search|email)")', re.DOTALL)
FORMS = "() => document.querySelectorAll('main form').length"
FILL = """([number, all, one]) => {
  const form = document.querySelectorAll("main form")[number];
  if (!form) return "/end";
  const action = new URL(form.getAttribute("action") || "", location.href).pathname;
  const texts = [...form.querySelectorAll("input:not([type]), input[type=text], input[type=search], input[type=email], textarea")];
  if (!texts.length) return "/end";
  form.noValidate = true;
  for (const text of texts) { text.removeAttribute("maxlength"); text.value = text.tagName === "TEXTAREA" ? all : one; }
  return action;
}"""
SEND = "number => HTMLFormElement.prototype.submit.call(document.querySelectorAll('main form')[number])"


def test_e3_what_an_address_says_does_not_become_a_script(planted: World, chromium: Browser) -> None:
    faults = []
    with serving(planted.app) as address:
        for who, start in (
            (None, "/verify?code="),
            ("ada", "/people?q="),
            (None, "/courses/"),
            (None, "/account/sign-in?next="),
            ("sam", "/nowhere/"),
        ):
            browser = watcher(chromium, address, planted, who)
            for payload in PAYLOADS[len(start) % 6 :: 6]:
                browser.open(start + quote(payload))
            faults += browser.seen.faults
            browser.close()
    assert faults == []


def a_page_that_escapes_nothing(policy: str) -> Flask:
    """All payloads on pages of their own, as text and in an attribute, raw."""
    app = Flask("escapes nothing")

    @app.get("/<int:number>")
    def one(number: int) -> Response:
        text = PAYLOADS[number]
        page = f'<!doctype html><title>{text}</title><body><p>{text}</p><input value="{text}"><input value={text}><a href="{text}">x</a>'
        return Response(page, mimetype="text/html", headers={"Content-Security-Policy": policy} if policy else {})

    return app


def test_e3_control_without_escaping_the_browser_sees_most_of_them_run(chromium: Browser) -> None:
    with serving(a_page_that_escapes_nothing("")) as address:
        browser = Watcher(chromium, address)
        caught = 0
        for number in range(len(PAYLOADS)):
            before = len(browser.seen.faults)
            browser.open(f"/{number}")
            caught += len(browser.seen.faults) > before
        browser.close()
    assert len(browser.seen.ran) >= len(PAYLOADS) // 2
    assert caught >= len(PAYLOADS) * 4 // 5


def test_e1_control_without_escaping_our_policy_lets_none_run(planted: World, chromium: Browser) -> None:
    """The second line: even then nothing runs and nothing is fetched; the refusals are seen."""
    policy = planted.client(None).get("/courses").headers["Content-Security-Policy"]
    with serving(a_page_that_escapes_nothing(policy)) as address:
        browser = Watcher(chromium, address)
        for number in range(0, len(PAYLOADS), 2):
            browser.open(f"/{number}")
        browser.close()
    assert browser.seen.ran <= {each for each in browser.seen.ran if "evil.example" in each}  # a refresh and a base are no scripts
    assert sum("the policy refused" in each for each in browser.seen.faults) >= 15
