"""Whole journeys in a real browser, through the real forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Request, expect

from ceapp.certificates.provider import set_provider_facts
from tests.browser.steps import BEST, choose, fill_password, follow, press
from tests.certificates.conftest import provider_input
from tests.conftest import NOW, PASSWORD, Member

pytestmark = pytest.mark.browser

Device = Callable[..., BrowserContext]
Opened = Callable[..., Page]
EMAIL = "noor@example.org"


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    """A public address, so that certificates can be issued."""
    return {"base_url": "http://ce.example.org", "allow_plain_http": True}


def test_e4_from_a_new_account_to_a_result_on_two_devices(opened: Opened, device: Device, shipped: str):
    page = opened(f"/courses/{shipped}", width=390, timezone_id="Europe/Amsterdam")
    sign_up_and_begin(page)

    page.get_by_text("Let it wait, and begin Thursday’s session with it.").click()
    press(page, "Decide")
    feedback = page.locator("#feedback")
    expect(feedback).to_be_in_viewport()
    expect(feedback).to_contain_text("You chose")
    expect(feedback).to_contain_text("She hears the answer from you")
    page.context.close()

    page = device(width=1280).new_page()
    page.goto("/")
    follow(page, "Sign in")
    fill_password(page, EMAIL, PASSWORD)
    press(page, "Sign in")
    follow(page, "Go on: A client sends a friend request")
    expect(page.locator("h1")).to_have_text("Thursday")
    look_back(page, "The request")
    answer_the_rest(page)

    follow(page, "See the result")
    expect(page.locator("h1")).to_have_text("Your result: A client sends a friend request")
    expect(page.locator(".outcome-score")).to_have_text(re.compile(r"^\d+% (Passed|Not passed yet)$"))
    page.get_by_role("heading", name="The path you took").scroll_into_view_if_needed()
    page.locator("summary", has_text="What do you do tonight?").click()
    expect(page.get_by_text("She hears the answer from you")).to_be_visible()


def sign_up_and_begin(page: Page) -> None:
    follow(page, "Create an account to enrol")
    expect(page.locator("[name=time_zone]")).to_have_value("Europe/Amsterdam")
    fill_password(page, EMAIL, PASSWORD)
    press(page, "Create account")
    press(page, "Enrol")
    follow(page, "Begin: A client sends a friend request")
    follow(page, "Give your name")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Amsterdam")
    page.get_by_label("Name").fill("Noor Haddad")
    press(page, "Save and go on")
    press(page, "Begin")


def look_back(page: Page, scene: str) -> None:
    """Open an earlier scene from the path beside the page, and come back."""
    page.get_by_role("navigation", name="Your path").get_by_role("link", name=scene).click()
    expect(page.locator("#feedback")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Decide")).to_be_visible()


def answer_the_rest(page: Page) -> None:
    """Take the first option of every question; leave the reflection out."""
    buttons = page.get_by_role("button", name=re.compile("^(Decide|Hand in and go on)$"))
    for _ in range(8):
        expect(buttons.or_(page.get_by_role("link", name="See the result"))).to_be_visible()
        if not buttons.count():
            return
        for control in page.locator(".option input").first.all():
            control.check()
        for control in page.locator("[data-order] select").first.all():
            control.select_option("1")
        buttons.click()
        expect(page.locator("#feedback")).to_be_visible()
        for link in page.get_by_role("link", name=re.compile("^Go on")).all():
            link.click()
    raise AssertionError("the scenario does not end")


def test_from_the_course_page_to_a_certificate_that_a_stranger_checks(
    app: Flask, opened: Opened, device: Device, course: str, tess: Member, ada: Member
):
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    page = opened("/courses/sample", tess)
    posts: list[Request] = []
    page.on("request", lambda request: posts.append(request) if request.method == "POST" else None)
    press(page, "Enrol")
    follow(page, "Begin: Every kind of question")
    press(page, "Begin")
    for question, best in BEST:
        choose(page, question, best)
        press(page, "Decide" if best else "Hand in and go on")
        follow(page, "Go on" if best else "See the result")
    expect(page.locator(".outcome-score")).to_have_text("100% Passed")
    follow(page, "Begin: A short one")
    press(page, "Begin")
    choose(page, "What now?", ["Ask who is in it."])
    press(page, "Decide")
    follow(page, "See the result")
    follow(page, "Open your certificate")
    expect(page.locator(".certificate-name")).to_have_text("Tess Adeyemi")

    with page.expect_download() as download:
        follow(page, "PDF, letter paper")
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")

    code = page.locator("dd.certificate-code").inner_text()
    stranger = device(width=390).new_page()
    stranger.goto("/verify")
    stranger.get_by_label("The code on the certificate").fill(code.lower().replace("-", " "))
    press(stranger, "Check")
    expect(stranger.locator("h1")).to_have_text("This certificate is valid")
    expect(stranger.locator("main")).to_contain_text("Tess Adeyemi")

    # Under `Referrer-Policy: no-referrer` a browser hides the origin even from ourselves. A check that asks for it refuses all forms.
    assert {post.all_headers()["origin"] for post in posts} == {"null"}
    assert len(posts) == 9
