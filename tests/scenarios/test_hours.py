"""Contact hours in decimal arithmetic."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ceapp.scenarios.hours import contact_hours
from ceapp.scenarios.values import HoursMethod, HoursRule, Rounding


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
    assert contact_hours(rule, words=words).hours == Decimal(hours)


def test_the_numbers_that_went_in_are_told() -> None:
    result = contact_hours(HoursRule(HoursMethod.WORDS), words=7400)
    assert result.inputs == {
        "method": "words",
        "words": "7400",
        "words_per_hour": "6000",
        "exact": "1.233",
        "rounding": "down",
        "step": "0.25",
    }
    assert result.explanation == "7,400 words at 6,000 words an hour are 1.233 hours, rounded down to a multiple of 0.25."


def test_stated() -> None:
    result = contact_hours(HoursRule(HoursMethod.STATED, stated=Decimal("1.5"), reason="As approved."), words=1)
    assert (result.hours, result.inputs) == (Decimal("1.5"), {"method": "stated", "hours": "1.5", "reason": "As approved."})
    assert result.explanation == "1.5 hours are stated by the provider: As approved."


@pytest.mark.parametrize("method", [HoursMethod.MERGENER, HoursMethod.PILOT, HoursMethod.STATED])
def test_what_is_not_supported_is_refused(method: HoursMethod) -> None:
    with pytest.raises(ValueError, match=method.value):
        contact_hours(HoursRule(method), words=6000)
