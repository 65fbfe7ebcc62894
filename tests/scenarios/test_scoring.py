"""Credit and score, as the table of the format says."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceapp.scenarios.position import walk
from ceapp.scenarios.scoring import credit, given_problem, score
from ceapp.scenarios.values import Kind, Question, Scenario, Scoring
from tests.scenarios.stories import attempts
from tests.scenarios.writing import scenario

BODY = """### Graded {#graded}

- (best) A. {#a}
  > F.
- (acceptable) B. {#b}
  > F.
- (risky) C. {#c}
  > F.
- (harmful) D. {#d}
  > F.
- (critical) E. {#e}
  > F.

### Plain {#plain}

- (x) A. {#a}
  > F.
- ( ) B. {#b}
  > F.

### All {#all}

- [x] A. {#a}
- [x] B. {#b}
- [ ] C. {#c}
- [ ] D. {#d}

> [!explain]
> F.

### Order {#order}

1. A {#a}
2. B {#b}
3. C {#c}
4. D {#d}

> [!explain]
> F.

### Note {#note}

[____]
"""
STORY = scenario(BODY)
RIGHT = {"graded": ("a",), "plain": ("a",), "all": ("a", "b"), "order": ("a", "b", "c", "d"), "note": ()}


@pytest.mark.parametrize(
    ("question", "given_ids", "graded", "plain"),
    [
        ("graded", "a", "1", "1"),
        ("graded", "b", "4/5", "1"),
        ("graded", "c", "1/5", "0"),
        ("graded", "d", "0", "0"),
        ("graded", "e", "0", "0"),
        ("plain", "a", "1", "1"),
        ("plain", "b", "0", "0"),
        ("all", "ab", "1", "1"),
        ("all", "a", "1/2", "1/2"),
        ("all", "abc", "1/2", "1/2"),
        ("all", "ac", "0", "0"),
        ("all", "cd", "0", "0"),
        ("all", "abcd", "0", "0"),
        ("order", "abcd", "1", "1"),
        ("order", "abdc", "5/6", "5/6"),
        ("order", "bacd", "5/6", "5/6"),
        ("order", "dcba", "0", "0"),
        ("order", "dabc", "1/2", "1/2"),
    ],
)
def test_credit(question: str, given_ids: str, graded: str, plain: str) -> None:
    assert credit(STORY.question(question), tuple(given_ids), Scoring.GRADED) == Fraction(graded)
    assert credit(STORY.question(question), tuple(given_ids), Scoring.PLAIN) == Fraction(plain)


def test_a_reflection_has_no_credit() -> None:
    assert credit(STORY.question("note"), (), Scoring.GRADED) is None


def test_everything_right_is_a_hundred() -> None:
    result = score(STORY, RIGHT, pass_mark=100, scheme=Scoring.GRADED)
    assert (result.percent, result.passed, result.critical) == (100, True, ())
    assert result.credits == tuple((question, Fraction(1)) for question in ("graded", "plain", "all", "order"))


def test_percent_is_rounded_down_once() -> None:
    answers = RIGHT | {"order": tuple("abdc"), "all": ("a",)}
    assert score(STORY, answers, pass_mark=84, scheme=Scoring.GRADED).percent == 83  # 100 × (1 + 1 + 1/2 + 5/6) / 4 = 83.33…
    assert not score(STORY, answers, pass_mark=84, scheme=Scoring.GRADED).passed
    assert score(STORY, answers, pass_mark=83, scheme=Scoring.GRADED).passed


def test_acceptable_throughout_passes_at_eighty() -> None:
    body = "".join(f"### Q {{#q{n}}}\n\n- (best) A. {{#a}}\n  > F.\n- (acceptable) B. {{#b}}\n  > F.\n\n" for n in range(7))
    story = scenario(body)
    result = score(story, {f"q{n}": ("b",) for n in range(7)}, pass_mark=80, scheme=Scoring.GRADED)
    assert (result.percent, result.passed) == (80, True)


def test_a_critical_choice_cannot_pass() -> None:
    body = "".join(f"### Q {{#q{n}}}\n\n- (best) A. {{#a}}\n  > F.\n- (critical) B. {{#b}}\n  > F.\n\n" for n in range(20))
    body = body.replace("(critical)", "(harmful)").replace("(harmful)", "(critical)", 1)
    story = scenario(body)
    for scheme in Scoring:
        result = score(story, {"q0": ("b",)} | {f"q{n}": ("a",) for n in range(1, 20)}, pass_mark=80, scheme=scheme)
        assert (result.percent, result.passed, result.critical) == (95, False, ("q0",))


def test_without_scored_questions_a_scenario_is_completed_when_it_ends() -> None:
    for story, answers in ((scenario("Prose."), {}), (scenario("### Note {#note}\n\n[____]"), {"note": ()})):
        result = score(story, answers, pass_mark=80, scheme=Scoring.GRADED)
        assert (result.percent, result.passed, result.credits) == (None, True, ())


@pytest.mark.parametrize(
    ("question", "given_ids", "words"),
    [
        ("graded", "", "Choose one option."),
        ("graded", "ab", "Choose one option."),
        ("plain", "ab", "Choose one option."),
        ("plain", "z", "does not belong"),
        ("all", "", "at least one"),
        ("all", "aa", "twice"),
        ("order", "abc", "its place"),
        ("order", "abcc", "twice"),
        ("order", "abcz", "does not belong"),
        ("note", "a", "no options"),
    ],
)
def test_answers_that_are_not_well_formed(question: str, given_ids: str, words: str) -> None:
    assert words in (given_problem(STORY.question(question), tuple(given_ids)) or "")


@pytest.mark.parametrize(
    ("question", "given_ids"), [("graded", "e"), ("plain", "b"), ("all", "abcd"), ("all", "d"), ("order", "dbca"), ("note", "")]
)
def test_answers_that_are_well_formed(question: str, given_ids: str) -> None:
    assert given_problem(STORY.question(question), tuple(given_ids)) is None


def test_every_order_has_its_own_place_between_none_and_one() -> None:
    earned = {credit(STORY.question("order"), order, Scoring.GRADED) for order in permutations("abcd")}
    assert earned == {Fraction(pairs, 6) for pairs in range(7)}


@settings(max_examples=200)
@given(attempts(), st.integers(1, 100), st.sampled_from(list(Scoring)))
def test_scores_are_whole_percents_of_the_path_taken(
    attempt: tuple[Scenario, dict[str, tuple[str, ...]]], pass_mark: int, scheme: Scoring
) -> None:
    story, answers = attempt
    result = score(story, answers, pass_mark=pass_mark, scheme=scheme)
    on_path = [step.question for step in walk(story, answers).steps if step.question]
    scored = [question.id for question in on_path if question.is_scored]
    assert [question_id for question_id, _ in result.credits] == scored
    assert all(given_problem(question, answers[question.id]) is None for question in on_path)
    assert all(0 <= earned <= 1 for _, earned in result.credits)
    if result.percent is None:
        assert not scored and result.passed
    else:
        total = sum(earned for _, earned in result.credits)
        assert result.percent <= 100 * total / len(scored) < result.percent + 1
        assert result.passed == (result.percent >= pass_mark and not result.critical)


@given(attempts())
def test_a_better_grade_never_scores_less(attempt: tuple[Scenario, dict[str, tuple[str, ...]]]) -> None:
    story, answers = attempt
    questions: list[Question] = [q for scene in story.scenes for q in scene.questions if q.kind is Kind.GRADED and not q.branches]
    for question in questions:
        best = next(option for option in question.options if option.right)
        before = score(story, answers, pass_mark=80, scheme=Scoring.GRADED).percent
        after = score(story, answers | {question.id: (best.id,)}, pass_mark=80, scheme=Scoring.GRADED).percent
        assert (after or 0) >= (before or 0)
