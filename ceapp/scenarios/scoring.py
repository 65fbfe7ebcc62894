"""Credit for one answer, and the score of an attempt, exactly as the table in `docs/authoring.md` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from ceapp.scenarios.position import Answers, walk
from ceapp.scenarios.values import Grade, Kind, Question, Scenario, Scoring

GRADED_CREDIT: Mapping[Grade, Fraction] = {
    Grade.BEST: Fraction(1),
    Grade.ACCEPTABLE: Fraction(4, 5),
    Grade.RISKY: Fraction(1, 5),
    Grade.HARMFUL: Fraction(0),
    Grade.CRITICAL: Fraction(0),
}
PLAIN_CREDIT: Mapping[Grade, Fraction] = {grade: Fraction(grade in (Grade.BEST, Grade.ACCEPTABLE)) for grade in Grade}


@dataclass(frozen=True, slots=True)
class Score:
    """The result of an attempt. `percent` is None where no scored question lay on the path; `critical` names the questions answered so."""

    percent: int | None
    passed: bool
    credits: tuple[tuple[str, Fraction], ...]
    critical: tuple[str, ...]


def credit(question: Question, given: tuple[str, ...], scheme: Scoring) -> Fraction | None:
    """The credit, from 0 to 1, that a well-formed answer earns; None for a reflection, which is read by people."""
    match question.kind:
        case Kind.REFLECTION:
            return None
        case Kind.GRADED:
            return grade_credit(_grade(question, given), scheme)
        case Kind.PLAIN:
            return Fraction(question.option(given[0]).right)
        case Kind.ALL:
            return _credit_for_all(question, given)
        case Kind.ORDER:
            return _credit_for_order(question, given)


def grade_credit(grade: Grade, scheme: Scoring) -> Fraction:
    """The credit of a grade: 1, 4/5, 1/5, 0, 0, or under the plain scheme 1 for best and acceptable and 0 for the others."""
    return (PLAIN_CREDIT if scheme is Scoring.PLAIN else GRADED_CREDIT)[grade]


def score(scenario: Scenario, answers: Answers, *, pass_mark: int, scheme: Scoring) -> Score:
    """Score the answers along the path that they take. Questions not yet answered, or off the path, do not count.

    Percent is floor(100 × sum of credits / scored questions on the path), computed exactly and rounded once.
    """
    answered = [step.question for step in walk(scenario, answers).steps if step.question is not None and step.question.id in answers]
    earned_by_question = tuple(
        (question.id, earned) for question in answered if (earned := credit(question, answers[question.id], scheme)) is not None
    )
    critical = tuple(question.id for question in answered if is_critical(question, answers[question.id]))
    percent = percentage(sum((earned for _, earned in earned_by_question), Fraction(0)), len(earned_by_question))
    return Score(percent, passes(percent, pass_mark) and not critical, earned_by_question, critical)


def percentage(credit_sum: Fraction, questions: int) -> int | None:
    """Whole percent, rounded down; None where there was nothing to score."""
    return int(100 * credit_sum / questions) if questions else None


def passes(percent: int | None, pass_mark: int) -> bool:
    """Whether a percentage meets the pass mark; an attempt without scored questions is completed when it ends."""
    return percent is None or percent >= pass_mark


def is_critical(question: Question, given: tuple[str, ...]) -> bool:
    """Whether the answer is a choice that a licensing board would sanction."""
    return question.kind is Kind.GRADED and question.option(given[0]).grade is Grade.CRITICAL


def given_problem(question: Question, given: tuple[str, ...]) -> str | None:
    """A sentence for the person who answered when the answer is not well-formed for its question, else None."""
    if question.kind is Kind.REFLECTION:
        return "A reflection has no options to choose." if given else None
    known = {option.id for option in question.options}
    if any(option_id not in known for option_id in given):
        return "One of the chosen options does not belong to this question."
    if len(set(given)) < len(given):
        return "An option was chosen twice."
    match question.kind:
        case Kind.GRADED | Kind.PLAIN:
            return None if len(given) == 1 else "Choose one option."
        case Kind.ALL:
            return None if given else "Choose at least one option."
        case Kind.ORDER:
            return None if len(given) == len(known) else "Give every item its place."


def _grade(question: Question, given: tuple[str, ...]) -> Grade:
    grade = question.option(given[0]).grade
    if grade is None:
        raise ValueError(f"The option {given[0]} of #{question.id} has no grade.")
    return grade


def _credit_for_all(question: Question, given: tuple[str, ...]) -> Fraction:
    """max(0, (right − wrong) / number keyed)."""
    keyed = sum(option.right for option in question.options)
    right = sum(question.option(option_id).right for option_id in given)
    wrong = len(given) - right
    return max(Fraction(0), Fraction(right - wrong, keyed))


def _credit_for_order(question: Question, given: tuple[str, ...]) -> Fraction:
    """Pairs in the right order / all pairs (Kendall's distance, turned round)."""
    place = {option.id: number for number, option in enumerate(question.options)}
    pairs = list(combinations(given, 2))
    return Fraction(sum(place[first] < place[second] for first, second in pairs), len(pairs))
