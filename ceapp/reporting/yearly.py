"""A year of a course as numbers in which nobody can be found. Pure.

The report is handed on, so no number in it is of fewer than five people. Groups with fewer are put together; where what is put together is
still fewer than five, the next smallest group joins it, so that no difference between a total and its parts tells a small number either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ceapp.reporting.evaluations import FLOOR, Answered, Period, Rated, evaluations_in, periods_of, rated, within
from ceapp.scenarios.values import EvaluationItem

TOO_FEW = "fewer than five, not shown"
OTHERS = "All others"
NO_LICENCE = "No licence on the certificate"


@dataclass(frozen=True, slots=True)
class Share:
    """A group and how many are in it."""

    name: str
    number: int

    def percent(self, total: int) -> int:
        return 100 * self.number // total if total else 0


@dataclass(frozen=True, slots=True)
class Tried:
    """A scenario with its attempts for credit of a year: by how many people, how many passed one, and how many used up the last."""

    title: str
    people: int
    failed: int
    used_up: int

    @property
    def is_shown(self) -> bool:
        return self.people >= FLOOR

    def shown(self, number: int) -> str:
        """A number as it may be said; none and all of at least five tell of everybody alike."""
        return shown(number, self.people)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What was said in the quarters that may be shown and end in the year."""

    period: Period
    number: int
    rated: tuple[Rated, ...]


@dataclass(frozen=True, slots=True)
class Complaints:
    """Grievances that were filed in the year about the course, and what became of them."""

    filed: int = 0
    open: int = 0
    upheld: int = 0
    in_part: int = 0
    not_upheld: int = 0

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """In words; of fewer than five, only whether there were any."""
        if not self.filed:
            return (("Filed", "none"),)
        if self.filed < FLOOR:
            return (("Filed", TOO_FEW),)
        parts = (("Upheld", self.upheld), ("Upheld in part", self.in_part), ("Not upheld", self.not_upheld), ("Open", self.open))
        return (("Filed", str(self.filed)), *((name, shown(number, self.filed)) for name, number in parts))


@dataclass(frozen=True, slots=True)
class Year:
    """Everything that the report says."""

    year: int
    completions: int
    groups: tuple[Share, ...]
    tried: tuple[Tried, ...]
    evaluated: Evaluated | None
    complaints: Complaints

    @property
    def is_shown(self) -> bool:
        """Whether there are completions enough to say how many."""
        return self.completions >= FLOOR


def shown(number: int, of: int) -> str:
    """A part of so many people, in words where it, or what is left, would be few."""
    return str(number) if (number == 0 or number >= FLOOR) and (of - number == 0 or of - number >= FLOOR) else TOO_FEW


def together(numbers: Mapping[str, int]) -> tuple[Share, ...]:
    """The groups that may be shown, the largest first, and last all others together; nothing where all together are too few."""
    ordered = sorted(numbers.items(), key=lambda each: (-each[1], each[0]))
    kept = [each for each in ordered if each[1] >= FLOOR]
    rest = [each for each in ordered if 0 < each[1] < FLOOR]
    while rest and sum(number for _, number in rest) < FLOOR and kept:
        rest.append(kept.pop())
    others = sum(number for _, number in rest)
    shares = [Share(*each) for each in kept]
    return tuple([*shares, Share(OTHERS, others)] if others >= FLOOR else shares)


def evaluated(answers: Sequence[Answered], items: Mapping[str, EvaluationItem], year: int, today: date) -> Evaluated | None:
    """What was said in a year, by the periods that the report on evaluations shows; one that ends in the next year is told there."""
    periods = [each for each in periods_of(answers, today) if each.last.year == year]
    if not periods:
        return None
    period = Period(periods[0].first, periods[-1].last)
    said = within(answers, period)
    return Evaluated(period, evaluations_in(said), tuple(rated(said, items)))


def years_of(days: Collection[date], today: date) -> list[int]:
    """The years from the first completion on, the newest first; this one at least."""
    first = min(days, default=today).year
    return list(range(today.year, min(first, today.year) - 1, -1))


def rows(report: Year) -> Iterator[tuple[str | int, ...]]:
    """The report as a table: part, what, number."""
    yield "Part", "What", "Number"
    yield "Completions", "All", report.completions if report.is_shown else TOO_FEW
    yield from (("Completions", each.name, each.number) for each in report.groups)
    yield from _tried_rows(report.tried)
    if report.evaluated:
        yield "Evaluation", f"Evaluations, {report.evaluated.period.words}, at least", report.evaluated.number
        yield from (("Evaluation", f"Mean: {each.item.text}", each.mean if each.is_shown else TOO_FEW) for each in report.evaluated.rated)
    yield from (("Grievances", name, words) for name, words in report.complaints.lines)


def _tried_rows(tried: Iterable[Tried]) -> Iterator[tuple[str | int, ...]]:
    for each in tried:
        yield "Scenarios", f"{each.title}: people who tried it for credit", each.people if each.is_shown else TOO_FEW
        if each.is_shown:
            yield "Scenarios", f"{each.title}: people who failed an attempt", each.shown(each.failed)
            yield "Scenarios", f"{each.title}: people who used up their attempts", each.shown(each.used_up)
