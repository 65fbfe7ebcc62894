"""Whole journeys with a keyboard and nothing else: learner, supervisor, administrators. Every stop is seen, and nothing lies over it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from ceapp.accounts import passwords
from ceapp.certificates.provider import set_provider_facts
from tests.browser.steps import BEST
from tests.browser.test_keyboard import STOP, Keys, heading
from tests.certificates.conftest import provider_input
from tests.conftest import NOW, PASSWORD, Agency, Member
from tests.harness.assignments import assign, hand_in
from tests.supervision.working import RISKY_PATH, Trainee

pytestmark = pytest.mark.browser

Opened = Callable[..., Page]


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    """A public address, so that certificates can be issued."""
    return {"base_url": "http://ce.example.org", "allow_plain_http": True}


@pytest.fixture
def supervised(supervise: Callable[..., UUID], agency: Agency, sam: Member, tess: Member, omar: Member, course: str) -> Agency:
    for trainee in (tess, omar):
        supervise(agency, sam, trainee)
    return agency


def type_into(keys: Keys, label: str, text: str) -> None:
    keys.tab_to(label)
    keys.page.keyboard.type(text)


def answer(keys: Keys, question: str, best: list[str], control: str) -> None:
    """Answer this question in its best way."""
    page = keys.page
    heading(page, question)
    if control == "radio":
        keys.tab_to(page.locator("label.option").first.inner_text().strip())
        keys.until("ArrowDown", best[0])
        page.keyboard.press("Space")
    elif control == "checkbox":
        for option in page.locator("label.option").all_inner_texts():
            keys.tab_to(option.strip())
            if option.strip() in best:
                page.keyboard.press("Space")
    elif control == "order":
        for place, option in enumerate(best, 1):
            while (now := page.locator(".order-item label").all_inner_texts().index(option) + 1) > place:
                keys.tab_to(f"Move up: {option}", "Shift+Tab" if page.evaluate(STOP) and _is_past(page, option) else "Tab")
                page.keyboard.press("Enter")
                expect(page.locator("[data-order-said]")).to_have_text(f"{option}: now {now - 1} of {len(best)}")
    else:
        type_into(keys, "Your answer: ", "Five words are enough here.")


def _is_past(page: Page, option: str) -> bool:
    """Whether the focus is behind the button that moves this option up."""
    after = "(it, name) => Boolean(document.querySelector(`[aria-label='Move up: ${name}']`).compareDocumentPosition(it) & 4)"
    return bool(page.evaluate(f"name => ({after})(document.activeElement, name)", option))


def test_a_learner_from_signing_in_to_the_certificate(
    opened: Opened, app: Flask, course: str, make_person: Callable[..., Member], ada: Member
):
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    make_person("tess@example.org", "Tess Adeyemi", password_hash=passwords.hash_password(PASSWORD), email_confirmed_at=NOW)
    page = opened("/")
    keys = Keys(page)
    keys.press("Sign in")
    heading(page, "Sign in")
    type_into(keys, "E-mail address", "tess@example.org")
    type_into(keys, "Password", PASSWORD)
    keys.press("Sign in")
    page.wait_for_url("**/")
    keys.press("Courses")
    heading(page, "Courses")
    keys.press("A sample course")
    heading(page, "A sample course")
    keys.press("Enrol")
    expect(page.get_by_role("link", name="Begin: Every kind of question", exact=True).last).to_be_visible()
    page.wait_for_load_state()
    keys.press("Begin: Every kind of question")
    heading(page, "Every kind of question")
    keys.press("Begin")

    for (question, best), control in zip(BEST, ("radio", "checkbox", "radio", "order", "text"), strict=True):
        answer(keys, question, best, control)
        keys.press("Hand in and go on" if control == "text" else "Decide")
        expect(page.locator("#feedback")).to_be_in_viewport()
        page.wait_for_load_state()
        keys.press("See the result" if control == "text" else "Go on")
    heading(page, "Your result")
    expect(page.locator(".outcome-score")).to_have_text("100% Passed")
    keys.press("Begin: A short one")
    heading(page, "A short one")
    keys.press("Begin")
    answer(keys, "What now?", ["Ask who is in it."], "radio")
    keys.press("Decide")
    expect(page.locator("#feedback")).to_be_in_viewport()
    page.wait_for_load_state()
    keys.press("See the result")
    heading(page, "Your result")
    keys.press("Open your certificate")
    heading(page, "Certificate")

    expect(page.locator(".certificate-name")).to_have_text("Tess Adeyemi")
    with page.expect_download():
        keys.press("PDF, letter paper")


def test_a_supervisor_from_assigning_to_signing_off(
    opened: Opened, app: Flask, supervised: Agency, sam: Member, tess: Member, omar: Member, course: str
):
    given = assign(app, supervised, sam, [tess, omar], course, ["every-kind"], now=datetime.now(UTC), title="First weeks")
    Trainee(app, supervised, tess).work_through(given.task(tess), RISKY_PATH, text="Five words are enough here.", now=datetime.now(UTC))
    page = opened("/", sam)
    keys = Keys(page)
    keys.press("Supervision")
    heading(page, "Progress")
    keys.press("Assign")
    heading(page, "Assign")
    keys.tab_to("Scenarios that I choose")
    page.keyboard.press("Space")
    keys.tab_to("A short one")
    page.keyboard.press("Space")
    keys.tab_to("Tess Adeyemi")
    page.keyboard.press("Space")
    keys.press("See what each person gets")
    heading(page, "What each person gets")
    keys.press("Assign to 1 person")
    heading(page, "A short one")
    keys.press("Progress")
    heading(page, "Progress")
    keys.tab_to("Tess Adeyemi")
    page.keyboard.press("Enter")
    heading(page, "Tess Adeyemi")
    keys.press("Every kind")
    heading(page, "Every kind: Tess Adeyemi")
    keys.press("Sign off")
    heading(page, "Sign off")
    keys.press("Sign off")

    page.wait_for_url(f"**/{given.task(tess)}")
    expect(page.locator("main")).to_contain_text("Sam Okafor")


def test_administrators_invite_find_people_and_look_at_the_server(opened: Opened, agency: Agency, ines: Member, ada: Member, course: str):
    page = opened("/", ines)
    keys = Keys(page)
    keys.press("Supervision")
    heading(page, "Harbour Clinic")
    keys.press("Invitations")
    heading(page, "Invitations")
    keys.press("Invite")
    heading(page, "Invite")
    keys.press("Invite")
    expect(page.locator(".errors")).to_be_focused()
    keys.tab()
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.keyboard.type("new@example.org")
    keys.tab_to("Trainee")
    page.keyboard.press("Space")
    keys.press("Invite")
    expect(page.locator("main")).to_contain_text("new@example.org")
    page.context.close()

    page = opened("/", ada)
    keys = Keys(page)
    keys.press("Administration")
    heading(page, "People")
    keys.tab_to("E-mail address, name or id")
    page.keyboard.type("tess")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=tess**")
    keys.press("Tess Adeyemi")
    heading(page, "Tess Adeyemi")
    keys.press("Operating")
    heading(page, "Operating")
    keys.press("Have the doctor look now")
    expect(page.locator("main")).to_contain_text("The doctor looked")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (640, 450), (320, 225)], ids=["phone", "zoomed to 200 %", "zoomed to 400 %"])
def test_no_stop_of_the_heat_map_hides(
    opened: Opened, app: Flask, supervised: Agency, sam: Member, tess: Member, omar: Member, course: str, width: int, height: int
):
    """There and back, also under the column that stays while the others scroll."""
    for week in range(1, 4):
        given = assign(
            app, supervised, sam, [tess, omar], course, ["every-kind", "short", "extra"], now=datetime.now(UTC) - timedelta(days=week)
        )
        hand_in(app, supervised, tess, given.task(tess, "short"), "sample", "short", passed=True, now=datetime.now(UTC))
    page = opened("/organisations/harbour/progress", sam)
    page.set_viewport_size({"width": width, "height": height})
    keys, stops = Keys(page), 0
    while keys.tab() is not None:
        stops += 1
    assert stops > 25

    for _ in range(stops):
        assert keys.tab("Shift+Tab") is not None


def test_a_stop_that_something_lies_over_is_noticed(opened: Opened, course: str):
    """The control of all these: the same keys find a stop that is covered, one without a ring, and one that is out of sight."""
    page = opened("/courses")
    for style, complaint in (
        (
            "main { position: relative } main::after { content: ''; position: absolute; inset: -9rem; background: #fff; z-index: 9 }",
            "out of sight",
        ),
        ("main a { position: fixed; left: -90rem }", "out of sight"),
        ("main a:focus-visible { outline: none }", "no ring"),
    ):
        page.reload()
        page.evaluate("css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }", style)
        with pytest.raises(AssertionError, match=complaint):
            Keys(page).tab_to("A sample course")
