"""With JavaScript switched off everything still works."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import BEST, choose, fill_password, follow, press
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EMAIL = "noor@example.org"


def test_e7_a_whole_scenario_without_scripts(opened: Callable[..., Page], course: str):
    page = opened("/courses/sample", width=390, java_script_enabled=False)
    follow(page, "Create an account to enrol")
    fill_password(page, EMAIL, PASSWORD)
    press(page, "Create account")
    sign_out_and_in(page)
    follow(page, "A sample course")
    press(page, "Enrol")
    follow(page, "Begin: Every kind of question")
    follow(page, "Give your name")
    page.get_by_label("Name").fill("Noor Haddad")
    page.get_by_label("Time zone").select_option("Europe/Amsterdam")
    press(page, "Save and go on")
    press(page, "Begin")

    for question, best in BEST[:-1]:
        choose(page, question, best)
        press(page, "Decide")
        expect(page.locator("#feedback")).to_be_in_viewport()
        follow(page, "Go on")
    page.get_by_role("textbox").fill("Not yet five.")
    press(page, "Save draft")
    expect(page.get_by_text("Draft saved. It is kept until you hand it in.")).to_be_visible()
    sign_out_and_in(page)
    follow(page, "Go on: Every kind of question")
    expect(page.get_by_role("textbox")).to_have_value("Not yet five.")
    press(page, "Hand in and go on")
    expect(page.locator("main .notice-bad")).to_contain_text("This question asks for at least 5 words; there are 3 so far.")
    page.get_by_role("textbox").fill("Now there are five words.")
    press(page, "Hand in and go on")
    follow(page, "See the result")

    expect(page.locator(".outcome-score")).to_have_text("100% Passed")
    page.locator("summary", has_text="What would you write?").click()
    expect(page.get_by_text("Now there are five words.")).to_be_visible()


def sign_out_and_in(page: Page) -> None:
    press(page, "Menu")
    press(page, "Sign out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    fill_password(page, EMAIL, PASSWORD)
    press(page, "Sign in")
