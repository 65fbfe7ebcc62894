"""Signing in by code in a real browser: the keyboard, phone and dark, the proof, the other pages of an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from ceapp.accounts import passwords
from tests.browser.looking import AXE, axe, sideways
from tests.conftest import PASSWORD, Member
from tests.harness.letters import newest_code

pytestmark = pytest.mark.browser

Opened = Callable[..., Page]


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"mail_url": "smtp://127.0.0.1:9", "mail_from": "CE office <ce@example.org>", "contact": "help@harbour.example"}


@pytest.fixture
def tess(make_person: Callable[..., Member]) -> Member:
    confirmed = datetime(2026, 10, 1, tzinfo=UTC)
    return make_person("tess@example.org", "Tess Adeyemi", password_hash=passwords.hash_password(PASSWORD), email_confirmed_at=confirmed)


@pytest.fixture
def opened(device: Callable[..., BrowserContext]) -> Opened:
    """Open an address with axe at hand."""

    def open_page(address: str, person: Member | None = None, **options: Any) -> Page:
        context = device(person, **options)
        context.add_init_script(path=AXE)
        page = context.new_page()
        page.goto(address)
        return page

    return open_page


def code(app: Flask) -> str:
    return newest_code(app, datetime.now(UTC))


def looked_at(page: Page, name: str) -> list[str]:
    return [*sideways(page, name, 320), *axe(page, name), *sideways(page, name, 1280)]


def test_return_asks_for_a_code_and_return_sends_it(app: Flask, opened: Opened, tess: Member) -> None:
    page = opened("/account/sign-in?next=/account")
    page.get_by_label("E-mail address").fill("tess@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Type the code")
    faults = looked_at(page, "code")
    page.get_by_label("Code", exact=True).fill(code(app))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    assert faults == []


def test_return_in_the_password_signs_in(opened: Opened, tess: Member) -> None:
    page = opened("/account/sign-in?next=/account")
    page.get_by_label("E-mail address").fill("tess@example.org")
    page.get_by_text("Sign in with a password").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_the_pages_are_usable_by_everybody(opened: Opened, tess: Member) -> None:
    faults = []
    for address in ("/account/sign-in", "/account/sign-up", "/help"):
        faults += looked_at(opened(address), address)
        faults += axe(opened(address, color_scheme="dark"), f"{address}, dark")
    for address in ("/account", "/account/sessions", "/account/email", "/account/prove", "/account/password"):
        faults += looked_at(opened(address, tess), address)
        faults += axe(opened(address, tess, color_scheme="dark"), f"{address}, dark")
    assert faults == []
