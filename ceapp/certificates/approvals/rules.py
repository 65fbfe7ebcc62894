"""Which approvals hold for a completion, for whom, and the contact hours by each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from ceapp.certificates.facts import PrintedApproval, decimal, plain

AHEAD = timedelta(days=90)
"""How long before an approval ends administrators are warned, and for how long afterwards they still are."""


class Kind(StrEnum):
    """Whom a body approved. Boards treat the two differently, so neither is ever called by the other's name."""

    PROVIDER = "provider"
    COURSE = "course"

    @property
    def label(self) -> str:
        return "Provider approval" if self is Kind.PROVIDER else "Course approval"

    @property
    def number_label(self) -> str:
        return "provider number" if self is Kind.PROVIDER else "course number"


class Rounding(StrEnum):
    DOWN = "down"
    NEAREST = "nearest"


_ROUNDING = {Rounding.DOWN: ROUND_FLOOR, Rounding.NEAREST: ROUND_HALF_UP}


class Licensed(Protocol):
    """A licence as far as approvals look at it."""

    @property
    def profession(self) -> str: ...
    @property
    def place(self) -> str: ...


@dataclass(frozen=True, slots=True)
class HoursBy:
    """How a body counts contact hours: a stated number, or its own rounding of the exact hours; without either, those of the course."""

    stated: Decimal | None = None
    step: Decimal | None = None
    rounding: Rounding = Rounding.DOWN
    minimum: Decimal = Decimal(0)

    def hours(self, exact: Decimal, own: Decimal) -> Decimal | None:
        """The contact hours by this approval; None when they are fewer than the least that it gives any for."""
        if self.stated is not None:
            return self.stated
        if self.step is None:
            return own
        rounded = (exact / self.step).to_integral_value(rounding=_ROUNDING[self.rounding]) * self.step
        return rounded if rounded > 0 and rounded >= self.minimum else None

    @property
    def words(self) -> str:
        """How it counts, for administrators."""
        if self.stated is not None:
            return f"{self.stated:f} stated"
        if self.step is None:
            return "those of the course"
        way = "down to" if self.rounding is Rounding.DOWN else "to the nearest"
        least = f"; none below {self.minimum:f}" if self.minimum else ""
        return f"the exact hours rounded {way} a multiple of {self.step:f}{least}"


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as its newest version says it; `id` is that of the first version.

    Where `courses`, `professions` or `places` are empty, it is for all of them.
    """

    id: UUID
    version: int
    kind: Kind
    body: str
    number: str
    statement: str
    category: str
    valid_from: date
    valid_to: date
    courses: tuple[str, ...] = ()
    professions: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    hours: HoursBy = HoursBy()
    withdrawn_from: date | None = None

    @property
    def last_day(self) -> date:
        """The last day that it holds."""
        return self.valid_to if self.withdrawn_from is None else min(self.valid_to, self.withdrawn_from - timedelta(days=1))

    def holds(self, on: date) -> bool:
        return self.valid_from <= on <= self.last_day

    def covers(self, course_slug: str) -> bool:
        return not self.courses or course_slug in self.courses

    def is_for(self, licences: Iterable[Licensed]) -> bool:
        """Whether it is for somebody with these licences: one of them has a profession and a place that it names."""
        if not self.professions and not self.places:
            return True
        return any(
            (not self.professions or each.profession in self.professions) and (not self.places or each.place in self.places)
            for each in licences
        )


def is_covered(licences: Sequence[Licensed], approvals: Iterable[Approval]) -> bool:
    """Whether one of these approvals is for somebody with these licences."""
    return any(approval.is_for(licences) for approval in approvals)


def in_force(approvals: Iterable[Approval], course_slug: str, on: date) -> tuple[Approval, ...]:
    """Those that hold on a day and cover a course, by body and number."""
    held = (each for each in approvals if each.holds(on) and each.covers(course_slug))
    return tuple(sorted(held, key=_in_order))


def printed_approvals(
    approvals: Iterable[Approval], licences: Sequence[Licensed], *, exact: Decimal, own: Decimal
) -> tuple[PrintedApproval, ...]:
    """What a certificate prints of approvals that are in force: those that are for its holder and give contact hours."""
    counted = ((each, each.hours.hours(exact, own)) for each in approvals if each.is_for(licences))
    return tuple(_printed(approval, hours) for approval, hours in counted if hours is not None)


def _printed(approval: Approval, hours: Decimal) -> PrintedApproval:
    return PrintedApproval(
        kind=approval.kind.value,
        body=plain(approval.body),
        number=plain(approval.number),
        statement=plain(approval.statement),
        valid_from=approval.valid_from.isoformat(),
        valid_to=approval.valid_to.isoformat(),
        contact_hours=decimal(str(hours)),
        category=plain(approval.category),
        version=f"{approval.id}/{approval.version}",
    )


def ending(approvals: Sequence[Approval], today: date) -> tuple[Approval, ...]:
    """Those that end soon, or ended a short while ago, and that no other of the same body and kind follows; the first to end first.

    What was withdrawn was taken away by somebody who knew it.
    """
    near = [each for each in approvals if each.withdrawn_from is None and abs(each.valid_to - today) <= AHEAD]
    last = [each for each in near if not any(_follows(other, each) for other in approvals)]
    return tuple(sorted(last, key=lambda each: (each.valid_to, _in_order(each))))


def _follows(other: Approval, approval: Approval) -> bool:
    is_of_the_same = other.kind is approval.kind and other.body.casefold() == approval.body.casefold()
    covers_as_much = not other.courses or (bool(approval.courses) and set(approval.courses) <= set(other.courses))
    return is_of_the_same and covers_as_much and other.last_day > approval.valid_to


def _in_order(approval: Approval) -> tuple[str, str, UUID]:
    return approval.body.casefold(), approval.number, approval.id
