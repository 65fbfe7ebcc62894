"""The days of a weekly plan, what an order comes to, and how a due day is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ceapp.scenarios.values import Module
from ceapp.supervision.assigning.orders import Order, Unassignable, What, problem_of_day, scenarios_of, title_of
from ceapp.supervision.assigning.planning import Span, Unplannable, due_days, spans
from ceapp.supervision.day_words import due_words

FRIDAY = date(2026, 12, 4)


def span(first: str, last: str = "") -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("first", "count", "skipped", "expected"),
    [
        (FRIDAY, 0, (), []),
        (FRIDAY, 1, (), ["2026-12-04"]),
        (FRIDAY, 3, (), ["2026-12-04", "2026-12-11", "2026-12-18"]),
        (FRIDAY, 3, (span("2026-12-11"),), ["2026-12-04", "2026-12-18", "2026-12-25"]),
        (FRIDAY, 3, (span("2026-12-10"),), ["2026-12-04", "2026-12-11", "2026-12-18"]),
        (FRIDAY, 2, (span("2026-12-04"),), ["2026-12-11", "2026-12-18"]),
        (FRIDAY, 3, (span("2026-12-24", "2027-01-08"),), ["2026-12-04", "2026-12-11", "2026-12-18"]),
        (FRIDAY, 4, (span("2026-12-25", "2027-01-01"),), ["2026-12-04", "2026-12-11", "2026-12-18", "2027-01-08"]),
        (FRIDAY, 2, (span("2026-12-11"), span("2026-12-11", "2026-12-19")), ["2026-12-04", "2026-12-25"]),
        (date(2024, 2, 22), 2, (), ["2024-02-22", "2024-02-29"]),
        (date(2027, 3, 7), 2, (), ["2027-03-07", "2027-03-14"]),  # the night in which the clocks of Toronto change
    ],
)
def test_a_plan_keeps_its_weekday(first: date, count: int, skipped: tuple[Span, ...], expected: list[str]) -> None:
    assert [str(day) for day in due_days(first, count, skipped)] == expected


@pytest.mark.parametrize("count", [1, 20])
def test_a_plan_that_skips_for_ever_is_refused(count: int) -> None:
    with pytest.raises(Unplannable, match="does not end within three years"):
        due_days(FRIDAY, count, (Span(date.min, date.max),))


def test_a_plan_ends_within_three_years() -> None:
    assert due_days(FRIDAY, 157, ())[-1] == FRIDAY + timedelta(weeks=156)
    with pytest.raises(Unplannable):
        due_days(FRIDAY, 158, ())
    with pytest.raises(Unplannable):
        due_days(FRIDAY, 157, (Span(FRIDAY, FRIDAY),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        (" , ;", ()),
        ("2026-12-25", (span("2026-12-25"),)),
        ("2026-12-25, 2026-12-28 to 2027-01-08", (span("2026-12-25"), span("2026-12-28", "2027-01-08"))),
        ("2026-12-25;2026-12-28 – 2027-01-08", (span("2026-12-25"), span("2026-12-28", "2027-01-08"))),
        ("2026-12-25 TO 2026-12-25", (span("2026-12-25"),)),
    ],
)
def test_days_to_skip_are_read(text: str, expected: tuple[Span, ...]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("christmas", "“christmas” is no day"),
        ("2026-12-25 2026-12-26", "is no day"),
        ("25.12.2026", "is no day"),
        ("2026-02-30", "There is no day 2026-02-30"),
        ("2026-12-25 to 2026-13-01", "There is no day 2026-13-01"),
        ("2027-01-08 to 2026-12-28", "ends before it begins"),
        ("٢٠٢٦-12-25", "is no day"),
        ("x" * 5000, "is no day"),
    ],
)
def test_what_is_no_day_is_named(text: str, sentence: str) -> None:
    with pytest.raises(Unplannable, match=sentence) as refused:
        spans(text)
    assert len(str(refused.value)) < 250


COURSE: Any = SimpleNamespace(
    slug="sample",
    title="A course",
    scenarios=("one", "two", "three", "extra"),
    required=("one", "two", "three"),
    modules=(Module("first", "First things", ("one", "two")), Module("then", "Then", ("three",))),
)
TITLES = {"one": "One", "two": "Two", "three": "Three", "extra": "Extra"}
ORDER = Order(What.SCENARIOS, "sample", ("two", "one"), "", FRIDAY, (), "UTC", (), "", None, accepts_own_pass=False)


@pytest.mark.parametrize(
    ("changes", "expected", "title"),
    [
        ({}, [("two", "04"), ("one", "04")], "Two, and 1 more"),
        ({"scenarios": ("one",), "due_on": None}, [("one", "")], "One"),
        ({"scenarios": ("one", "one", "unknown")}, [("one", "04")], "One"),
        ({"what": What.MODULE, "module": "first"}, [("one", "04"), ("two", "04")], "First things"),
        ({"what": What.COURSE}, [("one", "04"), ("two", "04"), ("three", "04")], "A course"),
        (
            {"what": What.PLAN, "scenarios": ()},
            [("one", "04"), ("two", "11"), ("three", "18")],
            "Weekly plan from 4 December 2026: A course",
        ),
        (
            {"what": What.PLAN, "skipped": (Span(FRIDAY, FRIDAY),)},
            [("two", "11"), ("one", "18")],
            "Weekly plan from 11 December 2026: A course",
        ),
    ],
)
def test_what_an_order_comes_to(changes: dict[str, Any], expected: list[tuple[str, str]], title: str) -> None:
    order = replace(ORDER, **changes)
    found = scenarios_of(order, COURSE, TITLES)
    assert [(each.slug, f"{each.due_on:%d}" if each.due_on else "") for each in found] == expected
    assert [each.position for each in found] == list(range(1, len(expected) + 1))
    assert title_of(order, COURSE, found) == title


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scenarios": ()}, "Choose at least one scenario"),
        ({"scenarios": ("unknown",)}, "Choose at least one scenario"),
        ({"what": What.MODULE, "module": "unknown"}, "Choose at least one scenario"),
        ({"what": What.PLAN, "due_on": None}, "Give the day on which the first scenario"),
    ],
)
def test_what_cannot_be_assigned(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unassignable, match=sentence):
        scenarios_of(replace(ORDER, **changes), COURSE, TITLES)


def test_a_long_title_fits_its_column() -> None:
    long = dict.fromkeys(TITLES, "x" * 500)
    assert len(title_of(ORDER, COURSE, scenarios_of(ORDER, COURSE, long))) == 300


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(-1, "This day is over"), (0, None), (1, None), (5 * 366, None), (5 * 366 + 1, "more than five years"), (None, None)],
)
def test_which_days_can_be_due(days: int | None, sentence: str | None) -> None:
    problem = problem_of_day(None if days is None else FRIDAY + timedelta(days=days), FRIDAY)
    assert (problem is None) == (sentence is None)
    assert sentence is None or sentence in str(problem)


@pytest.mark.parametrize(
    ("day", "zone", "viewer", "expected"),
    [
        ("2026-11-27", "UTC", "", "Friday 27 November 2026 (UTC)"),
        ("2026-11-27", "America/Toronto", "", "Friday 27 November 2026 (Toronto time, UTC−05:00)"),
        ("2026-11-27", "America/Toronto", "America/New_York", "Friday 27 November 2026 (Toronto time, UTC−05:00)"),
        ("2026-07-03", "America/New_York", "", "Friday 3 July 2026 (New York time, UTC−04:00)"),
        ("2026-11-27", "Asia/Kolkata", "", "Friday 27 November 2026 (Kolkata time, UTC+05:30)"),
        (
            "2026-11-27",
            "America/Toronto",
            "Europe/Berlin",
            "Friday 27 November 2026 (Toronto time, UTC−05:00); "
            "for you it ends on Saturday 28 November 2026 at 06:00 (Berlin time, UTC+01:00)",
        ),
    ],
)
def test_a_due_day_is_written_so_that_nobody_reads_it_wrongly(day: str, zone: str, viewer: str, expected: str) -> None:
    assert due_words(date.fromisoformat(day), zone, viewer) == expected
