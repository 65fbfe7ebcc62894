"""The place in a story, from the answers alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from ceapp.scenarios.counting import question_words, scene_words
from ceapp.scenarios.position import exits, minutes, paths, reachable, remaining, walk
from ceapp.scenarios.values import END, Option, Question, Scenario, Scene
from tests.scenarios.stories import attempts, scenarios
from tests.scenarios.writing import OPTIONS, scenario

STORY = scenario(
    """It is Sunday.

## The request {#arrives}

You have seen Dana for months.

### First? {#first}

- (best) Wait. -> #session
  > Good.
- (risky) Decline. -> #silent
  > Hm.
- (harmful) Stop. -> #end
  > No.

## Silence {#silent}

She is late.

-> #session

## Thursday {#session}

She smiles.

### Which? {#which}

- [x] A.
- [ ] B.

> [!explain]
> Because.

### And now? {#now}

"""
    + OPTIONS
    + """

## Afterwards {#after}

It is over.
"""
)


def scene_ids(scenes: tuple[Scene, ...]) -> list[str]:
    return [scene.id for scene in scenes]


def choice(question: str, number: int) -> tuple[str, ...]:
    return (STORY.question(question).options[number].id,)


def test_a_new_attempt_stands_at_the_first_question() -> None:
    begun = walk(STORY, {})
    assert (len(begun.steps), begun.ended, begun.epilogue) == (1, False, ())
    step = begun.current
    assert step is not None and step.scene is not None and step.question is not None
    assert (step.number, scene_ids(step.scenes), step.scene.id, step.question.id) == (1, ["start", "arrives"], "arrives", "first")


@pytest.mark.parametrize(("number", "entered"), [(0, ["session"]), (1, ["silent", "session"])])
def test_arrows_are_followed(number: int, entered: list[str]) -> None:
    step = walk(STORY, {"first": choice("first", number)}).current
    assert step is not None
    assert scene_ids(step.scenes) == entered


def test_a_further_question_of_a_scene_enters_nothing() -> None:
    step = walk(STORY, {"first": choice("first", 0), "which": choice("which", 0)}).current
    assert step is not None and step.question is not None
    assert (step.scenes, step.question.id, step.number) == ((), "now", 3)


def test_the_last_answer_closes_and_what_follows_is_an_epilogue() -> None:
    ended = walk(STORY, {"first": choice("first", 1), "which": choice("which", 0), "now": choice("now", 1)})
    assert (ended.ended, ended.current, scene_ids(ended.epilogue)) == (True, None, ["after"])
    assert ended.visited == ("start", "arrives", "silent", "session", "after")


def test_an_arrow_to_the_end_leaves_no_epilogue() -> None:
    ended = walk(STORY, {"first": choice("first", 2)})
    assert (ended.ended, ended.epilogue, ended.visited) == (True, (), ("start", "arrives"))


def test_answers_off_the_path_are_left_aside() -> None:
    step = walk(STORY, {"which": choice("which", 0)}).current
    assert step is not None and step.question is not None
    assert step.question.id == "first"


def test_without_questions_all_is_epilogue() -> None:
    ended = walk(scenario("One.\n\n## Two {#two}\n\nTwo."), {})
    assert (ended.steps, ended.ended, scene_ids(ended.epilogue)) == ((), True, ["start", "two"])


def test_an_unknown_option_of_a_branching_question_is_refused() -> None:
    with pytest.raises(ValueError, match="#first"):
        walk(STORY, {"first": ("nonsense",)})


def test_exits_and_what_can_be_reached() -> None:
    assert [exits(STORY, scene) for scene in STORY.scenes] == [("arrives",), ("session", "silent", END), ("session",), ("after",), (END,)]
    assert reachable(STORY) == {"start", "arrives", "silent", "session", "after"}


def test_what_remains_is_counted_from_the_current_step() -> None:
    left = remaining(STORY, walk(STORY, {}))
    assert (left.questions_min, left.questions_max) == (1, 3)
    assert left.words_min == 3 + 6 + question_words(STORY.question("first"))
    later = remaining(STORY, walk(STORY, {"first": choice("first", 0), "which": choice("which", 0)}))
    assert (later.questions_min, later.questions_max) == (1, 1)
    assert later.words_min == later.words_max == question_words(STORY.question("now")) + 3
    ended = remaining(STORY, walk(STORY, {"first": choice("first", 2)}))
    assert (ended.questions_max, ended.words_max) == (0, 0)


def test_the_extremes_of_all_paths() -> None:
    found = paths(STORY)
    assert (found.count, found.questions_min, found.questions_max, found.scored_min, found.scored_max) == (3, 1, 3, 1, 3)


def test_a_hundred_forks_are_no_work() -> None:
    scenes = [
        Scene(
            f"s{n}",
            "S",
            1,
            questions=(
                Question(
                    f"q{n}",
                    "Q",
                    STORY.question("first").kind,
                    1,
                    options=tuple(
                        Option(f"o{k}", "T", 1, STORY.question("first").options[k].grade, to=f"s{n + 1 + k}" if n + 1 + k < 100 else END)
                        for k in range(2)
                    ),
                ),
            ),
        )
        for n in range(100)
    ]
    story = Scenario("s", "T", "S", STORY.status, (), 3, None, tuple(scenes))
    assert paths(story).count > 10**20
    assert paths(story).questions_max == 100


@pytest.mark.parametrize(("words", "questions", "expected"), [(0, 0, 0), (1, 0, 1), (200, 0, 1), (201, 0, 2), (400, 2, 3), (0, 1, 1)])
def test_minutes_are_rounded_up(words: int, questions: int, expected: int) -> None:
    assert minutes(words, questions) == expected


@settings(max_examples=200)
@given(attempts())
def test_answering_step_by_step_comes_to_the_same_end(attempt: tuple[Scenario, dict[str, tuple[str, ...]]]) -> None:
    scenario, answers = attempt
    given: dict[str, tuple[str, ...]] = {}
    steps = walk(scenario, given)
    before = remaining(scenario, steps)
    while steps.current is not None:
        question = steps.current.question
        assert question is not None and question.id not in given
        given[question.id] = answers[question.id]
        longer = walk(scenario, given)
        after = remaining(scenario, longer)
        assert longer.steps[: len(steps.steps)] == steps.steps
        assert after.questions_max < before.questions_max
        assert after.words_max <= before.words_max
        steps, before = longer, after
    assert steps == walk(scenario, answers)
    assert [step.number for step in steps.steps] == list(range(1, len(steps.steps) + 1))
    assert len(set(steps.visited)) == len(steps.visited)
    found = paths(scenario)
    assert found.questions_min <= len(steps.steps) <= found.questions_max
    read = sum(scene_words(scenario.scene(scene_id)) for scene_id in steps.visited)
    read += sum(question_words(step.question) for step in steps.steps if step.question)
    assert found.words_min <= read <= found.words_max


@given(scenarios())
def test_every_scene_that_is_entered_can_be_reached(scenario: Scenario) -> None:
    assert set(walk(scenario, {}).visited) <= reachable(scenario)
