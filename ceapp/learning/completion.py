"""What an enrolment still needs before its certificate, and when it is complete. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from uuid import UUID


class State(StrEnum):
    PASSED = "passed"
    UNDER_WAY = "under way"
    NOT_PASSED = "not passed yet"
    USED_UP = "attempts used up"
    NOT_BEGUN = "not begun"


class Act(StrEnum):
    """What a course may ask for once everything is passed, in this order."""

    EVALUATION = "evaluation"
    ATTESTATION = "attestation"


@dataclass(frozen=True, slots=True)
class Mark:
    """That an enrolment asks for an act, and whether it was done."""

    act: Act
    is_done: bool


@dataclass(frozen=True, slots=True)
class Requirement:
    """A scenario of the pinned course revision, or its closing cases as one."""

    slug: str
    title: str
    summary: str
    minutes: int
    is_required: bool
    formerly: tuple[str, ...] = ()
    is_closing: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt for credit or of an assignment, as the record has it; `percent` is None without scored questions or while open."""

    scenario_slug: str
    attempt_id: UUID
    number: int
    allowed: int | None
    is_open: bool
    is_closed: bool
    passed: bool
    percent: int | None
    for_credit: bool = True  # else of an assignment: its pass counts here, its number does not
    closed_at: datetime | None = None
    scenario_revision_id: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist. `percent` is that of the attempt that passed first, else of the best one so far."""

    requirement: Requirement
    state: State
    percent: int | None
    open_attempt: UUID | None
    last_attempt: UUID | None
    attempts: tuple[Outcome, ...]  # by number, those left for a newer text included
    allowed: int | None

    @property
    def closed(self) -> int:
        """How many attempts were finished."""
        return sum(attempt.is_closed for attempt in self.attempts)

    @property
    def next_number(self) -> int:
        """The number of the next attempt as the learner counts; one left for a newer text cost nothing."""
        return self.closed + 1

    @property
    def allowed_in_all(self) -> int | None:
        """How many attempts the learner has, those left for a newer text not counted."""
        left = sum(not attempt.is_closed and not attempt.is_open for attempt in self.attempts)
        return None if self.allowed is None else self.allowed - left

    @property
    def has_history(self) -> bool:
        """Whether there is more to look back at than the last result."""
        return len(self.attempts) > 1

    @property
    def is_met(self) -> bool:
        return self.state is State.PASSED


@dataclass(frozen=True)
class Checklist:
    """What is left before the certificate."""

    items: tuple[Item, ...]
    marks: tuple[Mark, ...] = ()

    @cached_property
    def required(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.requirement.is_required)

    @property
    def optional(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.requirement.is_required)

    @cached_property
    def asked(self) -> int:
        """How many things the certificate asks for."""
        return len(self.required) + len(self.marks)

    @cached_property
    def met(self) -> int:
        return sum(item.is_met for item in self.required) + sum(mark.is_done for mark in self.marks)

    @property
    def percent(self) -> int:
        return 100 * self.met // self.asked if self.asked else 100

    @property
    def is_complete(self) -> bool:
        return self.met == self.asked

    @property
    def all_passed(self) -> bool:
        """Whether only acts are left, if anything."""
        return all(item.is_met for item in self.required)

    @property
    def next_act(self) -> Act | None:
        """The act that can be done now: each waits for those before it, and all of them for the last pass."""
        return next((mark.act for mark in self.marks if not mark.is_done), None) if self.all_passed else None

    @property
    def minutes_left(self) -> int:
        return sum(item.requirement.minutes for item in self.required if not item.is_met)

    @cached_property
    def next(self) -> Item | None:
        """Where to go on: what is under way first, then the first that is not met."""
        waiting = [item for item in self.required if not item.is_met and self.may_begin(item)]
        under_way = [item for item in waiting if item.state is State.UNDER_WAY]
        return next(iter(under_way + waiting), None)

    def may_begin(self, item: Item) -> bool:
        """Closing cases wait until every required scenario is passed."""
        return not item.requirement.is_closing or all(each.is_met for each in self.required if not each.requirement.is_closing)

    def item(self, slug: str) -> Item | None:
        return next((item for item in self.items if item.requirement.slug == slug), None)


def checklist(requirements: Sequence[Requirement], outcomes: Iterable[Outcome], marks: Iterable[Mark] = ()) -> Checklist:
    """Match the attempts and acts of an enrolment with what its course revision asks for."""
    by_slug: dict[str, list[Outcome]] = {}
    for outcome in sorted(_under_present_names(requirements, outcomes), key=_in_order):
        by_slug.setdefault(outcome.scenario_slug, []).append(outcome)
    return Checklist(tuple(_item(requirement, by_slug.get(requirement.slug, [])) for requirement in requirements), tuple(marks))


def meeting_attempts(requirements: Sequence[Requirement], outcomes: Iterable[Outcome]) -> Mapping[str, UUID] | None:
    """Required scenario → the first attempt that passed it, or None while one is missing."""
    found: dict[str, UUID] = {}
    for outcome in sorted(_under_present_names(requirements, outcomes), key=_in_order):
        if outcome.is_closed and outcome.passed:
            found.setdefault(outcome.scenario_slug, outcome.attempt_id)
    needed = [requirement.slug for requirement in requirements if requirement.is_required]
    return {slug: found[slug] for slug in needed} if needed and all(slug in found for slug in needed) else None


def _in_order(outcome: Outcome) -> tuple[bool, int]:
    """Those for credit first, by number: an assignment's pass counts where there is no other."""
    return not outcome.for_credit, outcome.number


def _under_present_names(requirements: Sequence[Requirement], outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes, with a scenario that was renamed under the name that it has now."""
    present = {former: requirement.slug for requirement in requirements for former in requirement.formerly}
    return [replace(each, scenario_slug=present[each.scenario_slug]) if each.scenario_slug in present else each for each in outcomes]


def _item(requirement: Requirement, every: Sequence[Outcome]) -> Item:
    passed = next((outcome for outcome in every if outcome.is_closed and outcome.passed), None)
    outcomes = [outcome for outcome in every if outcome.for_credit]
    closed = [outcome for outcome in outcomes if outcome.is_closed]
    best = max((outcome.percent for outcome in closed if outcome.percent is not None), default=None)
    return Item(
        requirement,
        _state(outcomes, has_passed=passed is not None),
        passed.percent if passed else best,
        next((outcome.attempt_id for outcome in outcomes if outcome.is_open), None),
        passed.attempt_id if passed else closed[-1].attempt_id if closed else None,
        tuple(outcomes),
        outcomes[-1].allowed if outcomes else None,
    )


def _state(outcomes: Sequence[Outcome], *, has_passed: bool) -> State:
    if has_passed:
        return State.PASSED
    if any(outcome.is_open for outcome in outcomes):
        return State.UNDER_WAY
    if not outcomes:
        return State.NOT_BEGUN
    allowed = outcomes[-1].allowed
    return State.USED_UP if allowed is not None and outcomes[-1].number >= allowed else State.NOT_PASSED
