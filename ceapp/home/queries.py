"""What the front pages put together from the features below."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.catalogue.models import Course
from ceapp.catalogue.queries import PublishedCourse, published_course
from ceapp.certificates.approvals.queries import all_approvals
from ceapp.certificates.approvals.rules import Approval, ending
from ceapp.certificates.models import Certificate
from ceapp.certificates.queries import current_certificates
from ceapp.database import db
from ceapp.home.practice_queries import Practised, practised_lately
from ceapp.learning.completion import Checklist, Outcome
from ceapp.learning.queries import EnrolledCourse, checklist_of, enrolled_courses, outcomes_of
from ceapp.reporting.ce_broker.queries import Due, due
from ceapp.supervision.relations.supervised import SupervisedBy, supervisors_of
from ceapp.supervision.review.readings import ON_THE_FRONT, Reading, latest_readings
from ceapp.supervision.tasks.own import FrontTasks
from ceapp.supervision.tasks.queries import on_the_front

_OFFERED = 10


@dataclass(frozen=True, slots=True)
class CourseOfMine:
    """One of a person's courses: what is left, or the certificate."""

    enrolled: EnrolledCourse
    published: PublishedCourse
    checklist: Checklist
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class OrganisationOfMine:
    """An organisation that a person is or was in, and what they are in it."""

    organisation: Organisation
    membership: Membership

    @property
    def slug(self) -> str:
        return self.organisation.slug

    @property
    def is_worked_in(self) -> bool:
        """Whether there are pages of it for this person: as a supervisor or administrator."""
        return self.membership.is_active and (self.membership.is_supervisor or self.membership.is_administrator)

    @property
    def is_watching(self) -> bool:
        """Whether its administrators see the status of this person's assigned work."""
        return self.membership.is_trainee and self.membership.left_on is None


@dataclass(frozen=True, slots=True)
class AsTrainee:
    """What the front page says to a trainee: the work, who sees it, and who read what they wrote."""

    tasks: FrontTasks
    supervised: tuple[SupervisedBy, ...]
    watching: tuple[OrganisationOfMine, ...]
    readings: tuple[Reading, ...]
    has_more_readings: bool


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The front page of a signed-in person, whatever they are; what does not apply is empty."""

    courses: tuple[CourseOfMine, ...]
    has_older_courses: bool
    offered: tuple[Course, ...]
    trainee: AsTrainee | None
    practice: tuple[Practised, ...]
    worked_in: tuple[OrganisationOfMine, ...]
    is_provider: bool
    ending: tuple[Approval, ...] = ()
    to_report: Due = field(default_factory=Due)
    """Lines for CE Broker that are late or soon will be."""


def front_page(person: Person, page: int, *, now: datetime) -> FrontPage:
    """Everything on it, in at most eleven queries, for administrators twelve; later pages are of courses alone."""
    courses, has_older = courses_of(person.id, page)
    if page > 1:
        return FrontPage(tuple(courses), has_older, (), None, (), (), is_provider=False)
    organisations = organisations_of(person.id)
    today = now.astimezone(ZoneInfo(person.zone)).date()
    was_trainee = any(each.membership.is_trainee or each.membership.left_on for each in organisations)
    return FrontPage(
        courses=tuple(courses),
        has_older_courses=has_older,
        offered=_offered() if not courses and not organisations else (),
        trainee=_as_trainee(person.id, organisations, now) if was_trainee else None,
        practice=tuple(practised_lately(person.id)),
        worked_in=tuple(each for each in organisations if each.is_worked_in),
        is_provider=person.is_administrator,
        ending=ending(all_approvals(), today) if person.is_administrator else (),
        to_report=due(today) if person.is_administrator else Due(),
    )


def organisations_of(person_id: UUID) -> list[OrganisationOfMine]:
    """The organisations that a person is or was in, by name."""
    rows = db.session.execute(
        select(Organisation, Membership)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id)
        .order_by(Organisation.name, Organisation.slug)
    )
    return [OrganisationOfMine(organisation, membership) for organisation, membership in rows]


def courses_of(person_id: UUID, page: int) -> tuple[list[CourseOfMine], bool]:
    """A page of a person's courses, the newest enrolment first, and whether there are older ones; a constant number of queries."""
    enrolled, has_older = enrolled_courses(person_id, page)
    if not enrolled:
        return [], has_older
    outcomes = outcomes_of([each.enrolment.id for each in enrolled])
    has_completed = any(each.completion for each in enrolled)
    certificates = {(each.course_slug, each.cycle): each for each in current_certificates(person_id)} if has_completed else {}
    return [_course(each, outcomes[each.enrolment.id], certificates) for each in enrolled], has_older


def _course(enrolled: EnrolledCourse, outcomes: list[Outcome], certificates: dict[tuple[str, int], Certificate]) -> CourseOfMine:
    published = published_course(enrolled.enrolment.course_revision_id)
    certificate = certificates.get((enrolled.enrolment.course_slug, enrolled.enrolment.cycle))
    return CourseOfMine(enrolled, published, checklist_of(published, enrolled.enrolment, outcomes), certificate)


def _offered() -> tuple[Course, ...]:
    """The first courses that somebody without one may choose from; all of them have a page of their own."""
    wanted = select(Course).where(Course.retired_at.is_(None)).order_by(Course.title, Course.slug).limit(_OFFERED)
    return tuple(db.session.scalars(wanted))


def _as_trainee(person_id: UUID, organisations: list[OrganisationOfMine], now: datetime) -> AsTrainee:
    readings = latest_readings(person_id)
    return AsTrainee(
        tasks=on_the_front(person_id, now=now),
        supervised=tuple(supervisors_of(person_id, now)),
        watching=tuple(each for each in organisations if each.is_watching),
        readings=tuple(readings[:ON_THE_FRONT]),
        has_more_readings=len(readings) > ON_THE_FRONT,
    )
