"""What a learner sees before answering holds no key."""

from __future__ import annotations

from collections import Counter
from collections.abc import MutableSequence
from dataclasses import fields
from random import Random
from typing import Any

import pytest

from ceapp.scenarios.learner import LearnerOption, LearnerQuestion, learner_view, shuffled
from ceapp.scenarios.values import Kind, Prose
from tests.scenarios.test_scoring import STORY

KEY_FIELDS = {"grade", "right", "feedback", "to", "explanations", "rubrics", "discussions", "after"}


def test_b1_the_types_have_no_field_for_a_key() -> None:
    assert not KEY_FIELDS & {field.name for kind in (LearnerQuestion, LearnerOption) for field in fields(kind)}


@pytest.mark.parametrize("kind", list(Kind))
def test_b1_no_word_of_the_key_is_in_the_view(kind: Kind) -> None:
    question = next(q for q in STORY.scenes[0].questions if q.kind is kind)
    view = learner_view(question, [(f"public{n}", option.id) for n, option in enumerate(question.options)])
    shown = repr(view)
    assert "F." not in shown and "best" not in shown and "critical" not in shown and "right" not in shown
    assert [option.text for option in view.options] == [option.text for option in question.options]


def test_options_stand_in_the_stored_order_under_their_public_ids() -> None:
    view = learner_view(STORY.question("plain"), [("k7", "b"), ("m3", "a")])
    assert view.options == (LearnerOption("k7", "B."), LearnerOption("m3", "A."))
    assert (view.id, view.title, view.kind, view.body, view.hints) == ("plain", "Plain", Kind.PLAIN, (), ())


@pytest.mark.parametrize("order", [[("x", "a")], [("x", "a"), ("y", "a")], [("x", "a"), ("y", "z")], [("x", "a"), ("y", "b"), ("z", "b")]])
def test_an_order_that_does_not_fit_is_refused(order: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="#plain"):
        learner_view(STORY.question("plain"), order)


def test_every_question_is_shuffled_and_nothing_lost() -> None:
    orders = shuffled(STORY, Random(1))
    assert {name: sorted(order) for name, order in orders.items()} == {
        question.id: sorted(option.id for option in question.options) for question in STORY.scenes[0].questions
    }


def test_steps_to_order_are_never_shown_in_the_right_order() -> None:
    random = Random(2)
    assert all(shuffled(STORY, random)["order"] != list("abcd") for _ in range(500))


def test_a_source_that_shuffles_nothing_still_does_not_give_the_order_away() -> None:
    class Still:
        def shuffle(self, x: MutableSequence[Any], /) -> None:
            pass

    assert shuffled(STORY, Still())["order"] == list("dcba")


def test_b8_the_place_of_the_best_option_carries_no_signal() -> None:
    random = Random(3)
    places = Counter(shuffled(STORY, random)["graded"].index("a") for _ in range(2_000))
    expected = 2_000 / 5
    chi_squared = sum((places[place] - expected) ** 2 / expected for place in range(5))
    assert chi_squared < 18.47  # p > 0.001 at four degrees of freedom


def test_the_body_and_the_limits_of_words_are_shown() -> None:
    question = STORY.question("note")
    view = learner_view(question, [])
    assert (view.min_words, view.max_words, view.options) == (0, 0, ())
    assert all(isinstance(block, Prose) for block in view.body)
