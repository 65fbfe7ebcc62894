"""What is written is kept while it is being written, and nothing that was typed is ever lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask, request, request_finished
from playwright.sync_api import Page, expect

from tests.browser.test_keyboard import at_question
from tests.conftest import Member

pytestmark = pytest.mark.browser

Opened = Callable[..., Page]
PAUSE = 2000
OVERTAKEN = "A newer draft exists in another tab. What you type here is not saved as a draft; copy it before you leave."


@pytest.fixture
def address(app: Flask, course: str, tess: Member) -> str:
    """Where Tess is asked to write."""
    return f"/attempts/{at_question(app, tess, 'note')}"


@pytest.fixture
def writing(opened: Opened, address: str, tess: Member) -> Page:
    """The page where Tess writes; its clock goes on when the test says so."""
    return ready(opened("/grades", tess), address)


def ready(page: Page, address: str) -> Page:
    page.clock.install()
    page.goto(address)
    return page


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox").press_sequentially(text)
    page.clock.fast_forward(PAUSE)


def said(page: Page, text: str) -> None:
    expect(page.locator("[data-draft-said]")).to_have_text(text)


def has(page: Page, text: str) -> None:
    expect(page.get_by_role("textbox")).to_have_value(text)


def test_a_draft_is_saved_without_pressing_anything_and_is_there_again(writing: Page):
    write(writing, "first")
    said(writing, "Draft saved")
    write(writing, " and second")
    expect(writing.locator("input[name=saves]")).to_have_value("2")

    writing.reload()

    has(writing, "first and second")


def test_who_leaves_at_once_loses_nothing(app: Flask, writing: Page, address: str):
    saved = threading.Event()

    def note(_app: Flask, **_response: object) -> None:
        if request.path.endswith("/draft"):
            saved.set()

    writing.get_by_role("textbox").press_sequentially("in a hurry")
    with request_finished.connected_to(note, app):
        writing.goto("/")
        assert saved.wait(10)

    writing.goto(address)

    has(writing, "in a hurry")


def test_two_tabs_keep_both_texts_and_say_so(writing: Page, address: str):
    other = ready(writing.context.new_page(), address)
    write(writing, "from the first tab")
    said(writing, "Draft saved")

    write(other, "from the second")

    said(other, OVERTAKEN)
    has(other, "from the second")
    writing.reload()
    has(writing, "from the first tab")


def test_e7_offline_says_so_and_tries_again(writing: Page):
    writing.context.set_offline(True)
    write(writing, "on a train")
    said(writing, "Not saved yet: the server cannot be reached. Your text is still here, and saving is tried again.")
    has(writing, "on a train")

    writing.context.set_offline(False)
    writing.clock.fast_forward(2 * PAUSE)

    said(writing, "Draft saved")
    writing.reload()
    has(writing, "on a train")


def test_a_text_that_was_signed_out_meanwhile_is_kept_and_saved_later(writing: Page):
    cookies = writing.context.cookies()
    writing.context.clear_cookies()
    write(writing, "signed out elsewhere")
    said(
        writing,
        "Not saved yet: you seem to be signed out. Sign in again in another tab. Your text is still here, and saving is tried again.",
    )

    writing.context.add_cookies(cookies)
    writing.clock.fast_forward(2 * PAUSE)

    said(writing, "Draft saved")


def test_handing_in_takes_what_stands_there(writing: Page):
    write(writing, "Five words are enough here")
    said(writing, "Draft saved")
    writing.get_by_role("textbox").press_sequentially(", or six.")
    writing.get_by_role("button", name="Hand in and go on").click()

    expect(writing.locator(".own-text p")).to_have_text("Five words are enough here, or six.")
