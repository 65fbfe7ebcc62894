"""Reading a year of a course: completions with the licences of their certificates, and attempts for credit. Practice is not among them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import aliased

from ceapp.catalogue.queries import PublishedCourse
from ceapp.certificates.models import Certificate
from ceapp.database import db
from ceapp.learning.grievances.queries import grievances_of_course
from ceapp.learning.models import Attempt, Completion, Enrolment, Score, Series
from ceapp.reporting import evaluation_queries
from ceapp.reporting.time_queries import estimates
from ceapp.reporting.yearly import NO_LICENCE, Complaints, Tried, Year, evaluated, together, years_of


def year_of(course: PublishedCourse, year: int, today: date) -> Year:
    """The report on a year, in a handful of queries."""
    completions, groups = _completions(course.slug, year)
    answers, items = evaluation_queries.answered(course.slug), evaluation_queries.items_of(course.slug)
    complaints = Complaints(**asdict(grievances_of_course(course.slug, year)))
    return Year(year, completions, together(groups), _tried(course, year), evaluated(answers, items, year, today), complaints)


def years(course_slug: str, today: date) -> list[int]:
    """The years that a report can be about, the newest first."""
    first = db.session.scalar(
        select(func.min(Completion.completed_on)).join(Enrolment, Enrolment.id == Completion.enrolment_id).where(_of(course_slug))
    )
    return years_of([first] if first else [], today)


def _completions(course_slug: str, year: int) -> tuple[int, Counter[str]]:
    """How many completions there were, and by the licences on their certificates; who holds several counts with each."""
    newer = aliased(Certificate)
    certificate = (
        (Certificate.person_id == Enrolment.person_id)
        & (Certificate.course_slug == Enrolment.course_slug)
        & (Certificate.cycle == Enrolment.cycle)
        & ~exists().where(newer.supersedes_id == Certificate.id)
    )
    wanted = (
        select(Certificate.facts)
        .select_from(Completion)
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .outerjoin(Certificate, certificate)
        .where(_of(course_slug), Completion.completed_on.between(date(year, 1, 1), date(year, 12, 31)))
    )
    groups: Counter[str] = Counter()
    completions = 0
    for facts in db.session.scalars(wanted.execution_options(yield_per=500)):
        completions += 1
        titles = {each["title"] for each in json.loads(facts).get("licences", ())} if facts else set()
        groups.update(titles or {NO_LICENCE})
    return completions, groups


def _tried(course: PublishedCourse, year: int) -> tuple[Tried, ...]:
    """What the course asks for, each with how many people tried it in the year, failed an attempt, and used up their attempts."""
    later = aliased(Score)
    newest = ~exists().where(later.attempt_id == Score.attempt_id, later.version > Score.version)
    failed = Score.passed.is_(False)
    is_last = failed & (Attempt.number == Attempt.allowed)
    wanted = (
        select(Series.scenario_slug, *(func.count(each.distinct()) for each in (Series.person_id, _whose(failed), _whose(is_last))))
        .join(Attempt, Attempt.series_id == Series.id)
        .join(Score, Score.attempt_id == Attempt.id)
        .where(
            Series.course_slug == course.slug,
            Series.purpose == "credit",
            newest,
            Attempt.closed_at >= datetime(year, 1, 1, tzinfo=UTC),
            Attempt.closed_at < datetime(year + 1, 1, 1, tzinfo=UTC),
        )
        .group_by(Series.scenario_slug)
    )
    numbers = {slug: counts for slug, *counts in db.session.execute(wanted)}
    found = []
    for each in estimates(course):
        named = [numbers[slug] for slug in sorted(each.slugs) if slug in numbers]
        if named:
            found.append(Tried(each.title, *(sum(column) for column in zip(*named, strict=True))))
    return tuple(found)


def _whose(condition: ColumnElement[bool]) -> ColumnElement[object]:
    return case((condition, Series.person_id))


def _of(course_slug: str) -> ColumnElement[bool]:
    return Enrolment.course_slug == course_slug
