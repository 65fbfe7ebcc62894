"""The times of completed enrolments of a course, the newest first; practice is not among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import Select, select

from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course
from ceapp.catalogue.queries import PublishedCourse, published_course
from ceapp.database import db
from ceapp.learning.models import Completion, Enrolment
from ceapp.learning.times import times_spent
from ceapp.reporting.pace import Estimated, Work

PAGE = 25
NEWEST = 1_000
"""Completions that a page looks at: some forty thousand answers are read for them."""
PIECE = 500


@dataclass(frozen=True, slots=True)
class Completed:
    """A completion, whose it is, and its time."""

    id: UUID
    person_id: UUID
    name: str
    completed_on: date
    work: Work


@dataclass(frozen=True, slots=True)
class Period:
    """From one day of completion to another, both included."""

    first_day: date | None = None
    last_day: date | None = None


def courses_with_times(page: int) -> Pagination:
    """Every course that was ever published, by title."""
    return db.paginate(select(Course).order_by(Course.title, Course.slug), page=page, per_page=PAGE, error_out=False)


def estimates(course: PublishedCourse) -> list[Estimated]:
    """What a course asks for, its closing cases last; their estimate is that of one form."""
    scenarios = [Estimated(each.title, each.minutes, each.is_required, frozenset({each.slug, *each.formerly})) for each in course.scenarios]
    if not course.forms:
        return scenarios
    slugs = frozenset(slug for form in course.forms for slug in (form.slug, *form.formerly))
    return [*scenarios, Estimated("Closing cases", course.forms[0].minutes, True, slugs)]


def newest_completed(course_slug: str, period: Period) -> tuple[list[Completed], bool]:
    """The newest completions of a period with their times, and whether there are more than these."""
    found = _completed(_rows(course_slug, period).limit(NEWEST + 1))
    return found[:NEWEST], len(found) > NEWEST


def pieces_completed(course_slug: str, period: Period) -> Iterator[list[Work]]:
    """The time of every completion of a period, some at a time; between two pieces no transaction is open."""
    last: UUID | None = None
    while True:
        statement = _rows(course_slug, period).limit(PIECE)
        found = _completed(statement if last is None else statement.where(Completion.id < last))
        db.session.rollback()
        yield [each.work for each in found]
        if len(found) < PIECE:
            return
        last = found[-1].id


def _rows(course_slug: str, period: Period) -> Select[Any]:
    columns: tuple[Any, ...] = (Completion.id, Enrolment.id, Completion.course_revision_id, Completion.completed_on, Person.id, Person.name)
    statement = (
        select(*columns)
        .join(Completion, Completion.enrolment_id == Enrolment.id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.course_slug == course_slug)
        .order_by(Completion.id.desc())
    )
    if period.first_day:
        statement = statement.where(Completion.completed_on >= period.first_day)
    return statement.where(Completion.completed_on <= period.last_day) if period.last_day else statement


def _completed(statement: Select[Any]) -> list[Completed]:
    rows = db.session.execute(statement).all()
    times = times_spent([row[1] for row in rows])
    found = []
    for completion_id, enrolment_id, revision_id, completed_on, person_id, name in rows:
        course, time = published_course(revision_id), times[enrolment_id]
        estimate = sum(each.minutes for each in estimates(course) if each.is_required)
        work = Work(time.seconds, time.by_scenario, estimate, course.course.minimum_minutes)
        found.append(Completed(completion_id, person_id, name, completed_on, work))
    return found
