"""With JavaScript switched off everything still works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from ceapp.certificates.provider import set_provider_facts
from tests.browser.steps import BEST, choose, fill_password, follow, press
from tests.certificates.conftest import provider_input
from tests.conftest import NOW, PASSWORD, Agency, Member
from tests.harness.assignments import assign
from tests.learning.conftest import Learner
from tests.supervision.working import RISKY_PATH, Trainee

pytestmark = pytest.mark.browser

EMAIL = "noor@example.org"


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    """A public address, so that certificates can be issued."""
    return {"base_url": "http://ce.example.org", "allow_plain_http": True}


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


def test_a_certificate_without_scripts(opened: Callable[..., Page], app: Flask, course: str, tess: Member, ada: Member):
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    learner = Learner(app, tess)
    learner.enrol()
    learner.work_through(learner.begin())
    page = opened("/courses/sample", tess, width=390, java_script_enabled=False)
    follow(page, "Begin: A short one")
    press(page, "Begin")
    choose(page, "What now?", ["Ask who is in it."])
    press(page, "Decide")
    follow(page, "See the result")
    follow(page, "Open your certificate")
    with page.expect_download():
        follow(page, "PDF, letter paper")

    code = page.locator("dd.certificate-code").inner_text()
    page.goto("/verify")
    page.get_by_label("The code on the certificate").fill(code)
    press(page, "Check")
    expect(page.locator("h1")).to_have_text("This certificate is valid")


def test_a_supervisor_without_scripts(
    opened: Callable[..., Page], app: Flask, agency: Agency, supervise: Callable[..., Any], course: str, sam: Member, tess: Member
):
    supervise(agency, sam, tess)
    now = datetime.now(UTC)
    given = assign(app, agency, sam, [tess], course, ["every-kind"], now=now, title="First weeks")
    Trainee(app, agency, tess).work_through(given.task(tess), RISKY_PATH, text="Five words are enough here.", now=now)
    page = opened("/supervision", sam, width=390, java_script_enabled=False)
    page.get_by_label("Scores of first attempts").check()
    press(page, "Show")
    expect(page.locator("tbody")).to_contain_text("34%")
    page.locator("tbody").get_by_role("link", name="Handed in").click()
    press(page, "Read it")
    expect(page.locator(".reflection-read")).to_have_text("Five words are enough here.")
    page.go_back()
    follow(page, "Sign off")
    page.get_by_role("textbox").fill("We spoke about it.")
    press(page, "Sign off")

    expect(page.locator("main")).to_contain_text("We spoke about it.")
    page.goto("/organisations/harbour/signed-off")
    expect(page.locator("main")).to_contain_text("Tess Adeyemi")


def test_administrators_without_scripts(opened: Callable[..., Page], agency: Agency, ines: Member, ada: Member, tess: Member, course: str):
    page = opened("/organisations/harbour/invitations/new", ines, width=390, java_script_enabled=False)
    page.get_by_label("E-mail address").fill("new@example.org")
    page.get_by_role("checkbox").first.check()
    press(page, "Invite")
    expect(page.locator("main")).to_contain_text("new@example.org")
    page.goto("/organisations/harbour/groups")
    page.get_by_label("Name").fill("First years")
    page.locator("form.card, main form").filter(has=page.get_by_label("Name")).get_by_role("button").click()
    expect(page.locator("h1")).to_have_text("First years")
    page.get_by_role("checkbox", name="Tess Adeyemi").check()
    press(page, "Add the ticked")
    expect(page.locator("main")).to_contain_text("1 trainee")

    page = opened("/people", ada, width=390, java_script_enabled=False)
    page.get_by_role("searchbox").fill("tess")
    press(page, "Find")
    follow(page, "Tess Adeyemi")
    follow(page, "Suspend")
    press(page, "Suspend")
    expect(page.locator("main")).to_contain_text("The account is suspended.")
    page.goto("/operating")
    press(page, "Have the doctor look now")
    expect(page.locator("main")).to_contain_text("The doctor looked")
