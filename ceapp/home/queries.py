"""What the front pages put together from the features below."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ceapp.catalogue.queries import PublishedCourse, published_course
from ceapp.certificates.models import Certificate
from ceapp.certificates.queries import current_certificates
from ceapp.learning.completion import Checklist, Outcome, checklist
from ceapp.learning.queries import EnrolledCourse, enrolled_courses, outcomes_of, requirements


@dataclass(frozen=True, slots=True)
class CourseOfMine:
    """One of a person's courses: what is left, or the certificate."""

    enrolled: EnrolledCourse
    published: PublishedCourse
    checklist: Checklist
    certificate: Certificate | None


def courses_of(person_id: UUID, page: int) -> tuple[list[CourseOfMine], bool]:
    """A page of a person's courses, the newest enrolment first, and whether there are older ones; a constant number of queries."""
    enrolled, has_older = enrolled_courses(person_id, page)
    outcomes = outcomes_of([each.enrolment.id for each in enrolled])
    certificates = {(each.course_slug, each.cycle): each for each in current_certificates(person_id)} if enrolled else {}
    return [_course(each, outcomes[each.enrolment.id], certificates) for each in enrolled], has_older


def _course(enrolled: EnrolledCourse, outcomes: list[Outcome], certificates: dict[tuple[str, int], Certificate]) -> CourseOfMine:
    published = published_course(enrolled.enrolment.course_revision_id)
    certificate = certificates.get((enrolled.enrolment.course_slug, enrolled.enrolment.cycle))
    return CourseOfMine(enrolled, published, checklist(requirements(published), outcomes), certificate)
