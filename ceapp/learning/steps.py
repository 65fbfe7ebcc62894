"""What a step of an attempt shows: before the answer a question without its key, afterwards the key with every feedback. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ceapp.scenarios.learner import LearnerQuestion, learner_view
from ceapp.scenarios.position import Answers, Step, Walk, minutes, remaining
from ceapp.scenarios.values import Block, Callout, Kind, Option, Question, Scenario, Scene

OptionOrder = Mapping[str, Sequence[Sequence[str]]]
"""Question id → pairs of (id on the page, option id) in the order shown; ids on the page are random per attempt."""


@dataclass(frozen=True, slots=True)
class ShownOption:
    """An option after the answer: what it was worth and why. `verdict` is a grade word or one of the words below."""

    id: str
    text: str
    feedback: str
    verdict: str
    chosen: bool
    place: int = 0  # for ordering: the right place, from 1
    given_place: int = 0


RIGHT, NOT_RIGHT = "right", "not right"
RIGHT_TO_TICK, RIGHT_TO_LEAVE, MISSED, NOT_NEEDED = "right to tick", "right to leave", "missed", "not needed"
RIGHT_PLACE, OTHER_PLACE = "right place", "other place"


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question with its key, after the answer is stored."""

    question: Question
    options: tuple[ShownOption, ...]  # in the order shown before; ordering questions in the order given
    explanations: tuple[Callout, ...]
    rubrics: tuple[Callout, ...]


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer of closing cases whose key is not shown yet: a type that has none in it."""

    question_id: str
    title: str
    body: tuple[Block, ...]
    chosen: tuple[str, ...]  # the texts of the options, in the order given


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier step, to look back at."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class TrailItem:
    """A scene on the way: done, here, or next."""

    title: str
    state: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """Everything that one step's page shows; exactly one of `asked`, `answered` and `kept` is set."""

    number: int
    scenes: tuple[Scene, ...]
    scene_again: Scene | None  # the scene that a further question stands in, for reading again
    asked: LearnerQuestion | None
    answered: AnsweredQuestion | None
    kept: KeptAnswer | None
    earlier: tuple[Earlier, ...]
    trail: tuple[TrailItem, ...]
    next_number: int | None
    next_title: str
    is_last: bool
    minutes_left: int
    title: str


def step_view(
    scenario: Scenario,
    walk: Walk,
    answers: Answers,
    order: OptionOrder,
    number: int,
    left: int | None = None,
    *,
    withholds: bool = False,
) -> StepView | None:
    """The view of a step, or None when the learner has not come so far.

    `left`: the minutes that are left, where they are known. `withholds`: show of answers only what was chosen.
    """
    if not 1 <= number <= len(walk.steps):
        return None
    step = walk.steps[number - 1]
    if step.question is None or step.scene is None:
        return None
    is_answered = step.question.id in answers
    following = walk.steps[number] if number < len(walk.steps) else None
    return StepView(
        number=number,
        scenes=step.scenes,
        scene_again=None if step.scenes else step.scene,
        asked=None if is_answered else learner_view(step.question, _pairs(order, step.question)),
        answered=answered_question(step.question, answers[step.question.id], order) if is_answered and not withholds else None,
        kept=kept_answer(step.question, answers[step.question.id]) if is_answered and withholds else None,
        earlier=tuple(Earlier(each.number, each.question.title) for each in walk.steps[: number - 1] if each.question),
        trail=trail(walk, step),
        next_number=following.number if following else None,
        next_title=following.scenes[-1].title if following and following.scenes else "",
        is_last=is_answered and following is None,
        minutes_left=minutes_left(scenario, walk) if left is None else left,
        title=step.scene.title,
    )


def question_at(walk: Walk, number: int) -> Question | None:
    """The question of a step, or None when the learner has not come so far."""
    return walk.steps[number - 1].question if 1 <= number <= len(walk.steps) else None


def minutes_left(scenario: Scenario, walk: Walk) -> int:
    """The longest that is still ahead, so that nobody is kept longer than the page said."""
    left = remaining(scenario, walk)
    return minutes(left.words_max, left.questions_max)


def answered_question(question: Question, given: tuple[str, ...], order: OptionOrder) -> AnsweredQuestion:
    """Open the key of an answered question, its options in the order that the learner saw (or gave)."""
    page_ids = {option_id: page_id for page_id, option_id in _pairs(order, question)}
    if question.kind is Kind.ORDER:
        options = tuple(_ordered(question, option_id, page_ids[option_id], place) for place, option_id in enumerate(given, 1))
    else:
        options = tuple(_shown(question, question.option(option_id), page_id, given) for page_id, option_id in _pairs(order, question))
    return AnsweredQuestion(question, options, question.explanations, question.rubrics)


def kept_answer(question: Question, given: tuple[str, ...]) -> KeptAnswer:
    """What was chosen, without a word on what it is worth."""
    return KeptAnswer(question.id, question.title, question.body, tuple(question.option(option_id).text for option_id in given))


def trail(walk: Walk, at: Step) -> tuple[TrailItem, ...]:
    """The scenes of the path by title, with the step that first shows each: done up to here, then what the answers opened."""
    items = []
    for step in walk.steps:
        waits = step is walk.current and step.number > at.number
        for scene in step.scenes:
            state = "here" if scene is at.scene else "next" if waits else "done"
            items.append(TrailItem(scene.title, state, None if waits else step.number))
    if not walk.ended:
        items.append(TrailItem("What follows depends on you", "next"))
    return tuple(items)


def _pairs(order: OptionOrder, question: Question) -> list[tuple[str, str]]:
    return [(page_id, option_id) for page_id, option_id in order.get(question.id, ())]


def _shown(question: Question, option: Option, page_id: str, given: tuple[str, ...]) -> ShownOption:
    chosen = option.id in given
    return ShownOption(page_id, option.text, option.feedback, _verdict(question, option, chosen), chosen)


def _verdict(question: Question, option: Option, chosen: bool) -> str:  # noqa: FBT001 - a fact about the option, not a switch
    if question.kind is Kind.GRADED:
        return str(option.grade)
    if question.kind is Kind.PLAIN:
        return RIGHT if option.right else NOT_RIGHT
    if option.right:
        return RIGHT_TO_TICK if chosen else MISSED
    return NOT_NEEDED if chosen else RIGHT_TO_LEAVE


def _ordered(question: Question, option_id: str, page_id: str, given_place: int) -> ShownOption:
    ids = [option.id for option in question.options]
    place, option = ids.index(option_id) + 1, question.option(option_id)
    verdict = RIGHT_PLACE if place == given_place else OTHER_PLACE
    return ShownOption(page_id, option.text, option.feedback, verdict, True, place, given_place)
