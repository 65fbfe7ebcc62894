"""Closing cases: after the scenarios, form by form, and no key until they are passed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from ceapp.catalogue.models import ScenarioRevision
from ceapp.database import db
from ceapp.errors import Missing, Refused
from ceapp.learning import grants, starting
from ceapp.learning.models import Attempt, Completion, CompletionRequirement
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.harness.pages import Page
from tests.learning.conftest import Learner
from tests.learning.test_no_key_leaves import bytes_of
from tests.learning.test_pages import value_of

SHORT = (("now", ("ask",)),)
WRONG_IN_A, RIGHT_IN_B = (("case", ("wait",)),), (("case", ("ask",)),)


@pytest.fixture
def closing(library: Library) -> str:
    library.add_closing_cases()
    report = library.publish()
    assert not report.problems, [str(problem) for problem in report.problems]
    return report.slug


@pytest.fixture
def at_the_end(closing: str, learner: Learner) -> Learner:
    """Somebody who has passed every required scenario."""
    learner.enrol()
    learner.work_through(learner.begin())
    learner.work_through(learner.begin("short"), SHORT)
    return learner


def form_of(app: Flask, attempt: Attempt) -> str:
    with app.app_context():
        return db.session.get_one(ScenarioRevision, attempt.scenario_revision_id).slug


def completed(app: Flask) -> dict[str, UUID]:
    """What the completion rests on; nothing while there is none."""
    with app.app_context():
        return {row.scenario_slug: row.attempt_id for row in db.session.scalars(select(CompletionRequirement))}


@pytest.mark.both_databases
def test_they_open_after_the_last_scenario_and_complete_the_course(app: Flask, closing: str, learner: Learner) -> None:
    learner.enrol()
    learner.work_through(learner.begin())
    with pytest.raises(Refused, match="open when every required scenario is passed"):
        learner.begin("closing-a")
    assert not learner.work_through(learner.begin("short"), SHORT).completed
    last = learner.begin("closing-a")
    assert form_of(app, last) == "closing-a"
    assert learner.work_through(last, (("case", ("tell",)),)).completed
    assert set(completed(app)) == {"every-kind", "short", "closing-a"}


@pytest.mark.both_databases
def test_each_attempt_gets_the_other_form_and_the_last_is_the_last(app: Flask, at_the_end: Learner, ada: Member) -> None:
    first = at_the_end.begin("closing-a")
    receipt = at_the_end.work_through(first, WRONG_IN_A)
    assert (receipt.closed, receipt.completed, receipt.is_withheld) == (True, False, True)
    second = at_the_end.begin("closing-a")
    assert (form_of(app, second), second.number, second.allowed) == ("closing-b", 2, 2)
    at_the_end.work_through(second, (("case", ("guess",)),))
    with pytest.raises(Refused, match="All attempts"):
        at_the_end.begin("closing-a")
    with app.app_context():
        request = grants.ask(at_the_end.person.id, "sample", "closing-a", now=NOW)
        grants.grant_request(request.id, "The line failed.", actor=ada.id, form_key="g" * 24, now=NOW)
    third = at_the_end.begin("closing-a")
    assert (form_of(app, third), third.number) == ("closing-a", 3)
    assert at_the_end.work_through(third, (("case", ("tell",)),)).completed
    assert completed(app)["closing-a"] == third.id


def test_they_are_nothing_to_practise(at_the_end: Learner) -> None:
    with pytest.raises(Missing):
        at_the_end.begin("closing-a", purpose="practice")


def test_who_moves_to_a_text_without_them_is_complete(app: Flask, at_the_end: Learner, library: Library) -> None:
    library.edit("sample/course.md", "\nclosing: {forms: [closing-a, closing-b], attempts: 2}", "")
    for form in ("closing-a", "closing-b"):
        (library.root / "sample" / f"{form}.md").unlink()
    assert not library.publish().problems
    with app.app_context():
        starting.move_to_current(at_the_end.person.id, "sample", now=NOW)
        assert db.session.scalars(select(Completion)).one()


def assert_withheld(page: Page) -> None:
    assert "KEYMARK" not in bytes_of(page)
    assert not page.select("//main//*[contains(@class, 'verdict')]")


def test_b1_no_page_has_the_key_before_they_are_passed(visit: Callable[..., Page], at_the_end: Learner, tess: Member) -> None:
    page = visit("/courses/sample", person=tess)
    assert "What they are" not in page.text
    page = page.follow("Begin: Closing cases")
    assert "Attempt 1 of 2" in page.text
    assert "Practise" not in page.text
    page = page.submit("Begin")
    assert_withheld(page)
    assert "Your answer is saved at once, and it stands." in page.text
    page = page.submit("Decide", given=value_of(page, "To wait"))
    assert page.h1.startswith("Your result")
    assert_withheld(page)
    for text in ("Not passed yet", "1 case did not get full credit", "What is right in A?", "To wait", "The next attempt has other cases."):
        assert text in page.text
    assert "To tell" not in page.text
    step = visit(page.address.replace("/result", "/1"), person=tess)
    assert_withheld(step)
    assert "To wait" in step.text
    page = page.submit("Try again")
    assert "What is right in B?" in page.text
    assert_withheld(page)
    page = page.submit("Decide", given=value_of(page, "To ask"))
    for text in ("Passed", "KEYMARK-ask", "KEYMARK-guess", "Open the specimen"):
        assert text in page.text


def test_their_second_form_leads_to_their_page(visit: Callable[..., Page], at_the_end: Learner, tess: Member) -> None:
    assert visit("/courses/sample/closing-b", person=tess, status=301).response.headers["Location"].endswith("/courses/sample/closing-a")


def test_before_their_turn_the_page_says_when_they_open(visit: Callable[..., Page], closing: str, learner: Learner, tess: Member) -> None:
    learner.enrol()
    page = visit("/courses/sample", person=tess)
    assert "after the last scenario" in page.text
    assert "They open when every required scenario is passed." in page.follow("What they are: Closing cases").text
