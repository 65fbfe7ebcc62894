"""What a learner may see of a question before answering it: types that have no key in them, so that none can leak."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ceapp.scenarios.values import Block, Callout, Kind, Question, Scenario

MOST_SHUFFLES = 100
"""A random source that gives the right order so often is no random source; then the order is turned round."""


class Shuffler(Protocol):
    """What is needed of a random source: `random.Random` and `random.SystemRandom` both do."""

    def shuffle(self, x: MutableSequence[Any], /) -> None: ...


@dataclass(frozen=True, slots=True)
class LearnerOption:
    """An option under the id that it has in one attempt only."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class LearnerQuestion:
    id: str
    title: str
    kind: Kind
    body: tuple[Block, ...]
    hints: tuple[Callout, ...]
    options: tuple[LearnerOption, ...]
    min_words: int
    max_words: int


def learner_view(question: Question, order: Sequence[tuple[str, str]]) -> LearnerQuestion:
    """The question without its key, its options in the stored order of (public id, option id).

    Raises ValueError when the order does not name every option of the question exactly once.
    """
    if sorted(option_id for _, option_id in order) != sorted(option.id for option in question.options):
        raise ValueError(f"The stored order does not fit the options of #{question.id}.")
    options = tuple(LearnerOption(public_id, question.option(option_id).text) for public_id, option_id in order)
    return LearnerQuestion(
        question.id,
        question.title,
        question.kind,
        question.body,
        question.hints,
        options,
        question.min_words,
        question.max_words,
    )


def shuffled(scenario: Scenario, random: Shuffler) -> dict[str, list[str]]:
    """Question id → its option ids in a random order; that of an ORDER question is never the right one."""
    return {question.id: _shuffled_options(question, random) for scene in scenario.scenes for question in scene.questions}


def _shuffled_options(question: Question, random: Shuffler) -> list[str]:
    right = [option.id for option in question.options]
    order = list(right)
    for _ in range(MOST_SHUFFLES):
        random.shuffle(order)
        if question.kind is not Kind.ORDER or order != right:
            return order
    return right[::-1]
