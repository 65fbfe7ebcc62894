"""Who answers for a course revision, and how pages and certificates say it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

MOST_PEOPLE = 6
WROTE, WROTE_ASSESSMENT, REVIEWED = "course", "assessment", "review"
PARTS = {WROTE: "wrote the course", WROTE_ASSESSMENT: "wrote the assessment", REVIEWED: "reviewed it"}
NO_AUTHOR = "Say who wrote the course."
NO_ASSESSMENT = "Say who wrote the assessment: the questions with their key."
REVIEWS_OWN = "Whoever wrote the course or its assessment cannot be its reviewer too."


@dataclass(frozen=True, slots=True)
class Adopter:
    """One of those who answer for a revision, in the words of that day. `cv_id` is that version of the file `cv_first_id`."""

    name: str
    degree: str
    licence: str
    disclosure: str
    dated: date
    parts: tuple[str, ...]
    cv_id: UUID | None = None
    cv_first_id: UUID | None = None

    @property
    def words(self) -> str:
        """`Ada Berg, PhD, Psychologist (Ontario) 1234`."""
        return ", ".join(each for each in (self.name, self.degree, self.licence) if each)

    @property
    def part_words(self) -> str:
        """`wrote the course, wrote the assessment`."""
        return ", ".join(PARTS[part] for part in self.parts)


@dataclass(frozen=True, slots=True)
class Adopted:
    """An adoption of a course revision."""

    id: UUID
    version: int
    adopted_at: datetime
    people: tuple[Adopter, ...]

    def in_part(self, part: str) -> tuple[str, ...]:
        """Those who did this, as certificates print them."""
        return tuple(each.words for each in self.people if part in each.parts)


def problem_with(people: Iterable[Adopter]) -> str:
    """What keeps these from being an adoption; empty when nothing does."""
    listed = list(people)
    if any(REVIEWED in each.parts and len(each.parts) > 1 for each in listed):
        return REVIEWS_OWN
    done = {part for each in listed for part in each.parts}
    if WROTE not in done:
        return NO_AUTHOR
    return "" if WROTE_ASSESSMENT in done else NO_ASSESSMENT
