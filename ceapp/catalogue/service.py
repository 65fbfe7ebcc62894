"""Publishing: what the files under `scenarios/` say becomes revisions, a whole course or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from ceapp.audit.service import record
from ceapp.catalogue.models import (
    Course,
    CourseRevision,
    CourseRevisionScenario,
    Image,
    ScenarioRevision,
    ScenarioRevisionImage,
)
from ceapp.database import db, one_at_a_time, transaction
from ceapp.scenarios import structure, values
from ceapp.scenarios.citations import citations_in
from ceapp.scenarios.hours import HoursResult, hours_of
from ceapp.scenarios.position import minutes, paths
from ceapp.scenarios.problems import Problem
from ceapp.scenarios.reading import CourseFolder, ScenarioFile, course_fingerprint, course_slugs, read_folder
from ceapp.scenarios.revision import revision_hash

RESERVED = frozenset({"again", "attestation", "certificate", "enrol", "evaluation", "move", "preview"})
"""Pages of a course that stand where a scenario of this name would."""


@dataclass(frozen=True, slots=True)
class CourseReport:
    """What publishing a course would do or did. `problems` say why nothing was; then the last good revision stays."""

    slug: str
    changes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    revision_id: str | None = None
    hours: HoursResult | None = None

    @property
    def is_unchanged(self) -> bool:
        return not self.changes and not self.problems


@dataclass(frozen=True, slots=True)
class _Draft:
    """A course revision on its way into the database."""

    id: str
    fingerprint: str
    folder: CourseFolder
    course: values.Course
    scenarios: tuple[tuple[str, ScenarioFile, values.Scenario], ...]  # revision id, file, value; in reading order
    hours: HoursResult


def sync(root: Path, *, now: datetime, dry_run: bool = False) -> list[CourseReport]:
    """Publish every course whose files changed and are right. Reads outside the transaction; each course is one transaction."""
    return [_sync_course(root, slug, now=now, dry_run=dry_run) for slug in course_slugs(root)]


def _sync_course(root: Path, slug: str, *, now: datetime, dry_run: bool) -> CourseReport:
    fingerprint = course_fingerprint(root, slug)
    current = db.session.get(Course, slug)
    if current is not None and current.fingerprint == fingerprint:
        return CourseReport(slug)
    folder = read_folder(root, only={slug})
    course_folder = next(each for each in folder.courses if each.slug == slug)
    problems = _obstacles(course_folder, folder.problems, folder.standards)
    if problems or course_folder.course is None:
        return CourseReport(slug, problems=problems)
    draft = _draft(course_folder, course_folder.course, fingerprint)
    if twin := _twin(draft):
        return CourseReport(slug, problems=(twin,))
    changes = _changes(draft, current)
    if not dry_run:
        _publish(draft, folder.standards, now=now, changed=bool(changes))
    return CourseReport(slug, changes=changes, revision_id=draft.id, hours=draft.hours)


def _obstacles(folder: CourseFolder, others: Iterable[Problem], cites: Collection[str]) -> tuple[Problem, ...]:
    """The errors that keep a course from being published: in course.md, in its listed scenarios, in the standards that it may cite."""
    found = [problem for problem in folder.problems if problem.severity == "error"]
    files = [folder.scenarios[slug] for slug in _asked(folder.course) if slug in folder.scenarios] if folder.course else []
    for file in files:
        found += [problem for problem in file.problems if problem.severity == "error"]
        if file.scenario is not None and file.scenario.status is not values.Status.READY:
            found.append(
                _refusal(folder, "course-lists-draft", f"The course lists {file.slug}, which is a draft.", "set its status to ready")
            )
    if folder.course is None or _cites_unknown(files, cites):
        found += [problem for problem in others if problem.severity == "error"]
    if folder.course is not None:
        found += _reserved(folder, folder.course)
    return tuple(dict.fromkeys(found))


def _asked(course: values.Course) -> tuple[str, ...]:
    """Every file that a course asks learners about: its scenarios in reading order, then the forms of its closing cases."""
    return (*course.scenarios, *(course.closing.forms if course.closing else ()))


def _cites_unknown(files: Iterable[ScenarioFile], cites: Collection[str]) -> bool:
    """Whether a scenario cites a standard that was not read: perhaps the one whose file is broken."""
    return any(not found.is_known for file in files for found in citations_in(file.source.decode(), cites))


def _reserved(folder: CourseFolder, course: values.Course) -> list[Problem]:
    """Scenarios whose address below the course is that of another page."""
    taken = [slug for slug in _asked(course) if slug in RESERVED]
    said = "A scenario cannot be named {}: that address is another page of the course."
    return [_refusal(folder, "reserved-slug", said.format(slug), "rename the file") for slug in taken]


def _refusal(folder: CourseFolder, code: str, message: str, hint: str = "") -> Problem:
    return Problem(code, "error", f"{folder.slug}/course.md", 1, 1, message, hint)


def _draft(folder: CourseFolder, course: values.Course, fingerprint: str) -> _Draft:
    scenarios = []
    for slug in _asked(course):
        file = folder.scenarios[slug]
        if file.scenario is None:
            raise ValueError(f"{slug} has no value and no problem")
        files = {f"{slug}.md": file.source} | {path: image.data for path, image in file.images.items()}
        scenarios.append((revision_hash(files), file, file.scenario))
    parts = {"course.md": folder.source} | {
        f"{position:03}/{file.slug}": revision_id.encode() for position, (revision_id, file, _) in enumerate(scenarios)
    }
    hours = hours_of(course, {slug: file.scenario for slug, file in folder.scenarios.items() if file.scenario is not None})
    return _Draft(revision_hash(parts), fingerprint, folder, course, tuple(scenarios), hours)


def _twin(draft: _Draft) -> Problem | None:
    """A revision is named by its content alone, so people in a copy would be recorded in the course that was there first."""
    same = db.session.get(CourseRevision, draft.id)
    if same is None or same.course_slug == draft.folder.slug:
        return None
    message = f"Word for word this is the course published as {same.course_slug}, and records could not tell the two apart."
    return _refusal(draft.folder, "course-twin", message, "give it a title of its own")


def _changes(draft: _Draft, current: Course | None) -> tuple[str, ...]:
    if current is None:
        return (f"new course with {len(draft.scenarios)} scenarios",)
    if current.revision_id == draft.id:
        return ()
    rows = db.session.scalars(select(CourseRevisionScenario).where(CourseRevisionScenario.course_revision_id == current.revision_id))
    before = {row.slug: row.scenario_revision_id for row in rows}
    after = {file.slug: revision_id for revision_id, file, _ in draft.scenarios}
    changes = [f"new scenario {slug}" for slug in after if slug not in before]
    changes += [f"changed scenario {slug}" for slug in after if slug in before and before[slug] != after[slug]]
    changes += [f"no longer in the course: {slug}" for slug in before if slug not in after]
    return tuple(changes) or ("changed course.md",)


def _publish(draft: _Draft, standards: Mapping[str, values.Standard], *, now: datetime, changed: bool) -> None:
    with transaction() as session:
        one_at_a_time("publishing")
        published = session.get(Course, draft.folder.slug)
        if published is not None and published.fingerprint == draft.fingerprint:
            return  # Another node was first.
        for revision_id, file, scenario in draft.scenarios:
            if session.get(ScenarioRevision, revision_id) is None:
                _add_scenario_revision(revision_id, file, scenario, standards, now)
        session.flush()
        if session.get(CourseRevision, draft.id) is None:
            _add_course_revision(draft, now)
        session.flush()
        course = session.get(Course, draft.folder.slug) or Course(slug=draft.folder.slug)
        course.title, course.summary, course.preview = draft.course.title, draft.course.summary, draft.course.preview
        course.revision_id, course.fingerprint = draft.id, draft.fingerprint
        session.add(course)
        if changed:
            record("course.published", actor=None, now=now, course=draft.folder.slug, revision=draft.id)


def _add_scenario_revision(
    revision_id: str, file: ScenarioFile, scenario: values.Scenario, standards: Mapping[str, values.Standard], now: datetime
) -> None:
    cited = dict.fromkeys(citation.cite for citation in scenario.citations)
    db.session.add(
        ScenarioRevision(
            id=revision_id,
            slug=scenario.slug,
            title=scenario.title,
            source=file.source.decode(),
            structure=structure.dump_scenario(scenario),
            standards=[structure.dump_standard(standards[cite]) for cite in cited if cite in standards],
            published_at=now,
        )
    )
    for path, image in file.images.items():
        if db.session.get(Image, image.sha256) is None:
            db.session.add(Image(id=image.sha256, media_type=image.media_type, data=image.data))
        db.session.flush()
        db.session.add(
            ScenarioRevisionImage(
                scenario_revision_id=revision_id, path=path, image_id=image.sha256, width=image.width, height=image.height
            )
        )


def _add_course_revision(draft: _Draft, now: datetime) -> None:
    course, hours = draft.course, draft.hours
    db.session.add(
        CourseRevision(
            id=draft.id,
            course_slug=course.slug,
            source=draft.folder.source.decode(),
            structure=structure.dump_course(course),
            contact_hours=str(hours.hours),
            hours_inputs=hours.inputs,
            hours_explanation=hours.explanation,
            published_at=now,
        )
    )
    db.session.flush()
    for position, (revision_id, file, scenario) in enumerate(draft.scenarios):
        ahead = paths(scenario)
        db.session.add(
            CourseRevisionScenario(
                course_revision_id=draft.id,
                position=position,
                scenario_revision_id=revision_id,
                slug=file.slug,
                title=scenario.title,
                summary=scenario.summary,
                is_required=file.slug not in course.optional,
                is_closing=file.slug not in course.scenarios,
                minutes=minutes(ahead.words_min, ahead.questions_min),
                formerly=list(scenario.formerly),
            )
        )
