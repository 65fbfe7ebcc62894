"""Which slugs mean one thing: a scenario may have been renamed between two revisions, and the forms of closing cases stand in turn."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from ceapp.catalogue.models import CourseRevision, CourseRevisionScenario


def revisions_of(session: Session) -> dict[tuple[str, str], set[str]]:
    """Course and scenario revision → every slug that the scenario has or had in that course."""
    same = names_of(session)
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for course_slug, revision_id, slug in session.execute(
        select(CourseRevision.course_slug, CourseRevisionScenario.scenario_revision_id, CourseRevisionScenario.slug).join(
            CourseRevision, CourseRevision.id == CourseRevisionScenario.course_revision_id
        )
    ):
        found[course_slug, revision_id] |= same[course_slug, slug]
    return found


def names_of(session: Session) -> dict[tuple[str, str], set[str]]:
    """Course and slug → every slug that this scenario has or had, this one included; nothing for a slug that the course never had."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    forms: dict[str, set[str]] = defaultdict(set)
    for course_slug, listed in session.execute(
        select(CourseRevision.course_slug, CourseRevisionScenario).join(
            CourseRevision, CourseRevision.id == CourseRevisionScenario.course_revision_id
        )
    ):
        names = {listed.slug, *listed.formerly}
        if listed.is_closing:
            forms[listed.course_revision_id] |= names
            names = set(forms[listed.course_revision_id])
        for name in list(names):
            names |= found[course_slug, name]
        for name in names:
            found[course_slug, name] = names
    return found
