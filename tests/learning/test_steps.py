"""What a step shows: no key before the answer, all of it afterwards."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from random import Random

import pytest

from ceapp.learning.steps import StepView, step_view
from ceapp.scenarios.learner import LearnerOption, LearnerQuestion, shuffled
from ceapp.scenarios.position import walk
from ceapp.scenarios.reading import read_folder
from ceapp.scenarios.values import Kind, Scenario

LIBRARY = Path(__file__).parent.parent / "harness" / "library"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    (course,) = read_folder(LIBRARY).courses
    value = course.scenarios["every-kind"].scenario
    assert value is not None, course.scenarios["every-kind"].problems
    return value


def page_order(scenario: Scenario) -> dict[str, list[list[str]]]:
    return {question: [[f"page-{each}", each] for each in ids] for question, ids in shuffled(scenario, Random(1)).items()}


def view(scenario: Scenario, answers: dict[str, tuple[str, ...]], number: int) -> StepView:
    found = step_view(scenario, walk(scenario, answers), answers, page_order(scenario), number)
    assert found is not None
    return found


def test_the_types_of_a_question_not_yet_answered_have_no_field_for_a_key() -> None:
    names = {field.name for kind in (LearnerQuestion, LearnerOption) for field in dataclasses.fields(kind)}
    assert not names & {"grade", "right", "feedback", "to", "explanations", "rubrics", "discussions", "after"}


def test_every_kind_is_in_the_sample(scenario: Scenario) -> None:
    assert {question.kind for scene in scenario.scenes for question in scene.questions} == set(Kind)


def test_b6_a_step_not_reached_has_no_view(scenario: Scenario) -> None:
    assert step_view(scenario, walk(scenario, {}), {}, page_order(scenario), 2) is None
    assert step_view(scenario, walk(scenario, {}), {}, page_order(scenario), 0) is None


def test_a_branch_shows_the_scene_between(scenario: Scenario) -> None:
    shown = view(scenario, {"first": ("wait",)}, 2)
    assert [scene.id for scene in shown.scenes] == ["silence", "session"]


def test_verdicts_of_all_that_apply(scenario: Scenario) -> None:
    shown = view(scenario, {"first": ("raise",), "risks": ("see", "failed")}, 2)
    assert shown.answered is not None
    assert {option.id: option.verdict for option in shown.answered.options} == {
        "page-see": "right to tick",
        "page-blur": "missed",
        "page-failed": "not needed",
    }


def test_an_ordering_is_shown_in_the_order_given(scenario: Scenario) -> None:
    answers = {"first": ("raise",), "risks": ("see",), "needed": ("yes",), "order": ("talk", "consult", "write")}
    shown = view(scenario, answers, 4)
    assert shown.answered is not None
    assert [(o.id, o.place, o.given_place, o.verdict) for o in shown.answered.options] == [
        ("page-talk", 2, 1, "other place"),
        ("page-consult", 1, 2, "other place"),
        ("page-write", 3, 3, "right place"),
    ]


def test_the_trail_does_not_call_done_what_is_still_ahead(scenario: Scenario) -> None:
    shown = view(scenario, {"first": ("raise",)}, 1)
    assert [(item.title, item.state) for item in shown.trail] == [
        ("Every kind of question", "here"),
        ("The session", "next"),
        ("What follows depends on you", "next"),
    ]
