"""Counting words, and the shortest way that passes."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from ceapp.scenarios.counting import question_words, scene_words
from ceapp.scenarios.position import walk
from ceapp.scenarios.scoring import score
from ceapp.scenarios.values import Kind, Scenario, Scoring
from ceapp.scenarios.words import count, path_words, step_words
from tests.scenarios.stories import scenarios
from tests.scenarios.writing import scenario


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("One two", 2),
        ("It's 9:04, e-mail – or not?", 5),
        ('*a* **b** `c` [d](https://example.org/x/y "title")', 4),
        ("![not read](images/card.png) read", 1),
        ("by [ACA A.5.e]", 3),
        ("- a\n- b\n\n> c\n\n#### d\n\n***", 4),
        ("```py\ncode here\n```", 2),
        ("a <!-- not this\nnor this --> b", 2),
        ("_ __ -- ... § & \\-> ____", 0),
        ("été 日本 9", 3),
    ],
)
def test_count(text: str, words: int) -> None:
    assert count(text) == words


def test_what_counts_and_what_does_not() -> None:
    story = scenario(
        "One two.\n\n```post\nnetwork: no\nfrom: Dana R.\nkind: friend request\ntime: no\ntext: Hi there\n```\n\n"
        "> [!note]\n> Three words here\n\n"
        "> [!discuss]\n> Not counted\n\n### What now? {#q}\n\nFour five.\n\n- (best) Six.\n  > Seven eight.\n- (risky) Nine.\n  > Ten.\n\n"
        "> [!hint]\n> Hint\n\n> [!explain]\n> Because of that\n\n> [!discuss]\n> Not counted"
    )
    assert scene_words(story.scenes[0]) == 2 + 6 + 3
    assert question_words(story.question("q")) == 2 + 2 + 1 + 2 + 1 + 1 + 1 + 3
    assert path_words(story, 80, Scoring.GRADED).shortest_passing == 11 + 13


FORK = """### Q {{#q}}

- (best) A. -> #long
  > F.
- ({grade}) B. -> #short
  > F.

## Long {{#long}}

one two three four five six seven eight nine ten

-> #last

## Short {{#short}}

one

-> #last

## Last {{#last}}

### R {{#r}}

- (best) A.
  > F.
- (risky) B.
  > F.
"""


@pytest.mark.parametrize(
    ("grade", "pass_mark", "scheme", "passing"),
    [
        ("acceptable", 80, Scoring.GRADED, "short"),
        ("acceptable", 95, Scoring.GRADED, "long"),
        ("acceptable", 95, Scoring.PLAIN, "short"),
        ("risky", 80, Scoring.GRADED, "long"),
        ("risky", 60, Scoring.GRADED, "short"),
        ("critical", 1, Scoring.GRADED, "long"),
    ],
)
def test_the_shortest_way_that_passes(grade: str, pass_mark: int, scheme: Scoring, passing: str) -> None:
    found = path_words(scenario(FORK.format(grade=grade)), pass_mark, scheme)
    assert (found.shortest, found.longest) == (11, 20)
    assert found.shortest_passing == {"short": 11, "long": 20}[passing]


def words_of(story: Scenario, answers: dict[str, tuple[str, ...]]) -> int:
    taken = walk(story, answers)
    asked = sum(question_words(step.question) for step in taken.steps if step.question)
    return asked + sum(scene_words(story.scene(scene_id)) for scene_id in taken.visited)


@settings(max_examples=150, deadline=None)
@given(scenarios())
def test_it_is_the_shortest_of_all_ways_that_pass(story: Scenario) -> None:
    """Compared with every way there is: right answers everywhere, and every choice where the story branches."""
    answers = {}
    for scene in story.scenes:
        for question in scene.questions:
            right = tuple(o.id for o in question.options if o.right) or tuple(o.id for o in question.options)
            answers[question.id] = right[:1] if question.kind in (Kind.GRADED, Kind.PLAIN) else right if question.options else ()
    forks = [q for scene in story.scenes for q in scene.questions if q.branches]
    ways = [
        answers | {question.id: (option.id,) for question, option in zip(forks, options, strict=True)}
        for options in product(*(question.options for question in forks))
    ]
    lengths = [words_of(story, way) for way in ways]
    passing = [words_of(story, way) for way in ways if score(story, way, pass_mark=80, scheme=Scoring.GRADED).passed]
    found = path_words(story, 80, Scoring.GRADED)
    assert (found.shortest, found.longest) == (min(lengths), max(lengths))
    assert found.shortest_passing == min(passing)


def test_the_words_of_a_step_are_the_scenes_before_it_and_its_question() -> None:
    story = scenario(
        "One two.\n\n## Between {#between}\n\nThree.\n\n## Asked {#asked}\n\nFour five six.\n\n"
        "### A {#a}\n\n- (best) B.\n  > C.\n- (risky) D.\n  > E.\n\n"
        "### F {#f}\n\n- (best) G.\n  > H.\n- (risky) I.\n  > J."
    )
    assert step_words(story) == {"a": 2 + 1 + 3 + 5, "f": 5}


@given(scenarios())
def test_every_question_has_a_step_of_at_least_its_own_words(story: Scenario) -> None:
    found = step_words(story)
    for scene in story.scenes:
        assert all(found[question.id] >= question_words(question) for question in scene.questions)
