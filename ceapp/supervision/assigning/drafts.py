"""What an order comes to today: who gets which scenarios, and who is left out and why. Read for the preview, and again to assign."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership, Person
from ceapp.catalogue.queries import PublishedCourse, course_by_slug, published_course
from ceapp.database import db
from ceapp.errors import Refused
from ceapp.learning.models import Attempt, Score
from ceapp.supervision.access import trainees_seen
from ceapp.supervision.assigning.orders import DueScenario, Order, Unassignable, problem_of_day, scenarios_of, title_of
from ceapp.supervision.assigning.planning import Unplannable
from ceapp.supervision.called import called
from ceapp.supervision.days import day_of
from ceapp.supervision.models import AssignedScenario, Assignment, ReleasedPass, Supervision, Task

_scored = aliased(Score)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets scenarios; `has_already` are the titles of those that they have open from before."""

    id: UUID
    name: str
    scenarios: tuple[DueScenario, ...]
    has_already: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody who was chosen and gets nothing, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be assigned now. `not_seen` counts chosen people whose names are not the member's to read."""

    course: PublishedCourse
    title: str
    scenarios: tuple[DueScenario, ...]
    recipients: tuple[Recipient, ...]
    left_out: tuple[LeftOut, ...]
    not_seen: int

    @property
    def left_out_number(self) -> int:
        return len(self.left_out) + self.not_seen


@dataclass(frozen=True, slots=True)
class _Member:
    id: UUID
    name: str
    is_active: bool
    was_supervised: bool


def draft(here: Here, order: Order, now: datetime) -> Draft:
    """Decide on an order. Raises Refused, with a sentence, when it cannot be carried out for anybody."""
    course = _course(order.course)
    scenarios = _scenarios(order, course, now)
    members, seen = _members(here, order.people), trainees_seen(here)
    eligible = [each for each in members if each.id in seen and each.is_active]
    open_tasks = _open_tasks(here, course, [each.id for each in eligible], scenarios)
    offered = [_recipient(each, scenarios, open_tasks.get(each.id, set())) for each in eligible]
    named = [each for each in members if each.id in seen or here.membership.is_administrator or each.was_supervised]
    chosen = {each.id for each in eligible}
    left_out = [LeftOut(each.name, _why(each, here, seen)) for each in named if each.id not in chosen]
    left_out += [LeftOut(each.name, "has it already") for each in offered if not each.scenarios]
    return Draft(
        course=course,
        title=title_of(order, course.course, scenarios),
        scenarios=scenarios,
        recipients=tuple(each for each in offered if each.scenarios),
        left_out=tuple(sorted(left_out, key=lambda each: each.name)),
        not_seen=len(set(order.people)) - len(named),
    )


def _course(slug: str) -> PublishedCourse:
    row = course_by_slug(slug)
    if row is None or row.retired_at is not None:
        raise Refused("This course is not offered any more. Nothing was assigned; choose another one.")
    return published_course(row.revision_id)


def _scenarios(order: Order, course: PublishedCourse, now: datetime) -> tuple[DueScenario, ...]:
    problem = problem_of_day(order.due_on, day_of(now, order.time_zone))
    if problem:
        raise Refused(f"{problem} Nothing was assigned.")
    try:
        return scenarios_of(order, course.course, {each.slug: each.title for each in course.scenarios})
    except (Unassignable, Unplannable) as refusal:
        raise Refused(f"{refusal} Nothing was assigned.") from refusal


def _members(here: Here, people: tuple[UUID, ...]) -> list[_Member]:
    """Those of the chosen people who are or were in the organisation, by name."""
    supervised = exists().where(
        Supervision.organisation_id == here.id,
        Supervision.supervisor_id == here.membership.person_id,
        Supervision.trainee_id == Membership.person_id,
    )
    rows = db.session.execute(
        select(Membership, called(Person), Person.suspended_at, supervised)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == here.id, Membership.person_id.in_(people))
        .order_by(func.lower(called(Person)), Person.email)
    )
    return [
        _Member(membership.person_id, name, membership.is_active and suspended_at is None, was_supervised)
        for membership, name, suspended_at, was_supervised in rows
    ]


def _why(member: _Member, here: Here, seen: Collection[UUID]) -> str:
    """Whoever supervised them before does not learn here that they are suspended or gone."""
    may_know = here.membership.is_administrator or member.id in seen
    return "is not active here" if may_know and not member.is_active else "is not one of your trainees now"


def _recipient(member: _Member, scenarios: tuple[DueScenario, ...], taken: set[str]) -> Recipient:
    given = tuple(each for each in scenarios if each.slug not in taken)
    return Recipient(member.id, member.name, given, tuple(each.title for each in scenarios if each.slug in taken))


def _open_tasks(here: Here, course: PublishedCourse, people: list[UUID], scenarios: tuple[DueScenario, ...]) -> dict[UUID, set[str]]:
    """Person → the scenarios, by today's slug, that they have assigned, neither withdrawn nor passed."""
    today = {name: each.slug for each in scenarios for name in (each.slug, *_former(course, each.slug))}
    rows = db.session.execute(
        select(Task.trainee_id, AssignedScenario.scenario_slug)
        .join(AssignedScenario, (AssignedScenario.assignment_id == Task.assignment_id) & (AssignedScenario.position == Task.position))
        .join(Assignment, Assignment.id == Task.assignment_id)
        .where(
            Task.organisation_id == here.id,
            Task.trainee_id.in_(people),
            AssignedScenario.course_slug == course.slug,
            AssignedScenario.scenario_slug.in_(list(today)),
            Task.withdrawn_at.is_(None),
            Assignment.withdrawn_at.is_(None),
            ~_is_passed(),
            ~exists().where(ReleasedPass.organisation_id == here.id, ReleasedPass.task_id == Task.id),
        )
    )
    found: dict[UUID, set[str]] = {}
    for trainee_id, slug in rows:
        found.setdefault(trainee_id, set()).add(today[slug])
    return found


def _former(course: PublishedCourse, slug: str) -> tuple[str, ...]:
    listed = course.listed(slug)
    return listed.formerly if listed else ()


def _is_passed() -> ColumnElement[bool]:
    newest = select(func.max(_scored.version)).where(_scored.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()
    return (
        exists()
        .where(Attempt.series_id == Task.series_id, Score.attempt_id == Attempt.id, Score.version == newest, Score.passed)
        .correlate(Task)
    )
