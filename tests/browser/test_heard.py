"""What a screen reader is given of the pages that matter most: a table of roles and names, read from Chromium's accessibility tree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from ceapp.clock import now
from ceapp.supervision.days import days_late
from tests.browser.looking import tree_of
from tests.browser.test_keyboard import at_question
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign
from tests.learning.conftest import Learner
from tests.supervision.working import RISKY_PATH, Trainee

pytestmark = pytest.mark.browser

Heard = Callable[..., list[tuple[str, str]]]
LATE = date(2026, 11, 12)


@pytest.fixture
def heard(device: Callable[..., BrowserContext]) -> Heard:
    """Roles and names of a page in the order in which they are read: `heard("/courses", tess)`."""

    def read(address: str, person: Member | None = None, *, doing: Callable[[Page], object] = lambda _page: None) -> list[tuple[str, str]]:
        page = device(person).new_page()
        page.goto(address)
        doing(page)
        return [(node["role"], node["name"]) for node in tree_of(page.context.new_cdp_session(page))]

    return read


def in_order(found: list[tuple[str, str]], *expected: tuple[str, str]) -> None:
    """All of these are read, one after the other, perhaps with others between them."""
    left = iter(found)
    for each in expected:
        assert each in left, f"{each} is not read, or too early: {found}"


def test_the_frame_of_every_page(heard: Heard, course: str, tess: Member):
    in_order(
        heard("/courses", tess),
        ("link", "Skip to the content"),
        ("banner", ""),
        ("navigation", "Main"),
        ("link", "Home"),
        ("link", "Account"),
        ("button", "Sign out"),
        ("main", ""),
        ("heading", "Courses"),
        ("link", "A sample course"),
        ("contentinfo", ""),
        ("link", "Help"),
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("first", [("group", "What do you do first?"), ("radio", "Raise it at the next session."), ("button", "Decide")]),
        ("risks", [("group", "Which risks do you name?"), ("checkbox", "Others may see the message."), ("button", "Decide")]),
        ("order", [("group", "In which order?"), ("combobox", "Consult the code."), ("button", "Move up: Consult the code.")]),
        ("order", [("combobox", "Write the note."), ("button", "Move down: Write the note."), ("status", ""), ("button", "Decide")]),
        ("note", [("textbox", "Your answer: What would you write?"), ("status", ""), ("button", "Hand in and go on")]),
    ],
)
def test_every_kind_of_question(heard: Heard, app: Flask, course: str, tess: Member, question: str, expected: list[tuple[str, str]]):
    found = heard(f"/attempts/{at_question(app, tess, question)}", tess)

    if question == "order":  # They come in an order that differs from attempt to attempt.
        assert all(each in found for each in expected)
    else:
        in_order(found, *expected)


def test_each_question_says_where_one_is(heard: Heard, app: Flask, course: str, tess: Member):
    found = heard(f"/attempts/{at_question(app, tess, 'needed')}", tess)

    assert ("navigation", "Your path") in found
    assert any(role == "heading" for role, _ in found)


def test_verdicts_are_words_and_not_only_colours(heard: Heard, app: Flask, course: str, tess: Member):
    learner = Learner(app, tess)
    learner.enrol()
    attempt = learner.begin()
    learner.answer(attempt, "first", ("wait",))
    words = " ".join(name for role, name in heard(f"/attempts/{attempt.id}/1", tess) if role == "StaticText")

    assert "You chose" in words
    assert "Risky" in words
    assert "Best" in words


def test_the_path_is_read_as_a_list_with_what_is_in_the_picture(heard: Heard, app: Flask, course: str, tess: Member):
    learner = Learner(app, tess)
    learner.enrol()
    attempt = learner.begin()
    learner.work_through(attempt)
    found = heard(f"/attempts/{attempt.id}/result", tess)
    words = [name for role, name in found if role == "StaticText"]

    in_order(found, ("region", "The path you took"), ("heading", "The path you took"), ("StaticText", "Every kind of question"))
    assert "not on your path" in words
    assert any(each.lstrip(". ").startswith("Leads to: ") for each in words)
    assert not any(role in ("image", "img", "graphics-document") for role, _ in found)


@pytest.fixture
def late(app: Flask, agency: Agency, supervise: Callable[..., Any], course: str, sam: Member, tess: Member, omar: Member) -> UUID:
    """The task of Tess, handed in late; Omar has not begun. Sam supervises both."""
    for each in (tess, omar):
        supervise(agency, sam, each)
    given = assign(app, agency, sam, [tess, omar], course, ["every-kind"], now=NOW - timedelta(days=14), due_on=LATE, title="First weeks")
    Trainee(app, agency, tess).work_through(given.task(tess), RISKY_PATH, text="Five words are enough here.")
    return given.task(tess)


def test_the_heat_map_is_a_table_whose_cells_say_how_it_stands(heard: Heard, late: UUID, sam: Member):
    found = heard("/organisations/harbour/progress?show=scores", sam)

    in_order(
        found,
        ("table", "Progress: a line for each trainee, a column for each scenario"),
        ("columnheader", "Trainee"),
        ("columnheader", "Every kind due 12 November 2026"),
        ("rowheader", "Omar Demir"),
        ("link", "Not begun"),
        ("StaticText", f"{days_late(LATE, 'America/Toronto', now())} days late"),
        ("rowheader", "Tess Adeyemi"),
        ("link", "Handed in"),
        ("StaticText", "8 days late"),
        ("StaticText", "Risky"),
        ("StaticText", "34%"),
    )


def test_the_work_of_a_trainee(heard: Heard, late: UUID, sam: Member, tess: Member):
    in_order(
        heard(f"/organisations/harbour/trainees/{tess.id}/{late}", sam),
        ("navigation", "Harbour Clinic"),
        ("navigation", "You are here"),
        ("heading", "Every kind: Tess Adeyemi"),
        ("heading", "Attempts"),
        ("heading", "What do you do first?"),
        ("StaticText", "Tess Adeyemi"),
        ("button", "Read it"),
        ("link", "Sign off"),
    )


def test_a_refused_form_is_told_at_once_and_at_its_fields(device: Callable[..., BrowserContext], app: Flask):
    page = device().new_page()
    page.goto("/account/sign-up")
    page.evaluate("document.forms[0].noValidate = true")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator(".errors")).to_be_focused()
    nodes = tree_of(page.context.new_cdp_session(page))
    (alert,) = [node for node in nodes if node["role"] == "alert"]
    (field,) = [node for node in nodes if (node["role"], node["name"]) == ("textbox", "E-mail address")]

    assert alert["name"]
    assert alert["inside"]["link"] >= 2
    assert field["invalid"] == "true"
    assert page.get_by_label("E-mail address").evaluate(
        "it => document.getElementById(it.getAttribute('aria-describedby').split(' ').at(-1)).innerText"
    )


@pytest.mark.parametrize(("question", "spoken"), [("note", "[data-draft-said]"), ("order", "[data-order-said]")])
def test_the_states_of_drafts_and_of_an_order_are_live(
    device: Callable[..., BrowserContext], app: Flask, course: str, tess: Member, question: str, spoken: str
):
    page = device(tess).new_page()
    page.goto(f"/attempts/{at_question(app, tess, question)}")

    assert page.locator(spoken).get_attribute("role") == "status"
    assert page.locator(spoken).evaluate("it => it.checkVisibility()"), "what is not rendered is not spoken"


def test_the_operators_page(heard: Heard, ada: Member):
    found = heard("/operating", ada, doing=lambda page: page.reload())

    in_order(found, ("navigation", "Administration"), ("heading", "Operating"), ("heading", "Installation"), ("heading", "Database"))
    in_order(found, ("heading", "The doctor"), ("button", "Have the doctor look now"), ("table", "Slowest requests"))


def test_an_order_that_is_wrong_is_noticed():
    with pytest.raises(AssertionError, match="not read"):
        in_order([("link", "b"), ("link", "a")], ("link", "a"), ("link", "b"))
