"""Contact hours, worked out exactly and told."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest

from ceapp.scenarios.hours import Measured, contact_hours, mergener_minutes
from ceapp.scenarios.values import HoursMethod, HoursRule, Rounding
from ceapp.scenarios.words import PathWords

MERGENER = HoursRule(HoursMethod.MERGENER)


def measured(words: int, questions: int = 10, difficulty: int = 3, slug: str = "one") -> Measured:
    return Measured(slug, slug.capitalize(), difficulty, PathWords(words, words - 10, words + 100, questions))


def pilot(*minutes: int, rounding: Rounding = Rounding.DOWN, reason: str = "") -> HoursRule:
    return HoursRule(HoursMethod.PILOT, rounding=rounding, pilot_minutes=minutes, reason=reason)


@pytest.mark.parametrize(
    ("words", "rounding", "step", "hours"),
    [
        (6000, "down", "0.25", "1"),
        (5999, "down", "0.25", "0.75"),
        (5999, "nearest", "0.25", "1"),
        (2000, "down", "0.25", "0.25"),
        (1499, "down", "0.25", "0"),
        (12749, "nearest", "0.25", "2"),
        (12750, "nearest", "0.25", "2.25"),
        (17999, "down", "0.5", "2.5"),
        (17999, "down", "1", "2"),
        (9000, "nearest", "1", "2"),
        (0, "down", "0.25", "0"),
        (18600, "down", "0.25", "3"),
    ],
)
def test_words(words: int, rounding: str, step: str, hours: str) -> None:
    rule = HoursRule(HoursMethod.WORDS, rounding=Rounding(rounding), step=Decimal(step))
    assert contact_hours(rule, [measured(words)]).hours == Decimal(hours)


@pytest.mark.parametrize(
    ("words", "questions", "difficulty", "minutes", "exact", "quarters", "halves", "by_words"),
    [
        (3774, 16, "2.5", "61.935894", "1.032", "1.00", "1.0", "0.50"),  # the sample that AORN published, cut there to 61.93589
        (6000, 10, "3", "58.086", "0.968", "0.75", "0.5", "1.00"),
        (6000, 20, "3", "83.106", "1.385", "1.25", "1.0", "1.00"),
        (12000, 20, "3", "94.392", "1.573", "1.50", "1.5", "2.00"),
        (3000, 8, "3", "47.439", "0.791", "0.75", "0.5", "0.50"),
        (2000, 10, "2", "36.612", "0.610", "0.50", "0.5", "0.25"),
        (0, 10, "3", "46.80", "0.780", None, None, "0.00"),
        (0, 0, "1", "-6.12", "-0.102", None, None, "0.00"),
    ],
)
def test_mergener(
    words: int, questions: int, difficulty: str, minutes: str, exact: str, quarters: str | None, halves: str | None, by_words: str
) -> None:
    found = mergener_minutes(words, questions, Fraction(difficulty))
    assert found == Fraction(minutes)
    assert round(found / 60, 3) == Fraction(exact)
    half = Fraction(difficulty) - 2 == Fraction(1, 2)
    parts = [measured(words // 2, questions, 2), measured(words // 2, 0, 3)] if half else [measured(words, questions, int(difficulty))]
    assert contact_hours(MERGENER, parts).hours == Decimal(quarters or 0)
    assert contact_hours(HoursRule(HoursMethod.MERGENER, step=Decimal("0.5")), parts).hours == Decimal(halves or 0)
    assert contact_hours(HoursRule(HoursMethod.WORDS), parts).hours == Decimal(by_words)


def test_mergener_below_zero_is_none() -> None:
    result = contact_hours(MERGENER, [measured(1_000, 0, 1)])
    assert (result.hours, result.inputs["minutes"], result.inputs["exact"]) == (0, "-4.24", "0.000")
    assert "= −4.24 minutes, which counts as none; that is 0.000 hours" in result.explanation


def test_questions_alone_give_no_time() -> None:
    assert contact_hours(MERGENER, [measured(1_000, 40)]).hours == 2
    result = contact_hours(MERGENER, [measured(999, 40)])
    assert (result.hours, result.explanation) == (
        0,
        "999 words are fewer than the 1,000 that Mergener’s formula is used for here, because it gives time for questions alone: "
        "0.000 hours, rounded down to a multiple of 0.25: 0 hours.",
    )


def test_difficulty_is_weighted_by_words_and_exact_where_decimals_are_not() -> None:
    parts = [measured(3000, 5, 2, "first"), measured(1500, 5, 3, "second")]
    result = contact_hours(MERGENER, parts)
    assert result.inputs["difficulty"] == "2.333"
    assert mergener_minutes(4500, 10, Fraction(7, 3)) == Fraction(result.inputs["minutes"]) + Fraction("0.0045")
    on_the_edge = HoursRule(HoursMethod.PILOT, step=Decimal("0.25"), pilot_minutes=(15, 15, 15, 15, 15))
    assert contact_hours(on_the_edge, []).hours == Decimal("0.25")


def test_the_closing_cases_bring_questions() -> None:
    assert contact_hours(MERGENER, [measured(6000, 10)], closing_questions=10).hours == Decimal("1.25")
    inputs = contact_hours(MERGENER, [measured(6000, 10)], closing_questions=10).inputs
    assert (inputs["questions"], inputs["closing_questions"]) == ("20", "10")


@pytest.mark.parametrize(
    ("rule", "hours"),
    [
        (pilot(60, 61, 62, 63, 200), "1.0"),
        (pilot(200, 44, 46, 10, 46, 44), "0.75"),  # the median of an even number lies between two: 45
        (pilot(1, 1, 44, 45, 90, 90), "0.5"),  # 44.5
        (pilot(1, 1, 44, 45, 90, 90, rounding=Rounding.NEAREST), "0.75"),
    ],
)
def test_pilot(rule: HoursRule, hours: str) -> None:
    assert contact_hours(rule, [measured(6000)]).hours == Decimal(hours)


def test_a_pilot_is_told_with_its_reason() -> None:
    result = contact_hours(pilot(70, 80, 90, 61, 61, reason="Five counselors in May 2026."), [measured(6000)])
    assert result.explanation == (
        "5 people tried the course and wrote down their minutes; the median is 70 minutes; that is 1.167 hours, "
        "rounded down to a multiple of 0.25: 1 hour. Five counselors in May 2026."
    )
    assert (result.inputs["people"], result.inputs["pilot_minutes"]) == ("5", "70, 80, 90, 61, 61")


@pytest.mark.parametrize(("words", "minimum", "hours"), [(5999, "1", "0"), (6000, "1", "1"), (2999, "0.5", "0"), (3000, "0.5", "0.5")])
def test_less_than_the_minimum_is_nothing(words: int, minimum: str, hours: str) -> None:
    result = contact_hours(HoursRule(HoursMethod.WORDS, minimum=Decimal(minimum)), [measured(words)])
    assert result.hours == Decimal(hours)
    assert ("so the course has 0 contact hours" in result.explanation) == (hours == "0")


def test_the_numbers_that_went_in_are_told() -> None:
    result = contact_hours(HoursRule(HoursMethod.WORDS), [measured(4400), measured(3000, 4, 2, "two")])
    assert result.explanation == "7,400 words at 6,000 words an hour are 1.233 hours, rounded down to a multiple of 0.25: 1 hour."
    comparison = result.inputs.pop("comparison")
    assert result.inputs == {
        "method": "words",
        "words_per_hour": "6000",
        "exact": "1.233",
        "rounding": "down",
        "step": "0.25",
        "minimum": "none",
        "words": "7400",
        "words_shortest_way": "7380",
        "words_longest_way": "7600",
        "questions": "14",
        "difficulty": "2.595",
        "reading_speed": "6000",
        "reading_minutes": "74.0",
        "scenarios": [
            {
                "slug": "one",
                "title": "One",
                "words": 4400,
                "shortest": 4390,
                "longest": 4500,
                "questions": 10,
                "difficulty": 3,
                "minutes": "44.0",
            },
            {
                "slug": "two",
                "title": "Two",
                "words": 3000,
                "shortest": 2990,
                "longest": 3100,
                "questions": 4,
                "difficulty": 2,
                "minutes": "30.0",
            },
        ],
    }
    assert [(each["method"], each["hours"]) for each in comparison] == [("mergener", "1.00")]


def test_both_computed_methods_stand_beside_what_is_stated() -> None:
    result = contact_hours(HoursRule(HoursMethod.STATED, stated=Decimal("1.5"), reason="As approved."), [measured(6000)])
    assert (result.hours, result.inputs["reason"]) == (Decimal("1.5"), "As approved.")
    assert result.explanation == "1.5 contact hours are stated by the provider: As approved."
    assert [each["method"] for each in result.inputs["comparison"]] == ["words", "mergener"]
    assert json.loads(json.dumps(result.inputs)) == result.inputs


@pytest.mark.parametrize("method", [HoursMethod.PILOT, HoursMethod.STATED])
def test_a_rule_that_lacks_what_it_needs_is_refused(method: HoursMethod) -> None:
    with pytest.raises(ValueError, match=method.value):
        contact_hours(HoursRule(method), [measured(6000)])
