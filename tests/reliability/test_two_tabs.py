"""B11, E7: two tabs at one question that asks for a text. One text stands; the other is given back, never silently dropped."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from ceapp.learning import reflections
from tests.conftest import NOW, Member
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import GOOD_PATH, Learner

FIRST, SECOND = "The first text has five words.", "Another text,\r\ntyped in the second tab."


@pytest.fixture
def tabs(app: Flask, course: str, tess: Member, browser_of: Callable[[Member], Visitor]) -> list[Page]:
    """The question that asks for a text, opened twice."""
    learner = Learner(app, tess)
    learner.enrol()
    attempt = learner.begin()
    learner.work_through(attempt, GOOD_PATH[:-1])
    return [browser_of(tess).get(f"/attempts/{attempt.id}/5") for _ in range(2)]


def test_another_text_from_a_second_tab_is_given_back(tabs: list[Page]) -> None:
    stored = tabs[0].submit("Hand in and go on", text=FIRST)
    refused = tabs[1].submit("Hand in and go on", text=SECOND, status=409)
    assert "that one stands" in refused.text
    assert refused.form().values("text") == [SECOND.replace("\r\n", "\n")]
    assert FIRST in stored.visitor.get(stored.address).text


def test_another_text_under_the_same_key_is_given_back(tabs: list[Page]) -> None:
    """The Back button shows the form as it was, key and all."""
    tabs[0].submit("Hand in and go on", text=FIRST)
    refused = tabs[0].submit("Hand in and go on", text=SECOND, status=409)
    assert refused.form().values("text") == [SECOND.replace("\r\n", "\n")]


def test_the_same_text_again_is_no_trouble(tabs: list[Page]) -> None:
    for tab in (tabs[0], tabs[0], tabs[1]):
        assert FIRST in tab.submit("Hand in and go on", text=FIRST).text
    assert "That first answer stands" in tabs[1].submit("Hand in and go on", text="").text


def test_a_draft_that_comes_after_the_answer_is_given_back(tabs: list[Page]) -> None:
    tabs[0].submit("Hand in and go on", text=FIRST)
    refused = tabs[1].submit("Save draft", text=SECOND, status=409)
    assert "already answered" in refused.text
    assert refused.form().values("text") == [SECOND.replace("\r\n", "\n")]


def test_an_older_draft_does_not_overwrite_a_newer_one(tabs: list[Page]) -> None:
    tabs[0].submit("Save draft", text=FIRST)
    refused = tabs[1].submit("Save draft", text=SECOND, status=422)
    assert "A newer draft" in refused.text
    assert refused.form().values("text") == [SECOND.replace("\r\n", "\n")]
    assert FIRST in tabs[0].visitor.get(tabs[0].address).html


def test_a_draft_that_is_still_on_the_way_does_not_refuse_the_text_that_goes_on_with_it(app: Flask, tess: Member, tabs: list[Page]) -> None:
    """The page's own script saves a draft at the moment when its button is pressed: the form does not know of it yet."""
    attempt_id = UUID(tabs[0].address.split("/")[2])
    with app.app_context():
        reflections.save_draft(tess.id, attempt_id, "note", "The first text has\nfi", 0, now=NOW)
    stored = tabs[0].submit("Hand in and go on", text="The first  text has\r\nfive words.")
    assert "five words." in stored.text


def test_control_another_draft_does(app: Flask, tess: Member, tabs: list[Page]) -> None:
    attempt_id = UUID(tabs[0].address.split("/")[2])
    with app.app_context():
        reflections.save_draft(tess.id, attempt_id, "note", "Another beginning", 0, now=NOW)
    assert "A newer draft of this text" in tabs[0].submit("Hand in and go on", text=FIRST, status=422).text
