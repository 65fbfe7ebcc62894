"""Where a trainee stands with a piece of work, computed from plain values and never stored. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from ceapp.scenarios.values import Grade
from ceapp.supervision.days import day_of, days_late
from ceapp.supervision.scopes import Scope


class State(StrEnum):
    WITHDRAWN = "withdrawn"
    NOT_BEGUN = "not begun"
    UNDER_WAY = "under way"
    HANDED_IN = "handed in"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt of the task's own series; `closed_at` is None while it is open and when it was left for a newer text."""

    number: int
    closed_at: datetime | None
    percent: int | None = None
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Until when: to the end of a day in a zone; without a day there is no hurry. `extended` for this person alone."""

    on: date | None
    time_zone: str
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A state with how late it is, or was when it was reached. `done_on` is the day of the pass, or else of the first handing in.

    `percent` and `weakest` are those of the first attempt, empty where the scope does not reach so far.
    """

    state: State
    days_late: int = 0
    done_on: date | None = None
    percent: int | None = None
    weakest: Grade | None = None

    @property
    def is_done(self) -> bool:
        return self.state in (State.HANDED_IN, State.PASSED)

    @property
    def is_overdue(self) -> bool:
        """Late now, with nothing handed in."""
        return self.days_late > 0 and not self.is_done

    @property
    def words(self) -> str:
        """“passed, 3 days late”."""
        late = f"{self.days_late} {'day' if self.days_late == 1 else 'days'} late"
        return f"{self.state}, {late}" if self.days_late else str(self.state)

    def within(self, scope: Scope) -> Standing:
        """The same, without what the scope does not include."""
        return self if scope.includes(Scope.SCORES) else replace(self, percent=None, weakest=None)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which work is looked at; by default all of it. `late` is what is overdue with nothing handed in."""

    group_id: UUID | None = None
    assignment_id: UUID | None = None
    until: date | None = None
    late: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether some trainees may have nothing to show."""
        return self.late or self.until is not None or self.assignment_id is not None


_BY_HARM = tuple(Grade)


def standing(tries: Sequence[Try], due: Due, *, withdrawn: bool, released_on: date | None, now: datetime) -> Standing:
    """Where somebody stands. A pass of their own that they released passes it too, with its day and nothing else."""
    if withdrawn:
        return Standing(State.WITHDRAWN)
    first = first_closed(tries)
    percent = first.percent if first else None
    passed_on = min(_days_of_passing(tries, due.time_zone, released_on), default=None)
    if passed_on is not None:
        return Standing(State.PASSED, _late_on(passed_on, due), passed_on, percent)
    if first is not None and first.closed_at is not None:
        return Standing(State.HANDED_IN, days_late(due.on, due.time_zone, first.closed_at), day_of(first.closed_at, due.time_zone), percent)
    return Standing(State.UNDER_WAY if tries else State.NOT_BEGUN, days_late(due.on, due.time_zone, now))


def first_closed(tries: Iterable[Try]) -> Try | None:
    """The first attempt that was handed in: the one that supervision looks at."""
    return min((each for each in tries if each.closed_at is not None), key=lambda each: each.number, default=None)


def weakest_choice(grades: Mapping[str, Mapping[str, Grade]], given: Mapping[str, Sequence[str]]) -> Grade | None:
    """The worst grade among what was chosen, over the graded questions; None when none was answered.

    `grades` is question id → option id → grade, `given` question id → option ids.
    """
    graded = (grades.get(question, {}).get(option) for question, options in given.items() for option in options)
    return max((grade for grade in graded if grade is not None), key=_BY_HARM.index, default=None)


def _days_of_passing(tries: Iterable[Try], zone: str, released_on: date | None) -> list[date]:
    own = [day_of(each.closed_at, zone) for each in tries if each.passed and each.closed_at is not None]
    return [*own, released_on] if released_on else own


def _late_on(day: date, due: Due) -> int:
    return max(0, (day - due.on).days) if due.on else 0
