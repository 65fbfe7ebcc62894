"""Nobody passes by habit: always the longest option, the shortest, the first, everything ticked, nothing ticked."""

from __future__ import annotations

from collections import Counter
from statistics import mean

import pytest

from tests.content.habits import HABITS, Habit, percent_of
from tests.content.shipped import CHOOSE_ONE, course, questions, scenarios, written

WIDEST = 3.2
"""The longest option of a question may be so many times as long as the shortest."""


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
@pytest.mark.parametrize("slug", sorted(written()))
def test_a_habit_does_not_pass(slug: str, habit: Habit) -> None:
    assert percent_of(written()[slug], habit, course().pass_mark) < course().pass_mark


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
def test_a_habit_fails_clearly_over_the_course(habit: Habit) -> None:
    assert mean(percent_of(scenario, habit, course().pass_mark) for scenario in scenarios().values()) < 60


def ranks() -> Counter[int]:
    """How often the best option is the shortest (1) to the longest (4) of its four."""
    found: Counter[int] = Counter()
    for scenario in scenarios().values():
        for question in questions(scenario):
            if question.kind in CHOOSE_ONE and len(question.options) == 4:
                by_length = sorted(question.options, key=lambda option: len(option.text))
                found[[option.right for option in by_length].index(True) + 1] += 1
    return found


def test_length_does_not_give_the_best_option_away() -> None:
    for rank, times in ranks().items():
        assert 0.10 <= times / ranks().total() <= 0.40, f"rank {rank}: {times}"


def test_options_of_a_question_are_about_as_long() -> None:
    for scenario in written().values():
        for question in questions(scenario):
            if question.kind in CHOOSE_ONE:
                lengths = [len(option.text) for option in question.options]
                assert max(lengths) / min(lengths) <= WIDEST, f"{scenario.slug} {question.id}: {lengths}"
