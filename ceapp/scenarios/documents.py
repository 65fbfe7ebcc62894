"""One scenario file: front matter and body to a `Scenario`, or to problems."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from ceapp.scenarios.checks import check_draft, check_objectives, check_ways
from ceapp.scenarios.fields import Fields
from ceapp.scenarios.frontmatter import read_front_matter
from ceapp.scenarios.parser import Draft, parse_body
from ceapp.scenarios.problems import Problem, Problems
from ceapp.scenarios.prose import ImageCheck, ProseChecker
from ceapp.scenarios.source import read_source
from ceapp.scenarios.values import Scenario, Standard, Status

T = TypeVar("T")

KEYS = ("title", "summary", "status", "objectives", "difficulty", "text_checked", "formerly")
REQUIRED = ("title", "summary", "status", "difficulty")
MIDDLE_DIFFICULTY = 3


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What reading a file gave: a value, or None where there is any error; and all problems in the order of the file."""

    value: T | None
    problems: tuple[Problem, ...]


def reading_of(value: T | None, problems: Problems) -> Reading[T]:
    """The result of reading: no value stands beside an error."""
    return Reading(None if problems.have_errors else value, problems.sorted())


def read_scenario(
    data: bytes,
    *,
    path: str,
    slug: str,
    standards: Mapping[str, Standard] | None = None,
    objectives: Collection[str] | None = None,
    images: ImageCheck | None = None,
) -> Reading[Scenario]:
    """Read one scenario. Never raises, whatever the bytes.

    `standards` are what it may cite, `objectives` those of its course, `images` the paths that exist; with None the last two go unchecked.
    """
    problems = Problems(path)
    source = read_source(data, problems)
    if source is None:
        return reading_of(None, problems)
    mapping = None if source.front_matter is None else read_front_matter(source.front_matter, problems)
    front = _read_fields(Fields(mapping, problems, KEYS, required=REQUIRED), slug, objectives, problems) if mapping else None
    if not source.is_whole:
        return reading_of(None, problems)
    is_ready = front is not None and front.status is Status.READY
    draft = parse_body(source.body, front.title if front else slug, problems, ids_required=is_ready)
    prose = _check_prose(draft, ProseChecker(problems, standards=standards or {}, images=images, ids=draft.id_lines))
    check_draft(draft, problems)
    if front is None or problems.have_errors:
        return reading_of(None, problems)
    scenario = front.with_body(slug, draft, prose)
    check_ways(scenario, problems)
    return reading_of(scenario, problems)


@dataclass(frozen=True, slots=True)
class _Front:
    title: str
    summary: str
    status: Status
    objectives: tuple[str, ...]
    difficulty: int
    text_checked: date | None
    formerly: tuple[str, ...]

    def with_body(self, slug: str, draft: Draft, prose: ProseChecker) -> Scenario:
        return Scenario(
            slug,
            self.title,
            self.summary,
            self.status,
            self.objectives,
            self.difficulty,
            self.text_checked,
            tuple(draft.scenes),
            tuple(prose.citations),
            tuple(prose.images),
            self.formerly,
        )


def _read_fields(fields: Fields, slug: str, objectives: Collection[str] | None, problems: Problems) -> _Front:
    front = _Front(
        fields.text("title", slug),
        fields.text("summary"),
        fields.choice("status", Status, Status.DRAFT),
        fields.ids("objectives"),
        fields.whole("difficulty", MIDDLE_DIFFICULTY, 1, 5),
        fields.day("text_checked"),
        fields.ids("formerly"),
    )
    if objectives is not None:
        check_objectives(front.objectives, objectives, fields.line("objectives"), problems)
    if slug in front.formerly:
        fields.refuse("formerly", "an earlier name, not the present one")
    return front


def _check_prose(draft: Draft, prose: ProseChecker) -> ProseChecker:
    for fragment in sorted(draft.fragments, key=lambda fragment: fragment.line):
        prose.check(fragment)
    for post in draft.posts:
        if post.image:
            prose.check_image(post.image, post.alt, post.line)
    return prose
