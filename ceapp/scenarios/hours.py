"""Contact hours by the rule of a course, worked out exactly, with the numbers that they rest on and a sentence that says how.

Nothing is rounded before the last step: the numbers between are exact fractions, what is printed of them and the hours are decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from statistics import median
from typing import Any

from ceapp.scenarios.values import Course, HoursMethod, HoursRule, Rounding, Scenario
from ceapp.scenarios.words import PathWords, path_words

MERGENER_LEAST_WORDS = 1_000
"""Mergener's formula gives time for questions alone: 46.8 minutes for ten with nothing to read. Not used below this; our own number."""
COMPUTED = (HoursMethod.WORDS, HoursMethod.MERGENER)
"""The methods that need nothing but the text. The one that is not chosen is worked out beside the other, for comparison."""
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Measured:
    """What contact hours ask of a required scenario."""

    slug: str
    title: str
    difficulty: int
    words: PathWords


@dataclass(frozen=True, slots=True)
class HoursResult:
    """The contact hours, the numbers that went in, as printed in an application, and a sentence that says how they gave the hours."""

    hours: Decimal
    inputs: dict[str, Any]
    explanation: str


@dataclass(frozen=True, slots=True)
class _Amount:
    """A whole course in numbers. The difficulty is the mean of the scenarios', each weighted by its words."""

    words: int
    questions: int
    difficulty: Fraction


def measured(scenario: Scenario, course: Course) -> Measured:
    """A scenario by the pass mark and the scoring of its course."""
    return Measured(scenario.slug, scenario.title, scenario.difficulty, path_words(scenario, course.pass_mark, course.scoring))


def hours_of(course: Course, scenarios: Mapping[str, Scenario]) -> HoursResult:
    """The contact hours of a course whose scenarios, those of the closing cases too, are given by their slugs."""
    closing = scenarios[course.closing.forms[0]] if course.closing else None
    questions = measured(closing, course).words.questions if closing else 0
    return contact_hours(course.hours, [measured(scenarios[slug], course) for slug in course.required], closing_questions=questions)


def contact_hours(rule: HoursRule, scenarios: Sequence[Measured], *, closing_questions: int = 0) -> HoursResult:
    """Work out the contact hours of a course from its required scenarios and the scored questions in one form of its closing cases.

    Of each scenario counts the shortest way that passes, so nobody gets hours for what they may never have read. The method `words` is
    that of NBCC as two providers state it: 6,000 words are one hour. Raises ValueError for a rule that lacks what its method needs;
    `read_course` reports those before.
    """
    amount = _amount(scenarios, closing_questions)
    result = _worked_out(rule, amount)
    others = [(method, _worked_out(replace(rule, method=method), amount)) for method in COMPUTED if method is not rule.method]
    comparison = [{"method": method.value, "hours": str(other.hours), "explanation": other.explanation} for method, other in others]
    inputs = result.inputs | _course_inputs(rule, scenarios, closing_questions) | {"comparison": comparison}
    return HoursResult(result.hours, inputs, result.explanation)


def mergener_minutes(words: int, questions: int, difficulty: Fraction) -> Fraction:
    """Minutes by Mergener's formula, which may be below zero; difficulty from 1, very easy, to 5, very difficult.

    M. A. Mergener, Am J Pharm Educ 1991;55:263-266, with the coefficients and the correction of 0.9 as the Board of Certification prints
    them (bocatc.org/mergener-formula). The 22.3 is taken off: a worked sample of AORN agrees with that and not with its own print.
    """
    reading, asking, effort = Fraction("0.00209") * words, Fraction("2.78") * questions, Fraction("15.5") * difficulty
    return Fraction("0.9") * (Fraction("-22.3") + reading + asking + effort)


def _amount(scenarios: Sequence[Measured], closing_questions: int) -> _Amount:
    words = sum(each.words.shortest_passing for each in scenarios)
    questions = sum(each.words.questions for each in scenarios) + closing_questions
    weighted = sum(each.difficulty * each.words.shortest_passing for each in scenarios)
    return _Amount(words, questions, Fraction(weighted, words) if words else Fraction(0))


def _worked_out(rule: HoursRule, amount: _Amount) -> HoursResult:
    match rule.method:
        case HoursMethod.WORDS:
            return _by_words(rule, amount)
        case HoursMethod.MERGENER:
            return _by_mergener(rule, amount)
        case HoursMethod.PILOT if rule.pilot_minutes:
            return _by_pilot(rule)
        case HoursMethod.STATED if rule.stated is not None:
            return _stated(rule, rule.stated)
        case _:
            raise ValueError(f"Contact hours by the method {rule.method} need more than the rule says.")


def _by_words(rule: HoursRule, amount: _Amount) -> HoursResult:
    told = f"{amount.words:,} words at {rule.per_hour:,} words an hour are {{exact}} hours"
    return _result(rule, Fraction(amount.words, rule.per_hour), {"words_per_hour": str(rule.per_hour)}, told)


def _by_mergener(rule: HoursRule, amount: _Amount) -> HoursResult:
    difficulty = _decimal(amount.difficulty)
    if amount.words < MERGENER_LEAST_WORDS:
        told = (
            f"{amount.words:,} words are fewer than the {MERGENER_LEAST_WORDS:,} that Mergener’s formula is used for here, "
            "because it gives time for questions alone: {exact} hours"
        )
        return _result(rule, Fraction(0), {"minutes": "0"}, told)
    minutes = mergener_minutes(amount.words, amount.questions, amount.difficulty)
    shown, none = _decimal(minutes, 2), "" if minutes >= 0 else ", which counts as none"
    formula = f"0.9 × (0.00209 × {amount.words} + 2.78 × {amount.questions} + 15.5 × {difficulty} − 22.3)"
    told = (
        f"By Mergener’s formula {amount.words:,} words, {amount.questions} scored questions and a difficulty of {difficulty} take "
        f"{formula} = {shown.replace('-', '−')} minutes{none}; that is {{exact}} hours"
    )
    return _result(rule, max(Fraction(0), minutes / 60), {"minutes": shown}, told)


def _by_pilot(rule: HoursRule) -> HoursResult:
    minutes = Fraction(median(Fraction(each) for each in rule.pilot_minutes))
    inputs = {
        "people": str(len(rule.pilot_minutes)),
        "minutes": _decimal(minutes),
        "pilot_minutes": ", ".join(map(str, rule.pilot_minutes)),
    }
    told = (
        f"{len(rule.pilot_minutes)} people tried the course and wrote down their minutes; the median is {_decimal(minutes)} minutes; "
        "that is {exact} hours"
    )
    result = _result(rule, minutes / 60, inputs, told)
    return _with_reason(result, rule.reason) if rule.reason else result


def _stated(rule: HoursRule, hours: Decimal) -> HoursResult:
    inputs = {"method": rule.method.value, "hours": str(hours), "reason": rule.reason}
    return HoursResult(hours, inputs, f"{hours} contact hours are stated by the provider: {rule.reason}")


def _with_reason(result: HoursResult, reason: str) -> HoursResult:
    return replace(result, inputs=result.inputs | {"reason": reason}, explanation=f"{result.explanation} {reason}")


def _result(rule: HoursRule, exact: Fraction, inputs: dict[str, str], told: str) -> HoursResult:
    """The hours, rounded and held against the minimum; `told` is the sentence so far."""
    way = f"down to a multiple of {rule.step}" if rule.rounding is Rounding.DOWN else f"to the nearest multiple of {rule.step}"
    rounded = _rounded(exact, rule)
    is_too_little = rule.minimum is not None and rounded < rule.minimum
    below = f" That is less than the minimum of {rule.minimum}, so the course has 0 contact hours." if is_too_little else ""
    return HoursResult(
        Decimal(0) if is_too_little else rounded,
        {
            "method": rule.method.value,
            **inputs,
            "exact": _decimal(exact, 3, strip=False),
            "rounding": rule.rounding.value,
            "step": str(rule.step),
            "minimum": str(rule.minimum) if rule.minimum is not None else "none",
        },
        f"{told.format(exact=_decimal(exact, 3, strip=False))}, rounded {way}: {_in_hours(rounded)}.{below}",
    )


def _rounded(exact: Fraction, rule: HoursRule) -> Decimal:
    steps = exact / Fraction(rule.step)
    return (floor(steps) if rule.rounding is Rounding.DOWN else floor(steps + HALF)) * rule.step


def _course_inputs(rule: HoursRule, scenarios: Sequence[Measured], closing_questions: int) -> dict[str, Any]:
    """The course in numbers and scenario by scenario, whatever the method makes of them."""
    amount = _amount(scenarios, closing_questions)
    closing = {"closing_questions": str(closing_questions)} if closing_questions else {}
    return {
        "words": str(amount.words),
        "words_shortest_way": str(sum(each.words.shortest for each in scenarios)),
        "words_longest_way": str(sum(each.words.longest for each in scenarios)),
        "questions": str(amount.questions),
        **closing,
        "difficulty": _decimal(amount.difficulty),
        "reading_speed": str(rule.per_hour),
        "reading_minutes": _reading_minutes(rule, amount.words),
        "scenarios": [_scenario_inputs(rule, each) for each in scenarios],
    }


def _scenario_inputs(rule: HoursRule, scenario: Measured) -> dict[str, Any]:
    words = scenario.words
    return {
        "slug": scenario.slug,
        "title": scenario.title,
        "words": words.shortest_passing,
        "shortest": words.shortest,
        "longest": words.longest,
        "questions": words.questions,
        "difficulty": scenario.difficulty,
        "minutes": _reading_minutes(rule, words.shortest_passing),
    }


def _reading_minutes(rule: HoursRule, words: int) -> str:
    return _decimal(Fraction(60 * words, rule.per_hour), 1, strip=False)


def _in_hours(hours: Decimal) -> str:
    return "1 hour" if hours == 1 else f"{_decimal(Fraction(hours))} hours"


def _decimal(number: Fraction, places: int = 3, *, strip: bool = True) -> str:
    """A fraction as a decimal for print: `2.5`, `2.667`, and with all its places `2.500`."""
    scaled = Decimal(_nearest(number * 10**places)).scaleb(-places)
    return f"{scaled.normalize() if strip else scaled:f}"


def _nearest(number: Fraction) -> int:
    return floor(number + HALF) if number >= 0 else ceil(number - HALF)
