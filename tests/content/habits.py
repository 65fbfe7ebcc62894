"""Ways of answering without judgement, and what they would score."""

from __future__ import annotations

from collections.abc import Callable

from ceapp.scenarios.position import walk
from ceapp.scenarios.scoring import score
from ceapp.scenarios.values import Kind, Option, Question, Scenario, Scoring
from tests.content.shipped import CHOOSE_ONE

Habit = Callable[[Question], tuple[Option, ...]]


def _length(option: Option) -> int:
    return len(option.text)


def longest(question: Question) -> tuple[Option, ...]:
    options = sorted(question.options, key=_length, reverse=True)
    return _as_answer(question, options, len(options) // 2)


def shortest(question: Question) -> tuple[Option, ...]:
    options = sorted(question.options, key=_length)
    return _as_answer(question, options, len(options) // 2)


def first_listed(question: Question) -> tuple[Option, ...]:
    """Where the steps are in their written order, which learners never see, the habit is to leave them as shown: here, turned around."""
    options = list(question.options)
    return _as_answer(question, options[::-1] if question.kind is Kind.ORDER else options, len(options) // 2)


def tick_all(question: Question) -> tuple[Option, ...]:
    return _as_answer(question, sorted(question.options, key=_length, reverse=True), len(question.options))


def tick_none(question: Question) -> tuple[Option, ...]:
    return _as_answer(question, sorted(question.options, key=_length), 0)


HABITS: tuple[Habit, ...] = (longest, shortest, first_listed, tick_all, tick_none)


def _as_answer(question: Question, options: list[Option], ticked: int) -> tuple[Option, ...]:
    if question.kind in CHOOSE_ONE:
        return (options[0],)
    return tuple(options) if question.kind is Kind.ORDER else tuple(options[:ticked])


def percent_of(scenario: Scenario, habit: Habit, pass_mark: int) -> int:
    """What somebody scores who answers every question of their way by the habit."""
    answers: dict[str, tuple[str, ...]] = {}
    while (question := _next_question(scenario, answers)) is not None:
        answers[question.id] = () if question.kind is Kind.REFLECTION else tuple(option.id for option in habit(question))
    percent = score(scenario, answers, pass_mark=pass_mark, scheme=Scoring.GRADED).percent
    assert percent is not None
    return percent


def _next_question(scenario: Scenario, answers: dict[str, tuple[str, ...]]) -> Question | None:
    on_the_way = (step.question for step in walk(scenario, answers).steps if step.question is not None)
    return next((question for question in on_the_way if question.id not in answers), None)
