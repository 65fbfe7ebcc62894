"""Due days, lateness and the days of reminders, as tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ceapp.supervision.days import day_of, days_late, end_of, is_day_time, occasions, occasions_now


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("due_on", "zone", "over"),
    [
        ("2026-11-20", "UTC", "2026-11-21T00:00"),
        ("2026-11-20", "America/Toronto", "2026-11-21T05:00"),
        ("2026-11-20", "Pacific/Kiritimati", "2026-11-20T10:00"),
        ("2026-11-20", "Pacific/Niue", "2026-11-21T11:00"),
        ("2026-11-20", "Asia/Kathmandu", "2026-11-20T18:15"),
        ("2026-10-31", "America/New_York", "2026-11-01T04:00"),  # the night before the clocks go back
        ("2026-11-01", "America/New_York", "2026-11-02T05:00"),  # a day of 25 hours
        ("2027-03-13", "America/New_York", "2027-03-14T05:00"),
        ("2027-03-14", "America/New_York", "2027-03-15T04:00"),  # a day of 23 hours
        ("2026-10-24", "Europe/Berlin", "2026-10-24T22:00"),
        ("2026-10-25", "Europe/Berlin", "2026-10-25T23:00"),
        ("2027-03-28", "Europe/Berlin", "2027-03-28T22:00"),
        ("2018-11-03", "America/Sao_Paulo", "2018-11-04T03:00"),  # no midnight: 23:59 was followed by 01:00
        ("2026-10-31", "America/Havana", "2026-11-01T05:00"),  # two midnights: the later
        ("2011-12-29", "Pacific/Apia", "2011-12-30T10:00"),  # the whole next day was skipped
        ("2028-02-28", "Europe/Berlin", "2028-02-28T23:00"),
        ("2028-02-29", "Europe/Berlin", "2028-02-29T23:00"),
        ("2026-12-31", "America/Toronto", "2027-01-01T05:00"),
    ],
)
def test_a_due_day_is_over_at_the_midnight_after_it(due_on: str, zone: str, over: str) -> None:
    assert end_of(date.fromisoformat(due_on), zone) == at(over)


@pytest.mark.parametrize(
    ("due_on", "zone", "now", "late"),
    [
        ("2026-11-20", "America/Toronto", "2026-11-20T15:00", 0),
        ("2026-11-20", "America/Toronto", "2026-11-21T04:59:59", 0),
        ("2026-11-20", "America/Toronto", "2026-11-21T05:00", 1),
        ("2026-11-20", "America/Toronto", "2026-11-22T04:59:59", 1),
        ("2026-11-20", "America/Toronto", "2026-11-22T05:00", 2),
        ("2026-10-31", "America/New_York", "2026-11-02T04:59:59", 1),  # the 25th hour still belongs to the first day
        ("2026-10-31", "America/New_York", "2026-11-02T05:00", 2),
        ("2027-03-13", "America/New_York", "2027-03-15T03:59:59", 1),
        ("2027-03-13", "America/New_York", "2027-03-15T04:00", 2),
        ("2026-10-31", "America/Havana", "2026-11-01T04:30", 0),  # the first midnight: it comes once more
        ("2026-10-31", "America/Havana", "2026-11-01T05:00", 1),
        ("2028-02-28", "UTC", "2028-03-01T00:00", 2),
        ("2027-02-28", "UTC", "2027-03-01T00:00", 1),
        ("2026-12-31", "UTC", "2027-01-01T00:00", 1),
        (None, "UTC", "2027-01-01T00:00", 0),
    ],
)
def test_days_late(due_on: str | None, zone: str, now: str, late: int) -> None:
    assert days_late(date.fromisoformat(due_on) if due_on else None, zone, at(now)) == late


@pytest.mark.parametrize(
    ("assigned_on", "due_on", "expected"),
    [
        ("2026-11-01", None, {"assigned": "2026-11-01"}),
        (
            "2026-11-01",
            "2026-11-20",
            {
                "assigned": "2026-11-01",
                "due-7": "2026-11-13",
                "due-1": "2026-11-19",
                "late-1": "2026-11-21",
                "late-2": "2026-11-28",
                "late-3": "2026-12-05",
                "late-4": "2026-12-12",
            },
        ),
        (  # a week's notice on the very day of assigning would be a second mail about the same
            "2026-12-24",
            "2026-12-31",
            {
                "assigned": "2026-12-24",
                "due-1": "2026-12-30",
                "late-1": "2027-01-01",
                "late-2": "2027-01-08",
                "late-3": "2027-01-15",
                "late-4": "2027-01-22",
            },
        ),
        (
            "2028-02-21",
            "2028-02-29",
            {
                "assigned": "2028-02-21",
                "due-7": "2028-02-22",
                "due-1": "2028-02-28",
                "late-1": "2028-03-01",
                "late-2": "2028-03-08",
                "late-3": "2028-03-15",
                "late-4": "2028-03-22",
            },
        ),
        (
            "2026-11-20",
            "2026-11-20",
            {"assigned": "2026-11-20", "late-1": "2026-11-21", "late-2": "2026-11-28", "late-3": "2026-12-05", "late-4": "2026-12-12"},
        ),
    ],
)
def test_the_occasions_of_a_task(assigned_on: str, due_on: str | None, expected: dict[str, str]) -> None:
    found = occasions(date.fromisoformat(assigned_on), date.fromisoformat(due_on) if due_on else None)
    assert {each.name: each.day.isoformat() for each in found} == expected


@pytest.mark.parametrize(
    ("today", "names"),
    [
        ("2026-11-18", []),
        ("2026-11-19", ["due-1"]),
        ("2026-11-20", ["due-1"]),
        ("2026-11-21", ["due-1", "late-1"]),
        ("2026-11-22", ["late-1"]),
        ("2026-11-23", ["late-1"]),
        ("2026-11-24", []),
        ("2026-12-14", ["late-4"]),
        ("2026-12-15", []),
        ("2026-12-19", []),  # a fifth week is not counted
    ],
)
def test_an_occasion_can_be_sent_on_its_day_and_two_days_after(today: str, names: list[str]) -> None:
    found = occasions_now(date(2026, 11, 1), date(2026, 11, 20), date.fromisoformat(today))
    assert [each.name for each in found] == names


def test_the_day_is_that_of_the_zone() -> None:
    assert day_of(at("2026-11-21T04:59"), "America/Toronto") == date(2026, 11, 20)
    assert day_of(at("2026-11-21T05:00"), "America/Toronto") == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("now", "zone", "is_day"),
    [
        ("2026-11-20T07:59:59", "UTC", False),
        ("2026-11-20T08:00", "UTC", True),
        ("2026-11-20T23:59", "UTC", True),
        ("2026-11-21T00:00", "UTC", False),
        ("2026-11-01T12:59", "America/New_York", False),  # after the change, eight is an hour later in UTC
        ("2026-11-01T13:00", "America/New_York", True),
        ("2026-10-31T12:00", "America/New_York", True),
        ("2027-03-14T12:00", "America/New_York", True),
        ("2026-10-25T06:59", "Europe/Berlin", False),
        ("2026-10-25T07:00", "Europe/Berlin", True),
    ],
)
def test_nobody_is_mailed_at_night(now: str, zone: str, is_day: bool) -> None:
    assert is_day_time(at(now), zone) is is_day


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_on_every_day_of_two_years_a_task_is_late_by_the_days_since(zone: str) -> None:
    """Whatever the clocks do: one minute before midnight there is time, at midnight it is one day late."""
    for number in range(730):
        due_on = date(2026, 1, 1) + timedelta(days=number)
        over = end_of(due_on, zone)
        assert days_late(due_on, zone, over - timedelta(minutes=1)) == 0
        assert days_late(due_on, zone, over) == 1
        assert days_late(due_on, zone, end_of(due_on + timedelta(days=1), zone)) == 2
