"""An attempt as it was: what was shown, in the order in which it was shown, what was answered when, and what it was worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ceapp.catalogue.queries import PublishedScenario, published_scenario
from ceapp.learning.models import Answer, Attempt, Score, Series
from ceapp.learning.queries import given
from ceapp.learning.record.queries import Kept
from ceapp.learning.steps import ShownOption, answered_question
from ceapp.scenarios.position import walk
from ceapp.scenarios.values import Callout, Kind, Question, Scene


@dataclass(frozen=True, slots=True)
class Replayed:
    """A question with the scenes read before it.

    `options` stand in the order of the page; without the key they have no verdict and no feedback.
    `words` is the length of a reflection; its text is nowhere in a replay.
    """

    number: int
    scenes: tuple[Scene, ...]
    question: Question
    options: tuple[ShownOption, ...]
    explanations: tuple[Callout, ...]
    words: int | None
    shown_at: datetime | None
    answered_at: datetime
    credit: str
    text_id: UUID | None = None

    @property
    def seconds(self) -> int | None:
        """How long the page was open before the answer; None where that is not known."""
        return None if self.shown_at is None else max(0, round((self.answered_at - self.shown_at).total_seconds()))


@dataclass(frozen=True, slots=True)
class Replay:
    """A whole attempt, from the revision that it was taken on."""

    attempt: Attempt
    series: Series
    published: PublishedScenario
    steps: tuple[Replayed, ...]
    epilogue: tuple[Scene, ...]
    scores: Sequence[Score]
    has_key: bool

    @property
    def score(self) -> Score | None:
        """The newest."""
        return self.scores[-1] if self.scores else None


def replay(kept: Kept, *, with_key: bool) -> Replay:
    """Put an attempt together again. `with_key` opens verdicts, feedback and explanations."""
    published = published_scenario(kept.attempt.scenario_revision_id)
    answers = {row.question_id: row for row in kept.answers}
    way = walk(published.scenario, given(list(kept.answers)))
    earned = kept.scores[-1].credits if kept.scores else {}
    steps = tuple(
        _replayed(kept.attempt, step.number, step.scenes, step.question, answers[step.question.id], earned, with_key=with_key)
        for step in way.steps
        if step.question and step.question.id in answers
    )
    return Replay(kept.attempt, kept.series, published, steps, way.epilogue, kept.scores, with_key)


def shows_key_to_its_person(kept: Kept) -> bool:
    """Closing cases open their key once they are passed, because a later attempt may meet the form again."""
    return not kept.series.is_closing or bool(kept.scores and kept.scores[-1].passed)


def _replayed(
    attempt: Attempt, number: int, scenes: tuple[Scene, ...], question: Question, answer: Answer, earned: dict[str, str], *, with_key: bool
) -> Replayed:
    opened = answered_question(question, tuple(answer.given), attempt.option_order)
    by_id = {option.id: option for option in opened.options}
    options = tuple(by_id[page_id] for page_id, _ in attempt.option_order.get(question.id, ()))
    return Replayed(
        number=number,
        scenes=scenes,
        question=question,
        options=options if with_key else tuple(_closed(each, question) for each in options),
        explanations=(*opened.explanations, *opened.rubrics) if with_key else (),
        words=(answer.words or 0) if question.kind is Kind.REFLECTION else None,
        shown_at=answer.shown_at,
        answered_at=answer.answered_at,
        credit=earned.get(question.id, "") if with_key else "",
        text_id=answer.text_id,
    )


def _closed(option: ShownOption, question: Question) -> ShownOption:
    """Without what it is worth; of an ordering only the place that was given."""
    return replace(option, verdict="", feedback="", place=0, given_place=option.given_place if question.kind is Kind.ORDER else 0)
