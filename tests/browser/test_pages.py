"""What else only a browser can tell of a page: its weight, what is left of it after signing out, forced colours, print."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ceapp.learning import starting
from tests.browser.looking import AXE, axe
from tests.browser.test_keyboard import at_question
from tests.conftest import NOW, Member
from tests.learning.conftest import GOOD_PATH, Learner

pytestmark = pytest.mark.browser

Device = Callable[..., BrowserContext]
Opened = Callable[..., Page]
MOST_BYTES = 100_000
MOST_REQUESTS = 8
BACK_AND_FORWARD = "--disable-back-forward-cache"


def test_the_first_load_of_a_question_is_light(device: Device, app: Flask, shipped: str, tess: Member):
    with app.app_context():
        starting.enrol(tess.id, shipped, now=NOW)
        attempt = starting.begin(tess.id, shipped, "friend-request", purpose="credit", form_key="k" * 24, now=NOW)
    page = device(tess).new_page()
    sizes = weighed(page, f"/attempts/{attempt.id}")
    total = sum(sizes.values())
    print(f"{len(sizes)} requests, {total} bytes: {sizes}")

    assert len(sizes) <= MOST_REQUESTS
    assert total <= MOST_BYTES
    assert page.evaluate("""document.fonts.check('16px "Source Serif 4"')""")


def weighed(page: Page, address: str) -> dict[str, float]:
    """Bytes over the wire, headers included, for each request that opening this address makes."""
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda event: addresses.__setitem__(event["requestId"], event["request"]["url"]))
    session.on("Network.loadingFinished", lambda event: sizes.__setitem__(event["requestId"], event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    fetched = {number: url for number, url in addresses.items() if not url.startswith("data:")}
    assert set(fetched) <= set(sizes), "a request did not end"
    return {url: sizes[number] for number, url in fetched.items()}


@pytest.mark.parametrize("remembering", [False, True], ids=["usual", "back-forward-cache"])
def test_e6_back_after_signing_out_shows_nothing_private(
    device: Device, start_chromium: Callable[..., Browser], app: Flask, course: str, tess: Member, remembering: bool
):
    browser = start_chromium(ignore_default_args=[BACK_AND_FORWARD] if remembering else [])
    context = device(tess, browser=browser)
    page = context.new_page()
    attempt = at_question(app, tess, "note")
    page.goto("/account")
    page.goto(f"/attempts/{attempt}")
    page.get_by_role("textbox").fill("A private thought.")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()

    for _ in range(2):
        page.go_back()
        expect(page.locator("h1")).to_have_text("Sign in")
        assert "private thought" not in page.content()
        assert "Tess" not in page.content()
    context.close()
    browser.close()


def test_a_question_in_forced_colours(device: Device, app: Flask, course: str, tess: Member):
    context = device(tess, width=390, forced_colors="active")
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto(f"/attempts/{at_question(app, tess, 'first')}")
    border = "each => [getComputedStyle(each).borderTopWidth, getComputedStyle(each).borderTopStyle].join(' ')"

    page.locator(".option").nth(1).click()

    assert page.locator(".option").nth(1).evaluate(border) == "3px solid"
    assert page.locator(".option").nth(2).evaluate(border) != "0px none"
    assert page.locator("main .button").evaluate("each => getComputedStyle(each).borderTopColor") != "rgba(0, 0, 0, 0)"
    assert axe(page, "forced colours") == []


@pytest.mark.parametrize("wish", ["reduce", "no-preference"])
def test_motion_stays_within_what_is_wished(opened: Opened, app: Flask, course: str, tess: Member, wish: str):
    page = opened(f"/attempts/{at_question(app, tess, 'first')}", tess, reduced_motion=wish)
    rules = page.evaluate(
        """() => [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
            .filter(rule => rule.media && matchMedia(rule.conditionText).matches).flatMap(rule => [...rule.cssRules])
            .map(rule => rule.cssText).filter(text => text.includes("@view-transition"))"""
    )

    assert bool(rules) == (wish == "no-preference")
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.fixture
def finished(app: Flask, course: str, tess: Member) -> str:
    """An attempt of Tess that is over; its id."""
    learner = Learner(app, tess)
    learner.enrol()
    attempt = learner.begin()
    learner.work_through(attempt, GOOD_PATH)
    return str(attempt.id)


@pytest.mark.parametrize("address", ["/attempts/{}/result", "/courses/sample", "/attempts/{}/1"])
def test_paper_gets_the_text_and_no_controls(opened: Opened, tess: Member, finished: str, address: str):
    page = opened(address.format(finished), tess, width=720)
    page.emulate_media(media="print")

    expect(page.locator("h1")).to_be_visible()
    assert page.locator("button, .button, .site-menu, .site-footer, .crumbs, .trail").filter(visible=True).count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 720


def test_a_printed_result_has_every_answer_open(opened: Opened, tess: Member, finished: str):
    page = opened(f"/attempts/{finished}/result", tess, width=720)
    page.emulate_media(media="print")

    for text in ("KEYMARK-best", "KEYMARK-critical", "KEYMARK-order"):
        assert page.get_by_text(text).first.evaluate("each => each.getBoundingClientRect().height") > 0, text
