"""The pages of an agency with a keyboard alone, and with JavaScript switched off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.steps import follow, press
from tests.browser.test_keyboard import Keys, heading
from tests.conftest import Agency, Member
from tests.harness.assignments import assign

pytestmark = pytest.mark.browser

Opened = Callable[..., Page]


@pytest.fixture
def supervised(supervise: Callable[..., Any], agency: Agency, sam: Member, tess: Member, omar: Member, course: str) -> Agency:
    for trainee in (tess, omar):
        supervise(agency, sam, trainee)
    return agency


def a_day(page: Page, label: str) -> None:
    soon = datetime.now(UTC) + timedelta(days=60)  # the server goes by the true day
    page.get_by_label(label).fill(soon.date().isoformat())


def test_assigning_by_keyboard(opened: Opened, supervised: Agency, sam: Member):
    page = opened("/organisations/harbour/assign", sam)
    keys = Keys(page)
    keys.tab_to("Scenarios that I choose")
    keys.until("ArrowDown", "A weekly plan: one scenario a week")
    keys.tab_to("First due day")
    a_day(page, "First due day")
    keys.tab_to("Find by name")
    page.keyboard.type("tess")
    expect(page.get_by_label("Omar")).to_be_hidden()
    keys.tab_to("Tess Adeyemi")
    page.keyboard.press("Space")

    keys.press("See what each person gets")
    heading(page, "What each person gets")
    keys.press("Assign to 1 person")

    heading(page, "Weekly plan")
    expect(page.locator("tbody th")).to_contain_text(["Tess Adeyemi"])


def test_narrowing_progress_by_keyboard(
    opened: Opened, app: Flask, supervised: Agency, sam: Member, tess: Member, omar: Member, course: str
):
    assign(app, supervised, sam, [tess, omar], course, ["short"], now=datetime.now(UTC))
    page = opened("/organisations/harbour/progress", sam, width=390)
    keys = Keys(page)
    keys.tab_to("Scores of first attempts")
    page.keyboard.press("Space")
    keys.press("Show")

    page.wait_for_url("**show=scores")
    expect(page.get_by_label("Scores of first attempts")).to_be_checked()
    keys.tab_to("Not begun")


@pytest.mark.parametrize("address", ["groups", "supervision/new", "supervision/covers", "members", "members/import", "settings"])
def test_every_stop_is_seen_and_left(opened: Opened, supervised: Agency, ines: Member, address: str):
    keys = Keys(opened(f"/organisations/harbour/{address}", ines, width=390))
    stops = 0
    while keys.tab() is not None:
        stops += 1
        assert stops < 80, "the keyboard is trapped"

    assert stops > 10


def test_assigning_without_scripts(opened: Opened, supervised: Agency, sam: Member):
    page = opened("/organisations/harbour/assign", sam, width=390, java_script_enabled=False)
    page.get_by_label("Scenarios that I choose").check()
    page.get_by_label("A short one").first.check()
    page.get_by_label("Tess Adeyemi").check()
    press(page, "See what each person gets")
    expect(page.get_by_role("heading", name="1 person")).to_be_visible()
    press(page, "Change something")
    expect(page.get_by_label("Tess Adeyemi")).to_be_checked()
    press(page, "See what each person gets")

    press(page, "Assign to 1 person")

    expect(page.get_by_role("heading", name="A short one")).to_be_visible()


def test_a_code_without_scripts(opened: Opened, tess: Member):
    page = opened("/account/sign-in", width=390, java_script_enabled=False)
    page.get_by_label("E-mail address").fill(tess.email)
    page.locator("summary", has_text="No password, or forgotten it?").click()
    press(page, "Ask for a code")
    page.get_by_label("Code").fill("000 000")
    press(page, "Sign in")

    expect(page.locator(".errors")).to_contain_text("This is not the code.")
    press(page, "Send another")
    expect(page.get_by_label("Code")).to_be_visible()


def test_choosing_certificates_without_scripts(opened: Opened, course: str, ada: Member):
    page = opened("/exports", ada, width=390, java_script_enabled=False)
    page.get_by_label("Completed from").fill("2026-01-01")
    press(page, "Look")

    expect(page.get_by_label("Completed from")).to_have_value("2026-01-01")
    follow(page, "provider’s page")
    expect(page.locator("h1")).to_be_visible()
