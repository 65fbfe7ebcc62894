"""What may be shown of the evaluations of a course, so that nobody can be found in it. Pure.

Only calendar quarters that are over are shown: in one that still grows, the difference between two looks would be one person's answers.
A quarter with fewer than five evaluations is shown together with the next ones, until they are five. Because the past does not change,
neither do these periods. How many evaluations there were is read from the answers: each gives an item one answer at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from ceapp.scenarios.values import EvaluationItem, ItemKind

FLOOR = 5
"""Nothing is shown of fewer than so many."""

RATINGS = range(1, 6)


@dataclass(frozen=True, slots=True)
class Answered:
    """How often an item was answered so in a month; a comment has no rating."""

    month: date
    item_id: str
    rating: int | None
    number: int


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day of a quarter to the last of the same or a later one."""

    first: date
    last: date

    @property
    def words(self) -> str:
        """`July to September 2026`, `October 2025 to March 2026`."""
        first = f"{self.first:%B}" if self.first.year == self.last.year else f"{self.first:%B %Y}"
        return f"{first} to {self.last:%B %Y}"

    @property
    def name(self) -> str:
        """In addresses."""
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Rated:
    """How an item was rated in a period: how often 1, 2, 3, 4 and 5. None of it where fewer than five rated it."""

    item: EvaluationItem
    counts: tuple[int, ...]

    @property
    def number(self) -> int:
        return sum(self.counts)

    @property
    def is_shown(self) -> bool:
        return self.number >= FLOOR

    @property
    def mean(self) -> str:
        """With two digits: 4.25."""
        total = sum(rating * count for rating, count in zip(RATINGS, self.counts, strict=True))
        return str((Decimal(total) / self.number).quantize(Decimal("0.01"), ROUND_HALF_UP))

    @property
    def mean_percent(self) -> int:
        """Where the mean stands between 1 and 5, as a share for a picture."""
        total = sum((rating - 1) * count for rating, count in zip(RATINGS, self.counts, strict=True))
        return 100 * total // (4 * self.number)

    def percent(self, count: int) -> int:
        return 100 * count // self.number


def periods_of(answers: Iterable[Answered], today: date) -> list[Period]:
    """The periods that can be shown, the oldest first."""
    running = _quarter(today)
    over = sorted((each for each in answers if each.month < running), key=lambda each: each.month)
    periods: list[Period] = []
    waiting: Counter[str] = Counter()
    first = None
    for quarter, in_quarter in groupby(over, key=lambda each: _quarter(each.month)):
        first = first or quarter
        for each in in_quarter:
            waiting[each.item_id] += each.number
        if max(waiting.values()) >= FLOOR:
            periods.append(Period(first, _next_quarter(quarter) - timedelta(days=1)))
            waiting, first = Counter(), None
    return periods


def within(answers: Iterable[Answered], period: Period) -> list[Answered]:
    return [each for each in answers if period.first <= each.month <= period.last]


def evaluations_in(answers: Iterable[Answered]) -> int:
    """How many evaluations these answers come from, at least: as many as the item has that was answered most."""
    numbers: Counter[str] = Counter()
    for each in answers:
        numbers[each.item_id] += each.number
    return max(numbers.values(), default=0)


def rated(answers: Iterable[Answered], items: Mapping[str, EvaluationItem]) -> list[Rated]:
    """The ratings of each item that was rated, in the order in which the items are asked."""
    counts: dict[str, Counter[int]] = {}
    for each in answers:
        if each.rating is not None:
            counts.setdefault(each.item_id, Counter())[each.rating] += each.number
    return [
        Rated(item, tuple(counts[item.id][rating] for rating in RATINGS))
        for item in items.values()
        if item.kind is ItemKind.RATING and item.id in counts
    ]


def _quarter(day: date) -> date:
    """The first day of the quarter in which a day is."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _next_quarter(quarter: date) -> date:
    return _quarter(quarter + timedelta(days=100))
