"""Where somebody stands, as a table of cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ceapp.scenarios.values import Grade
from ceapp.supervision.progress.rules import Due, Standing, State, Try, first_closed, standing, weakest_choice
from ceapp.supervision.scopes import Scope

TORONTO = "America/Toronto"
DUE = date(2026, 11, 20)
LAST_MINUTE = datetime(2026, 11, 21, 4, 59, tzinfo=UTC)
"""A minute before midnight in Toronto."""


def stands(
    *tries: Try, due: date | None = DUE, now: datetime = LAST_MINUTE, released: date | None = None, withdrawn: bool = False
) -> Standing:
    return standing(tries, Due(due, TORONTO), withdrawn=withdrawn, released_on=released, now=now)


def closed(number: int = 1, *, days: int = 0, passed: bool = False, percent: int = 50) -> Try:
    return Try(number, LAST_MINUTE + timedelta(days=days), percent, passed)


OPEN = Try(1, None)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (stands(), "not begun"),
        (stands(now=LAST_MINUTE + timedelta(minutes=2)), "not begun, 1 day late"),
        (stands(due=None, now=LAST_MINUTE + timedelta(days=99)), "not begun"),
        (stands(OPEN), "under way"),
        (stands(OPEN, now=LAST_MINUTE + timedelta(days=3)), "under way, 3 days late"),
        (stands(closed(), now=LAST_MINUTE + timedelta(days=30)), "handed in"),
        (stands(closed(days=2), now=LAST_MINUTE + timedelta(days=30)), "handed in, 2 days late"),
        (stands(closed(), Try(2, None), now=LAST_MINUTE + timedelta(days=30)), "handed in"),
        (stands(closed(passed=True)), "passed"),
        (stands(closed(), closed(2, days=1, passed=True), now=LAST_MINUTE + timedelta(days=9)), "passed, 1 day late"),
        (stands(closed(1, passed=True), closed(2, days=5)), "passed"),
        (stands(released=date(2026, 10, 1)), "passed"),
        (stands(released=date(2026, 11, 22)), "passed, 2 days late"),
        (stands(closed(days=9), released=date(2026, 11, 1)), "passed"),
        (stands(closed(days=9, passed=True), released=date(2026, 11, 1)), "passed"),
        (stands(withdrawn=True, now=LAST_MINUTE + timedelta(days=9)), "withdrawn"),
        (stands(closed(passed=True), withdrawn=True), "withdrawn"),
    ],
)
def test_state_and_lateness_in_words(found: Standing, words: str) -> None:
    assert found.words == words


def test_the_day_is_the_day_in_the_zone_of_the_assignment() -> None:
    assert stands(closed()).done_on == DUE
    assert (
        standing([closed()], Due(DUE, "Europe/Berlin"), withdrawn=False, released_on=None, now=LAST_MINUTE).words == "handed in, 1 day late"
    )


def test_what_was_handed_in_late_is_not_overdue() -> None:
    assert stands(OPEN, now=LAST_MINUTE + timedelta(days=3)).is_overdue
    assert not stands(closed(days=2), now=LAST_MINUTE + timedelta(days=3)).is_overdue


def test_the_percent_is_of_the_first_attempt_that_was_handed_in() -> None:
    tries = (Try(1, None), closed(3, percent=90, passed=True), closed(2, percent=40))
    assert first_closed(tries) == closed(2, percent=40)
    assert stands(*tries).percent == 40


@pytest.mark.parametrize("scope", Scope)
def test_a5_status_alone_knows_neither_percent_nor_grade(scope: Scope) -> None:
    found = Standing(State.PASSED, 2, DUE, 80, Grade.RISKY).within(scope)
    assert (found.percent, found.weakest) == ((None, None) if scope is Scope.STATUS else (80, Grade.RISKY))
    assert (found.state, found.days_late, found.done_on) == (State.PASSED, 2, DUE)


GRADES = {"first": {"a": Grade.BEST, "b": Grade.CRITICAL}, "second": {"c": Grade.ACCEPTABLE, "d": Grade.RISKY}}


@pytest.mark.parametrize(
    ("given", "grade"),
    [
        ({}, None),
        ({"ticked": ("x",)}, None),
        ({"first": ("a",)}, Grade.BEST),
        ({"first": ("a",), "second": ("c",)}, Grade.ACCEPTABLE),
        ({"first": ("a",), "second": ("d",), "ticked": ("x", "y")}, Grade.RISKY),
        ({"first": ("b",), "second": ("c",)}, Grade.CRITICAL),
        ({"second": ()}, None),
    ],
)
def test_the_weakest_choice(given: dict[str, tuple[str, ...]], grade: Grade | None) -> None:
    assert weakest_choice(GRADES, given) == grade
