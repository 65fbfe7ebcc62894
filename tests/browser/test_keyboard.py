"""The keyboard alone is enough: every stop is reached, seen, used and left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.steps import BEST
from tests.conftest import Member
from tests.learning.conftest import GOOD_PATH, Learner

pytestmark = pytest.mark.browser

Opened = Callable[..., Page]

STOP = """() => {
    const at = document.activeElement;
    if (at === document.body) return null;
    const shown = at.closest(".option") ?? at;
    const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
    const first = shown.getClientRects()[0] ?? box, across = [first.left + 3, (first.left + first.right) / 2, first.right - 3];
    const points = across.flatMap(x => [first.top + 3, (first.top + first.bottom) / 2, first.bottom - 3].map(y => [x, y]));
    const uncovered = ([x, y]) => (over => over && (shown.contains(over) || over.contains(shown)))(document.elementFromPoint(x, y));
    const label = at.labels?.length ? at.labels[0].textContent : at.getAttribute("aria-label") ?? at.textContent;
    return {
        name: label.trim().replace(/\\s+/g, " "),
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && points.some(uncovered),
    };
}"""


class Keys:
    """Somebody who has a keyboard and nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab(self, key: str = "Tab") -> str | None:
        """Go one stop on; its name, or None past the last one. The stop must be visible, and visibly focused."""
        self.page.keyboard.press(key)
        stop = self.page.evaluate(STOP)
        if stop is None:
            return None
        assert stop["ring"], f"no ring around {stop['name']!r}"
        assert stop["seen"], f"{stop['name']!r} is out of sight"
        return str(stop["name"])

    def tab_to(self, name: str, key: str = "Tab") -> None:
        passed = []
        for _ in range(60):
            passed.append(self.tab(key))
            if passed[-1] and passed[-1].startswith(name):
                return
        raise AssertionError(f"no stop is named {name!r}: {passed}")

    def press(self, name: str) -> None:
        self.tab_to(name)
        self.page.keyboard.press("Enter")

    def until(self, key: str, name: str) -> None:
        """Press an arrow until this radio button is chosen."""
        for _ in range(8):
            if self.page.evaluate(STOP)["name"] == name:
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"no arrow leads to {name!r}")


def heading(page: Page, text: str) -> None:
    """Wait for the page that has this heading, with its looks and scripts."""
    expect(page.get_by_role("heading", name=text).first).to_be_visible()
    page.wait_for_load_state()


def test_a_scenario_from_the_course_page_to_its_result(opened: Opened, app: Flask, course: str, tess: Member):
    Learner(app, tess).enrol()
    page = opened("/courses/sample", tess)
    keys = Keys(page)
    keys.press("Begin: Every kind of question")
    heading(page, "Every kind of question")
    keys.press("Begin")

    for (question, best), control in zip(BEST, ("radio", "checkbox", "radio", "select", "textarea"), strict=True):
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
        elif control == "select":
            keys.tab_to(page.locator(".order-item label").first.inner_text())
            for place, option in enumerate(best, 1):
                while page.evaluate(STOP)["name"] != option:
                    keys.tab()
                page.keyboard.type(str(place))
                expect(page.get_by_label(option, exact=True)).to_have_value(str(place))
        else:
            keys.tab_to("Your answer: ")
            page.keyboard.type("Five words are enough here.")
        keys.press("Hand in and go on" if control == "textarea" else "Decide")
        expect(page.locator("#feedback")).to_be_visible()
        page.wait_for_load_state()
        keys.press("See the result" if control == "textarea" else "Go on")
    heading(page, "Your result")
    expect(page.locator(".outcome-score")).to_have_text("100% Passed")
    keys.press("What do you do first?")
    expect(page.get_by_text("KEYMARK-best")).to_be_visible()


def test_ordering_by_the_move_buttons(opened: Opened, app: Flask, course: str, tess: Member):
    page = opened(f"/attempts/{at_question(app, tess, 'order')}", tess)
    keys = Keys(page)
    last = page.locator(".order-item label").last.inner_text()

    keys.tab_to(f"Move up: {last}")
    page.keyboard.press("Space")
    expect(page.locator(":focus")).to_have_attribute("aria-label", f"Move up: {last}")
    page.keyboard.press("Enter")

    assert page.locator(".order-item label").first.inner_text() == last
    expect(page.locator("[data-order-said]")).to_have_text(f"{last}: now 1 of 3")
    expect(page.locator(":focus")).to_have_attribute("aria-label", f"Move down: {last}")
    keys.press("Decide")
    expect(page.locator("#feedback")).to_be_visible()


@pytest.mark.parametrize("question", ["first", "risks", "order", "note"])
def test_nothing_traps_and_every_stop_comes_once(opened: Opened, app: Flask, course: str, tess: Member, question: str):
    page = opened(f"/attempts/{at_question(app, tess, question)}", tess, width=390)
    keys = Keys(page)
    assert keys.tab() == "Skip to the content"
    stops = ["Skip to the content"]
    while stops[-1] != "Check a certificate":
        stops.append(keys.tab() or "")
        assert len(stops) < 40, stops
    assert len(set(stops)) == len(stops), stops

    back = [stops[-1], *(keys.tab("Shift+Tab") for _ in stops[1:])]
    assert len(back) == len(stops)
    assert back[-1] == "Skip to the content"


def test_the_first_stop_leads_past_the_navigation(opened: Opened, course: str, tess: Member):
    page = opened("/courses/sample", tess)
    keys = Keys(page)

    keys.press("Skip to the content")

    assert keys.tab() == "Courses"
    assert page.locator(":focus").evaluate("each => each.closest('main') !== null")


def test_the_menu_of_a_phone(opened: Opened, course: str, tess: Member):
    page = opened("/courses", tess, width=390)
    keys = Keys(page)
    keys.press("Menu")
    keys.tab_to("Account")

    page.keyboard.press("Escape")

    expect(page.locator("#site-menu")).to_be_hidden()
    expect(page.locator(":focus")).to_have_text("Menu")


def test_a_refused_form_leads_to_its_errors_and_they_to_the_fields(opened: Opened):
    page = opened("/account/sign-up")
    keys = Keys(page)
    keys.tab_to("The same password again")
    keys.press("Create account")
    expect(page.locator(".errors")).to_be_focused()

    keys.press("Write your e-mail address.")

    expect(page.get_by_label("E-mail address")).to_be_focused()


def test_a_refused_answer_leads_to_its_error(opened: Opened, app: Flask, course: str, tess: Member):
    page = opened(f"/attempts/{at_question(app, tess, 'risks')}", tess, width=390)
    keys = Keys(page)

    keys.press("Decide")

    expect(page.locator(".field-error")).to_be_focused()
    expect(page.locator(".field-error")).to_be_in_viewport()
    assert keys.tab() == page.locator("label.option").first.inner_text().strip()


def test_a_choice_that_was_not_made_is_asked_for_on_the_spot(opened: Opened, app: Flask, course: str, tess: Member):
    page = opened(f"/attempts/{at_question(app, tess, 'first')}", tess)

    Keys(page).press("Decide")

    expect(page.locator(".option input").first).to_be_focused()


def at_question(app: Flask, person: Member, question: str) -> str:
    """An attempt that waits at this question of the sample course; its id."""
    learner = Learner(app, person)
    learner.enrol()
    attempt = learner.begin()
    for each, given in GOOD_PATH:
        if each == question:
            break
        learner.answer(attempt, each, given)
    return str(attempt.id)
