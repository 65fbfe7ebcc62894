"""Contact hours by the rule of a course, in decimal arithmetic, with the numbers they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from ceapp.scenarios.values import HoursMethod, HoursRule, Rounding

ROUNDING = {Rounding.DOWN: ROUND_FLOOR, Rounding.NEAREST: ROUND_HALF_UP}
SHOWN = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class HoursResult:
    """The contact hours, the numbers that went in, as printed in an application, and a sentence that says how they gave the hours."""

    hours: Decimal
    inputs: dict[str, str]
    explanation: str


def contact_hours(rule: HoursRule, *, words: int) -> HoursResult:
    """Work out the contact hours of a course with so many words, counted by `words.path_words`.

    The method `words` is that of NBCC as two providers state it: 6,000 words are one hour. Raises ValueError for a method that is not
    supported yet; `read_course` reports those before.
    """
    match rule.method:
        case HoursMethod.WORDS:
            return _by_words(rule, words)
        case HoursMethod.STATED if rule.stated is not None:
            return _stated(rule, rule.stated)
        case _:
            raise ValueError(f"Contact hours by the method {rule.method} are not supported yet.")


def _by_words(rule: HoursRule, words: int) -> HoursResult:
    exact = Decimal(words) / rule.per_hour
    hours = _rounded(exact, rule)
    way = f"down to a multiple of {rule.step}" if rule.rounding is Rounding.DOWN else f"to the nearest multiple of {rule.step}"
    inputs = {
        "method": rule.method.value,
        "words": str(words),
        "words_per_hour": str(rule.per_hour),
        "exact": str(exact.quantize(SHOWN)),
        "rounding": rule.rounding.value,
        "step": str(rule.step),
    }
    explanation = f"{words:,} words at {rule.per_hour:,} words an hour are {exact.quantize(SHOWN)} hours, rounded {way}."
    return HoursResult(hours, inputs, explanation)


def _stated(rule: HoursRule, hours: Decimal) -> HoursResult:
    inputs = {"method": rule.method.value, "hours": str(hours), "reason": rule.reason}
    return HoursResult(hours, inputs, f"{hours} hours are stated by the provider: {rule.reason}")


def _rounded(exact: Decimal, rule: HoursRule) -> Decimal:
    steps = (exact / rule.step).to_integral_value(rounding=ROUNDING[rule.rounding])
    return steps * rule.step
