"""How long completed enrolments took, beside the estimate. Pure; whose enrolments they are is for nobody to see here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from statistics import median

from ceapp.learning.time_spent import minutes_missing

FAST = 3
"""Faster than a third of the estimate is very fast. Our own threshold; the estimate is already for the shortest way."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """A scenario of a course with its estimate in minutes, and every slug that it ever had."""

    title: str
    minutes: int
    is_required: bool
    slugs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Work:
    """The time of one completed enrolment, with the estimate and the minimum of the course revision that it completed, in minutes."""

    seconds: int
    by_scenario: Mapping[str, int]
    estimate: int
    minimum: int = 0

    @property
    def minutes(self) -> str:
        return _minutes(self.seconds)

    @property
    def is_very_fast(self) -> bool:
        return FAST * self.seconds < 60 * self.estimate

    @property
    def missing(self) -> int:
        """Minutes below the minimum of the course; 0 without one."""
        return minutes_missing(self.seconds, self.minimum)

    @property
    def stands_out(self) -> bool:
        return self.is_very_fast or self.missing > 0


@dataclass(frozen=True, slots=True)
class Line:
    """The estimate in minutes beside the median in seconds of so many enrolments, and both as parts of a hundred of the longest bar."""

    title: str
    is_required: bool
    estimate: int
    median_seconds: int | None
    enrolments: int
    longest: int

    @property
    def median_minutes(self) -> str:
        """Empty where nobody was there yet."""
        return "" if self.median_seconds is None else _minutes(self.median_seconds)

    @property
    def estimate_bar(self) -> int:
        return 100 * 60 * self.estimate // self.longest

    @property
    def median_bar(self) -> int:
        return 100 * (self.median_seconds or 0) // self.longest


class Pace:
    """The times of a course, gathered work by work: only numbers are kept."""

    def __init__(self, scenarios: Sequence[Estimated]) -> None:
        self._scenarios = scenarios
        self._seconds: list[list[int]] = [[] for _ in scenarios]
        self._together: list[int] = []

    def add(self, works: Iterable[Work]) -> None:
        for work in works:
            self._together.append(work.seconds)
            for scenario, seconds in zip(self._scenarios, self._seconds, strict=True):
                names = scenario.slugs & work.by_scenario.keys()
                if names:
                    seconds.append(sum(work.by_scenario[name] for name in names))

    @property
    def enrolments(self) -> int:
        return len(self._together)

    @property
    def lines(self) -> list[Line]:
        """One for each scenario in the order of the course, and one for the whole: the required estimate beside all the time worked."""
        medians = [_median(seconds) for seconds in self._seconds]
        longest = max([1, *(60 * each.minutes for each in self._scenarios), *(each or 0 for each in medians)])
        lines = [
            Line(each.title, each.is_required, each.minutes, middle, len(seconds), longest)
            for each, middle, seconds in zip(self._scenarios, medians, self._seconds, strict=True)
        ]
        required, middle = sum(each.minutes for each in self._scenarios if each.is_required), _median(self._together)
        longest = max(1, 60 * required, middle or 0)
        return [*lines, Line("The whole course", True, required, middle, self.enrolments, longest)]


def _median(seconds: list[int]) -> int | None:
    return floor(median(seconds)) if seconds else None


def _minutes(seconds: int) -> str:
    """`12.5`, cut and not rounded."""
    tenths = seconds // 6
    return f"{tenths // 10}.{tenths % 10}"
