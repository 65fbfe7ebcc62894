"""The stored structure: there and back without loss, and clear refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from ceapp.scenarios.structure import (
    FORMAT,
    dump_course,
    dump_scenario,
    dump_standard,
    load_course,
    load_scenario,
    load_standard,
)
from ceapp.scenarios.values import Scenario
from tests.scenarios.stories import scenarios
from tests.scenarios.test_scoring import BODY
from tests.scenarios.writing import ACA, COURSE, HEAD, course, scenario

WHOLE = scenario(
    "Prose [ACA A.5.e].\n\n```post\nfrom: D\ntext: Hi\n```\n\n> [!note]\n> N\n\n> [!discuss]\n> D\n\n"
    + BODY
    + "\n## B {#b2}\n\n![A](images/card.png)",
    HEAD.replace("status", "text_checked: 2026-11-20\nformerly: [old]\nobjectives: [a]\nstatus"),
)
COURSES = [
    course(),
    course(
        COURSE.replace(
            "hours: {method: words}", "hours: {method: stated, hours: 2.50, reason: R}\nreleased: 2026-11-20\nauthors:\n  - name: A"
        )
    ),
    course(COURSE.replace("{method: words}", "{method: pilot, minutes: [61, 58, 70, 66, 90], min: 0.5}")),
    course(COURSE.replace("hours:", "closing: {forms: [a, b], attempts: 2}\nattempts: 3\nhours:")),
]


def through_json(value: dict[str, Any]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(json.dumps(value))
    return loaded


def test_a_scenario_comes_back_as_it_was() -> None:
    assert load_scenario(through_json(dump_scenario(WHOLE))) == WHOLE


@given(scenarios())
def test_any_scenario_comes_back_as_it_was(story: Scenario) -> None:
    assert load_scenario(through_json(dump_scenario(story))) == story


@pytest.mark.parametrize("value", COURSES)
def test_a_course_comes_back_as_it_was(value: Any) -> None:
    assert load_course(through_json(dump_course(value))) == value


def test_a_standard_comes_back_as_it_was() -> None:
    assert load_standard(through_json(dump_standard(ACA))) == ACA


def test_the_format_has_a_number() -> None:
    assert FORMAT == 1
    assert dump_scenario(WHOLE)["format"] == FORMAT


@pytest.mark.parametrize("number", [0, 2, None, "1"])
def test_another_format_is_refused_in_a_sentence(number: object) -> None:
    with pytest.raises(ValueError, match=r"has format .*; this version of ceapp reads format 1\."):
        load_scenario(dump_scenario(WHOLE) | {"format": number})


@pytest.mark.parametrize(
    "change",
    [
        {"type": "course"},
        {"title": None},
        {"difficulty": "3"},
        {"status": "finished"},
        {"scenes": None},
        {"scenes": [{"id": "a"}]},
        {"surprise": 1},
        {"text_checked": "yesterday"},
        {"scenes": [{"id": "a", "title": "A", "line": 1, "body": [{"block": "film"}]}]},
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        load_scenario(dump_scenario(WHOLE) | change)


def test_a_field_with_a_default_may_be_missing_from_an_older_structure() -> None:
    stored = dump_scenario(WHOLE)
    del stored["formerly"]
    assert load_scenario(stored).formerly == ()


def test_the_stored_form_of_a_small_scenario() -> None:
    """A golden copy: a change here needs a new format number or a field with a default."""
    assert dump_scenario(scenario("Prose.\n\n### Q {#q}\n\n[____] (at least 4 words)")) == {
        "format": 1,
        "type": "scenario",
        "slug": "friend-request",
        "title": "A client sends a friend request",
        "summary": "A client asks to connect with you.",
        "status": "ready",
        "objectives": [],
        "difficulty": 3,
        "text_checked": None,
        "scenes": [
            {
                "id": "start",
                "title": "A client sends a friend request",
                "line": 8,
                "body": [{"block": "prose", "text": "Prose.", "line": 8}],
                "questions": [
                    {
                        "id": "q",
                        "title": "Q",
                        "kind": "reflection",
                        "line": 10,
                        "body": [],
                        "options": [],
                        "hints": [],
                        "explanations": [],
                        "rubrics": [],
                        "discussions": [],
                        "after": [],
                        "min_words": 4,
                        "max_words": 0,
                    }
                ],
                "discussions": [],
                "to": "",
            }
        ],
        "citations": [],
        "images": [],
        "formerly": [],
    }
