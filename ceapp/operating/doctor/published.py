"""Whether what was published is still what it was: names that are hashes, texts that can be read, pictures, lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import select

from ceapp.catalogue.models import Course, CourseRevision, CourseRevisionScenario, Image, ScenarioRevision, ScenarioRevisionImage
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found
from ceapp.scenarios import structure
from ceapp.scenarios.reading import course_fingerprint, course_slugs, read_folder
from ceapp.scenarios.revision import revision_hash

FEW = 20
"""Revisions carry whole texts and pictures: few at a time."""


def scenario_revisions(examination: Examination) -> Iterator[Finding]:
    """The hash of source and pictures is the revision's name; its structure and its standards can be read."""
    for (revision,) in examination.rows(select(ScenarioRevision), "scenario revisions", FEW):
        pictures = list(
            examination.session.execute(
                select(ScenarioRevisionImage.path, Image.id, Image.data)
                .join(Image, Image.id == ScenarioRevisionImage.image_id)
                .where(ScenarioRevisionImage.scenario_revision_id == revision.id)
            )
        )
        if any(hashlib.sha256(data).hexdigest() != image_id for _, image_id, data in pictures):
            yield found("revision.image", f"scenario revision {revision.id}: a picture has other bytes than its name says")
        elif revision_hash({f"{revision.slug}.md": revision.source.encode()} | {path: data for path, _, data in pictures}) != revision.id:
            yield found("revision.hash", f"scenario revision {revision.id}: its source or its pictures are not those that it is named by")
        try:
            scenario = structure.load_scenario(revision.structure)
            for standard in revision.standards:
                structure.load_standard(standard)
        except ValueError:
            yield found("revision.unreadable", f"scenario revision {revision.id}")
        else:
            if scenario.slug != revision.slug:
                yield found("revision.unreadable", f"scenario revision {revision.id}: its structure is of another scenario")


def course_revisions(examination: Examination) -> Iterator[Finding]:
    """The hash of source and scenarios is the revision's name; its list says the same as its structure."""
    for (revision,) in examination.rows(select(CourseRevision), "course revisions", FEW):
        listed = list(
            examination.session.scalars(
                select(CourseRevisionScenario)
                .where(CourseRevisionScenario.course_revision_id == revision.id)
                .order_by(CourseRevisionScenario.position)
            )
        )
        parts = {f"{each.position:03}/{each.slug}": each.scenario_revision_id.encode() for each in listed}
        if revision_hash({"course.md": revision.source.encode()} | parts) != revision.id:
            yield found("revision.hash", f"course revision {revision.id}: its source or its scenarios are not those that it is named by")
        try:
            course = structure.load_course(revision.structure)
        except ValueError:
            yield found("revision.unreadable", f"course revision {revision.id}")
            continue
        required = {each.slug for each in listed if each.is_required}
        if course.slug != revision.course_slug or required != set(course.required) & {each.slug for each in listed}:
            yield found("revision.listing", f"course revision {revision.id}: other requirements than its structure names")


def current_revisions(examination: Examination) -> Iterator[Finding]:
    """The current revision of a course is one of its own."""
    strangers = (
        select(Course.slug).join(CourseRevision, CourseRevision.id == Course.revision_id).where(CourseRevision.course_slug != Course.slug)
    )
    yield from (found("course.foreign-revision", f"course {slug}") for slug in examination.session.scalars(strangers))


def files(examination: Examination) -> Iterator[Finding]:
    """What lies in the folder of scenarios is what is published, or could be."""
    if examination.settings is None:
        return
    root = examination.settings.scenarios_path
    published = {row.slug: row.fingerprint for row in examination.session.execute(select(Course.slug, Course.fingerprint))}
    changed = {slug for slug in course_slugs(root) if published.get(slug) != course_fingerprint(root, slug)}
    if not changed:
        return
    folder = read_folder(root, only=changed)
    for course in folder.courses:
        of_files = [problem for file in course.scenarios.values() for problem in file.problems]
        errors = [problem for problem in (*folder.problems, *course.problems, *of_files) if problem.is_error]
        code = "scenarios.broken" if errors else "scenarios.unpublished"
        yield found(code, f"course {course.slug}" + (f": {len(errors)} errors in its files" if errors else ""))
