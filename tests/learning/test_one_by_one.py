"""An ordering question answered by single choices: the same answer, the same score, on every page that asks one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from ceapp.database import db
from ceapp.learning.models import Answer
from ceapp.learning.one_by_one import one_by_one
from ceapp.scenarios.learner import LearnerOption, LearnerQuestion
from ceapp.scenarios.values import Kind
from tests.conftest import Member
from tests.harness.pages import Page
from tests.learning.test_pages import begin, value_of

Visit = Callable[..., Page]
RIGHT = ("Consult the", "Talk with", "Write the note")


def question(*ids: str) -> LearnerQuestion:
    return LearnerQuestion("order", "Put them in order", Kind.ORDER, (), (), tuple(LearnerOption(each, each) for each in ids), 0, 0)


@pytest.mark.parametrize(
    ("wanted", "picked", "left", "before_last"),
    [
        ("", "", "abcd", ""),
        ("c", "c", "abd", ""),
        ("cb", "cb", "ad", "c"),
        ("cba", "cbad", "", "cb"),
        ("cbad", "cbad", "", "cb"),
        ("ccxb", "cb", "ad", "c"),
    ],
)
def test_what_was_picked_and_what_is_left(wanted: str, picked: str, left: str, before_last: str) -> None:
    found = one_by_one(question(*"abcd"), wanted)
    assert ("".join(each.id for each in found.picked), "".join(each.id for each in found.left)) == (picked, left)
    assert "".join(found.before_last) == before_last
    assert found.is_whole is (not left)


def to_order(visit: Visit, person: Member) -> Page:
    page = begin(visit, person)
    page = page.submit("Decide", given=value_of(page, "Raise it at the next session")).follow("Go on: The session")
    page = page.submit("Decide", given=[value_of(page, "Others may see"), value_of(page, "Roles may blur")]).follow("Go on")
    return page.submit("Decide", given=value_of(page, "Yes, a short one")).follow("Go on")


def choose(page: Page, *texts: str) -> Page:
    page = page.follow("Rather choose one after the other")
    for text in texts:
        page = page.submit("This one", status=200, given=value_of(page, text))
    return page


@pytest.mark.both_databases
def test_it_is_the_same_answer_as_by_places(app: Flask, visit: Visit, course: str, tess: Member, omar: Member) -> None:
    feedback = []
    page = to_order(visit, tess)
    feedback.append(choose(page, *RIGHT[:2]).submit("Decide"))
    page = to_order(visit, omar)
    places = {f"place-{value_of(page, text)}": str(place) for place, text in enumerate(RIGHT, 1)}
    feedback.append(page.submit("Decide", **places))
    assert feedback[0].text.partition("Your order")[2] == feedback[1].text.partition("Your order")[2]
    with app.app_context():
        given = list(db.session.scalars(select(Answer.given).where(Answer.question_id == "order")))
        assert given == [["consult", "talk", "write"]] * 2


def test_each_choice_can_be_taken_back_and_nothing_is_stored_before_the_answer(app: Flask, visit: Visit, course: str, tess: Member) -> None:
    page = choose(to_order(visit, tess), "Write the note")
    assert "number 2 of 3" in page.text
    page = page.follow("Take the last choice back")
    assert "Which comes first?" in page.text
    page = page.submit("This one", status=200, given=value_of(page, "Talk with")).submit("This one", status=200, given="nonsense")
    assert "number 2 of 3" in page.text
    assert page.follow("Put them in order instead").select("//select")
    with app.app_context():
        assert db.session.scalars(select(Answer.id).where(Answer.question_id == "order")).first() is None
    whole = page.submit("This one", status=200, given=value_of(page, "Write the note"))
    whole.submit("Decide")
    with app.app_context():
        assert db.session.scalars(select(Answer.given).where(Answer.question_id == "order")).one() == ["talk", "write", "consult"]


def test_the_moment_when_the_question_was_first_shown_goes_along(visit: Visit, course: str, tess: Member) -> None:
    page = to_order(visit, tess)
    shown = page.form("/attempts").values("shown")
    assert choose(page, *RIGHT[:2]).form("/attempts").values("shown") == shown
    forged = visit(f"{page.address.partition('?')[0]}?by=one&shown=forged", person=tess)
    assert forged.form("/attempts").values("shown") != ["forged"]


def test_no_key_is_in_any_of_its_pages(visit: Visit, course: str, tess: Member) -> None:
    page = to_order(visit, tess).follow("Rather choose one after the other")
    for text in RIGHT[:2]:
        assert "KEYMARK" not in page.html
        page = page.submit("This one", status=200, given=value_of(page, text))
    assert "KEYMARK" not in page.html
