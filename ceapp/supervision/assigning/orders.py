"""What is to be assigned, as values: which scenarios of a course, each due when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from ceapp.scenarios.values import Course
from ceapp.supervision.assigning.planning import Span, due_days

MOST_PEOPLE = 1_000
MOST_ATTEMPTS = 100
FURTHEST = timedelta(days=5 * 366)
"""How far ahead something may be due; beyond that a year was mistyped."""

_TITLE_LENGTH = 300


class What(StrEnum):
    SCENARIOS = "scenarios"
    MODULE = "module"
    COURSE = "course"
    PLAN = "plan"


class Unassignable(ValueError):
    """The order cannot be carried out; the message is a sentence for the form."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks to have assigned. `scenarios` are in the order chosen; a plan with none means all that the course requires.

    `people` are those it is for; who of them gets it is decided when it is assigned. `due_on` is a plan's first due day.
    """

    what: What
    course: str
    scenarios: tuple[str, ...]
    module: str
    due_on: date | None
    skipped: tuple[Span, ...]
    time_zone: str
    people: tuple[UUID, ...]
    note: str
    attempts: int | None
    accepts_own_pass: bool


@dataclass(frozen=True, slots=True)
class DueScenario:
    """A scenario of an assignment, and until when."""

    position: int
    slug: str
    title: str
    due_on: date | None


def scenarios_of(order: Order, course: Course, titles: Mapping[str, str]) -> tuple[DueScenario, ...]:
    """The scenarios in order with their due days. Raises Unassignable, or Unplannable for a plan that does not end."""
    slugs = _slugs(order, course)
    if not slugs:
        raise Unassignable("Choose at least one scenario.")
    if order.what is What.PLAN and order.due_on is None:
        raise Unassignable("Give the day on which the first scenario of the plan is due.")
    weekly = order.what is What.PLAN and order.due_on is not None
    days: list[date | None] = (
        [*due_days(order.due_on, len(slugs), order.skipped)] if weekly and order.due_on else [order.due_on] * len(slugs)
    )
    return tuple(DueScenario(position, slug, titles[slug], day) for position, (slug, day) in enumerate(zip(slugs, days, strict=True), 1))


def title_of(order: Order, course: Course, scenarios: tuple[DueScenario, ...]) -> str:
    """What the assignment is called: by its scenario, its module or its course."""
    more = len(scenarios) - 1
    first = scenarios[0].title
    named = {
        What.SCENARIOS: first if not more else f"{first}, and {more} more",
        What.MODULE: next((module.title for module in course.modules if module.id == order.module), first),
        What.COURSE: course.title,
        What.PLAN: f"Weekly plan{_since(scenarios[0].due_on)}: {course.title}",
    }
    return named[order.what][:_TITLE_LENGTH]


def _since(day: date | None) -> str:
    return f" from {day.day} {day:%B %Y}" if day else ""


def problem_of_day(day: date | None, today: date) -> str | None:
    """Why nothing can be due on this day, `today` being the day in the zone of the assignment."""
    if day is None:
        return None
    if day < today:
        return "This day is over in the time zone chosen. Choose today or a later day."
    if day - today > FURTHEST:
        return "This day is more than five years away. Check the year."
    return None


def _slugs(order: Order, course: Course) -> tuple[str, ...]:
    known = course.scenarios
    chosen = tuple(slug for slug in dict.fromkeys(order.scenarios) if slug in known)
    if order.what is What.MODULE:
        return next(
            (tuple(slug for slug in module.scenarios if slug in known) for module in course.modules if module.id == order.module), ()
        )
    if order.what is What.COURSE:
        return course.required
    return chosen or (course.required if order.what is What.PLAN else ())
