"""Fetch the course that somebody reviews. Administrators see what reviewers see."""

from __future__ import annotations

from datetime import datetime

from ceapp.accounts.models import Person
from ceapp.catalogue.queries import ListedScenario, PublishedCourse, PublishedScenario, current_course, published_course, published_scenario
from ceapp.errors import Missing
from ceapp.reporting.reviewing.queries import revision_to_review


def course_to_review(person: Person, course_slug: str, *, now: datetime) -> PublishedCourse:
    """The current revision of a course that this person may review at this moment. Raises Missing."""
    if person.is_administrator:
        return current_course(course_slug)
    revision_id = revision_to_review(person.id, course_slug, now)
    if revision_id is None:
        raise Missing
    return published_course(revision_id)


def scenario_to_review(course: PublishedCourse, scenario_slug: str) -> tuple[ListedScenario, PublishedScenario]:
    """A scenario of that course, or a form of its closing cases. Raises Missing."""
    found = next((each for each in (*course.scenarios, *course.forms) if each.slug == scenario_slug), None)
    if found is None:
        raise Missing
    return found, published_scenario(found.revision_id)
