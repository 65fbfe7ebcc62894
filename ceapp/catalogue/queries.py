"""Reading the catalogue. Revisions never change, so what was read of one is kept in the process."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import bindparam, select

from ceapp.catalogue.models import (
    Course,
    CourseRevision,
    CourseRevisionScenario,
    Image,
    ScenarioRevision,
    ScenarioRevisionImage,
)
from ceapp.catalogue.renderings import Rendering, anchor
from ceapp.database import db
from ceapp.database.rows import first_row, table_of
from ceapp.errors import Missing
from ceapp.scenarios import structure, values
from ceapp.scenarios.values import Citation

PAGE = 20
T = TypeVar("T")
_CURRENT = select(table_of(Course).c.revision_id).where(table_of(Course).c.slug == bindparam("slug"))


@dataclass(frozen=True, slots=True)
class PublishedImage:
    """Where a picture of a revision is, and its size in pixels, so that the page does not jump."""

    address: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CitedSection:
    """A cited section with the standard that it stands in, as both read on the day of publishing."""

    citation: Citation
    anchor: str
    standard: values.Standard
    section: values.Section


@dataclass(frozen=True)
class PublishedScenario:
    """A scenario revision, ready to show."""

    id: str
    slug: str
    scenario: values.Scenario
    cited: tuple[CitedSection, ...]
    images: Mapping[str, PublishedImage]
    rendering: Rendering
    _kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, name: Hashable, work: Callable[[], T]) -> T:
        """What this work gives, kept for as long as the process keeps the revision: a revision never changes."""
        if name not in self._kept:
            self._kept[name] = work()
        kept: T = self._kept[name]
        return kept


@dataclass(frozen=True, slots=True)
class ListedScenario:
    """A scenario in a course revision, without its text."""

    slug: str
    title: str
    summary: str
    revision_id: str
    is_required: bool
    minutes: int
    formerly: tuple[str, ...]
    is_closing: bool = False


@dataclass(frozen=True, eq=False)
class PublishedCourse:
    """A course revision, ready to show."""

    id: str
    slug: str
    course: values.Course
    scenarios: tuple[ListedScenario, ...]
    forms: tuple[ListedScenario, ...]  # of the closing cases; they are no scenarios of the course
    contact_hours: Decimal
    hours_inputs: Mapping[str, Any]
    hours_explanation: str
    rendering: Rendering

    def listed(self, slug: str) -> ListedScenario | None:
        return next((each for each in self.scenarios if each.slug == slug), None)

    def renamed(self, slug: str) -> ListedScenario | None:
        """The scenario that had this slug before."""
        return next((each for each in self.scenarios if slug in each.formerly), None)

    def known_as(self, slug: str) -> ListedScenario | None:
        """The scenario that has this slug, or had it before it was renamed."""
        return self.listed(slug) or self.renamed(slug)

    def form(self, number: int) -> ListedScenario:
        """The form of the closing cases for the attempt of this number: each gets the next one, and after the last the first."""
        return self.forms[(number - 1) % len(self.forms)]

    def is_form(self, slug: str) -> bool:
        return any(slug in (each.slug, *each.formerly) for each in self.forms)

    def name_now(self, slug: str) -> str:
        """The slug under which the checklist has a scenario that has, or had, this one; closing cases go by their first form."""
        if self.is_form(slug):
            return self.forms[0].slug
        listed = self.known_as(slug)
        return listed.slug if listed else slug

    @property
    def required(self) -> tuple[ListedScenario, ...]:
        return tuple(each for each in self.scenarios if each.is_required)


def courses_offered(page: int) -> Pagination:
    """The courses that are open for enrolment, by title."""
    return db.paginate(
        select(Course).where(Course.retired_at.is_(None)).order_by(Course.title, Course.slug), page=page, per_page=PAGE, error_out=False
    )


def every_course() -> list[tuple[str, str]]:
    """Slug and title of every course that was ever published, by title."""
    return [(slug, title) for slug, title in db.session.execute(select(Course.slug, Course.title).order_by(Course.title, Course.slug))]


def course_by_slug(slug: str) -> Course | None:
    return db.session.get(Course, slug)


def current_course(slug: str) -> PublishedCourse:
    """The current revision of a course. Raises Missing when no such course was published."""
    row = first_row(_CURRENT, slug=slug)
    if row is None:
        raise Missing
    return published_course(row.revision_id)


@lru_cache(maxsize=128)
def published_course(revision_id: str) -> PublishedCourse:
    """A course revision by its hash, read with its scenarios in one statement."""
    rows = db.session.execute(
        select(CourseRevision, CourseRevisionScenario)
        .outerjoin(CourseRevisionScenario, CourseRevisionScenario.course_revision_id == CourseRevision.id)
        .where(CourseRevision.id == revision_id)
        .order_by(CourseRevisionScenario.position)
    ).all()
    if not rows:
        raise Missing
    row = rows[0][0]
    listed = [
        ListedScenario(s.slug, s.title, s.summary, s.scenario_revision_id, s.is_required, s.minutes, tuple(s.formerly), s.is_closing)
        for _, s in rows
        if s is not None
    ]
    return PublishedCourse(
        id=row.id,
        slug=row.course_slug,
        course=structure.load_course(row.structure),
        scenarios=tuple(each for each in listed if not each.is_closing),
        forms=tuple(each for each in listed if each.is_closing),
        contact_hours=Decimal(row.contact_hours),
        hours_inputs=row.hours_inputs,
        hours_explanation=row.hours_explanation,
        rendering=Rendering(),
    )


@lru_cache(maxsize=256)
def published_scenario(revision_id: str) -> PublishedScenario:
    """A scenario revision by its hash."""
    row = db.session.get(ScenarioRevision, revision_id)
    if row is None:
        raise Missing
    images = {
        each.path: PublishedImage(f"/images/{each.image_id}", each.width, each.height)
        for each in db.session.scalars(select(ScenarioRevisionImage).where(ScenarioRevisionImage.scenario_revision_id == revision_id))
    }
    scenario = structure.load_scenario(row.structure)
    cited = _cited(scenario, [structure.load_standard(each) for each in row.standards])
    anchors = {each.citation: f"/standards/{revision_id}#{each.anchor}" for each in cited}
    return PublishedScenario(
        id=row.id,
        slug=row.slug,
        scenario=scenario,
        cited=cited,
        images=images,
        rendering=Rendering(
            cite=anchors.get,
            image=lambda path: images[path].address if path in images else None,
            cites={each.citation.cite for each in cited},
            heading_base=2,  # the scene's title may be the page's h1
        ),
    )


def _cited(scenario: values.Scenario, standards: list[values.Standard]) -> tuple[CitedSection, ...]:
    by_cite = {standard.cite: standard for standard in standards}
    return tuple(
        CitedSection(citation, anchor(citation), by_cite[citation.cite], by_cite[citation.cite].sections[citation.section])
        for citation in scenario.citations
        if citation.cite in by_cite and citation.section in by_cite[citation.cite].sections
    )


def image(image_id: str) -> Image:
    """A picture by its hash. Raises Missing."""
    row = db.session.get(Image, image_id)
    if row is None:
        raise Missing
    return row
