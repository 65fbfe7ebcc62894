"""The two forms of the closing cases are parallel, balanced, and new stories."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ceapp.scenarios.values import Kind
from tests.content.shipped import FORMS, course, forms, questions, standards

ITEM = re.compile(r"(?P<objective>[a-z-]+)-\d")
CITED = re.compile(r"\[(?:\d+ [A-Z]+|[A-Z]{3,5}) [^\]]+\]")


def test_the_course_asks_for_them() -> None:
    closing = course().closing
    assert closing is not None
    assert closing.forms == FORMS
    assert closing.attempts == 2


def objective_of(question_id: str) -> str:
    match = ITEM.fullmatch(question_id)
    assert match, f"{question_id} is not the id of an objective and a number"
    return match["objective"]


@pytest.mark.parametrize("slug", FORMS)
def test_a_form_is_twenty_best_answer_items(slug: str) -> None:
    items = questions(forms()[slug])
    assert len(items) == 20
    assert {item.kind for item in items} == {Kind.PLAIN}
    assert all(len(item.options) in (3, 4) for item in items)


@pytest.mark.parametrize("slug", FORMS)
def test_a_form_has_six_to_eight_items_an_hour(slug: str) -> None:
    assert 6 <= len(questions(forms()[slug])) / 3 <= 8


def test_both_forms_ask_the_same_objectives_equally_often() -> None:
    asked = [Counter(objective_of(item.id) for item in questions(form)) for form in forms().values()]
    assert asked[0] == asked[1]
    assert set(asked[0]) == {objective.id for objective in course().objectives}
    for form in forms().values():
        assert set(form.objectives) == set(asked[0])


@pytest.mark.parametrize("slug", FORMS)
def test_keys_are_balanced(slug: str) -> None:
    positions: Counter[int] = Counter()
    ranks: Counter[int] = Counter()
    for item in questions(forms()[slug]):
        key = next(option for option in item.options if option.right)
        positions[item.options.index(key)] += 1
        ranks[sorted(len(option.text) for option in item.options).index(len(key.text))] += 1
    assert set(positions.values()) == {5}
    assert all(2 <= ranks[rank] <= 8 for rank in range(4)), ranks


@pytest.mark.parametrize("slug", FORMS)
def test_items_give_a_reason_for_each_option_and_name_a_standard(slug: str) -> None:
    for item in questions(forms()[slug]):
        assert all(len(option.feedback.split()) >= 4 for option in item.options), item.id
        assert any(CITED.search(option.feedback) for option in item.options), item.id


def test_the_forms_draw_on_the_codes_of_all_four_professions() -> None:
    for form in forms().values():
        assert {"ACA", "APA", "NASW", "AAMFT"} <= {citation.cite for citation in form.citations} <= set(standards())
