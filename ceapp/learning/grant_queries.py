"""What is asked about requests for another attempt, and about attempts that were granted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from ceapp.accounts.models import Person
from ceapp.catalogue.queries import PublishedCourse, published_course
from ceapp.certificates.models import Certificate
from ceapp.certificates.queries import current_certificates
from ceapp.database import db, pages_of
from ceapp.keys import current_keys
from ceapp.learning.completion import Checklist, Item, State
from ceapp.learning.models import Attempt, AttemptGrant, AttemptRequest, Enrolment, Series
from ceapp.learning.queries import CLOSING_TITLE, EnrolledCourse, checklist_of, enrolled_courses, outcomes_of

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Granted:
    """An attempt that was given, and why; the reason is empty once it was deleted."""

    granted_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Asking:
    """What became of asking for another attempt at one scenario."""

    waiting_since: datetime | None = None
    declined_at: datetime | None = None
    granted: tuple[Granted, ...] = ()


NOTHING_ASKED = Asking()


@dataclass(frozen=True, slots=True)
class Asked:
    """The requests and grants of an enrolment, each with the slug of its series, the oldest first."""

    requests: tuple[tuple[str, AttemptRequest], ...] = ()
    grants: tuple[tuple[str, AttemptGrant], ...] = ()

    def about(self, item: Item) -> Asking:
        """Those of one scenario, under its present name or a former one."""
        names = {item.requirement.slug, *item.requirement.formerly}
        grants = [grant for slug, grant in self.grants if slug in names]
        last = next((request for slug, request in reversed(self.requests) if slug in names), None)
        answered_at = last.answered_at if last else None
        was_declined = answered_at is not None and all(grant.granted_at < answered_at for grant in grants)
        return Asking(
            waiting_since=last.asked_at if last and answered_at is None else None,
            declined_at=answered_at if was_declined else None,
            granted=tuple(Granted(grant.granted_at, reason_of(grant)) for grant in grants),
        )


@dataclass(frozen=True, slots=True)
class EnrolmentSeen:
    """An enrolment as administrators see it: attempts for credit, and what was asked and granted. No answers, no practice."""

    enrolled: EnrolledCourse
    published: PublishedCourse
    checklist: Checklist
    certificate: Certificate | None
    asked: Asked

    @property
    def used_up(self) -> tuple[Item, ...]:
        """The scenarios for which another attempt can be granted."""
        return tuple(item for item in self.checklist.items if item.state is State.USED_UP)


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Somebody who waits for another attempt."""

    request: AttemptRequest
    series: Series
    person: Person
    course_title: str
    scenario_title: str
    used: int


@dataclass(frozen=True, slots=True)
class RequestsPage:
    """One page of those who wait, the longest waiting first."""

    requests: tuple[OpenRequest, ...]
    count: int
    page: int
    pages: int


def enrolments_seen(person_id: UUID, page: int) -> tuple[list[EnrolmentSeen], bool]:
    """A page of a person's enrolments with their attempts for credit, and whether there are older ones; a constant number of queries."""
    enrolled, has_older = enrolled_courses(person_id, page)
    ids = [each.enrolment.id for each in enrolled]
    outcomes = outcomes_of(ids) if ids else {}
    asked = _asked([each for each in ids if any(outcome.allowed is not None for outcome in outcomes[each])])
    held = current_certificates(person_id) if any(each.completion for each in enrolled) else []
    certificates = {(each.course_slug, each.cycle): each for each in held}
    return [
        EnrolmentSeen(
            each,
            published_course(each.enrolment.course_revision_id),
            checklist_of(published_course(each.enrolment.course_revision_id), each.enrolment, outcomes[each.enrolment.id]),
            certificates.get((each.enrolment.course_slug, each.enrolment.cycle)),
            asked.get(each.enrolment.id, Asked()),
        )
        for each in enrolled
    ], has_older


def asking_of(enrolment_id: UUID, item: Item | None) -> Asking:
    """What became of asking for another attempt at a scenario of an enrolment."""
    if item is None or item.allowed is None:  # Nothing is asked for where attempts have no limit.
        return NOTHING_ASKED
    return _asked([enrolment_id])[enrolment_id].about(item)


def grants_in(series_id: UUID) -> list[Granted]:
    """The attempts that were given in a series, the oldest first."""
    rows = db.session.scalars(select(AttemptGrant).where(AttemptGrant.series_id == series_id).order_by(AttemptGrant.id))
    return [Granted(grant.granted_at, reason_of(grant)) for grant in rows]


def enrolment_of(person_id: UUID, enrolment_id: UUID) -> Enrolment | None:
    """The enrolment when it is this person's."""
    return db.session.scalars(select(Enrolment).where(Enrolment.id == enrolment_id, Enrolment.person_id == person_id)).first()


def reason_of(grant: AttemptGrant) -> str:
    return current_keys().unseal(grant.key_id, grant.ciphertext) if grant.ciphertext else ""


def series_of_attempt(attempt_id: UUID) -> UUID:
    """The series that an attempt is in."""
    return db.session.scalars(select(Attempt.series_id).where(Attempt.id == attempt_id)).one()


def grant_made_with(form_key: str) -> AttemptGrant | None:
    """What this form granted."""
    return db.session.scalars(select(AttemptGrant).where(AttemptGrant.form_key == form_key)).first()


def open_request(series_id: UUID) -> AttemptRequest | None:
    """The request that waits in a series."""
    wanted = (AttemptRequest.series_id == series_id, AttemptRequest.answered_at.is_(None))
    return db.session.scalars(select(AttemptRequest).where(*wanted)).first()


def asked_for(request_id: UUID) -> tuple[AttemptRequest, Series] | None:
    """A request with the series that it is about."""
    row = db.session.execute(
        select(AttemptRequest, Series).join(Series, Series.id == AttemptRequest.series_id).where(AttemptRequest.id == request_id)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def series_with_id(series_id: UUID) -> Series | None:
    return db.session.get(Series, series_id)


def was_granted(request: AttemptRequest) -> bool:
    """Whether a grant answered the request."""
    wanted = (AttemptGrant.series_id == request.series_id, AttemptGrant.granted_at == request.answered_at)
    return db.session.scalars(select(AttemptGrant.id).where(*wanted)).first() is not None


def open_requests(page: int) -> RequestsPage:
    """Who waits for another attempt; a page beyond the last is the last."""
    waiting = AttemptRequest.answered_at.is_(None)
    count = db.session.scalar(select(func.count()).select_from(AttemptRequest).where(waiting)) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(page, pages)
    closed = select(func.count()).where(Attempt.series_id == Series.id, Attempt.closed_at.is_not(None)).correlate(Series).scalar_subquery()
    rows = db.session.execute(
        select(AttemptRequest, Series, Person, Enrolment.course_revision_id, closed)
        .join(Series, Series.id == AttemptRequest.series_id)
        .join(Person, Person.id == Series.person_id)
        .join(Enrolment, Enrolment.id == Series.enrolment_id)
        .where(waiting)
        .order_by(AttemptRequest.asked_at, AttemptRequest.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    found = [
        OpenRequest(request, series, person, *titles_of(published_course(revision_id), series.scenario_slug), used)
        for request, series, person, revision_id, used in rows
    ]
    return RequestsPage(tuple(found), count, page, pages)


def titles_of(course: PublishedCourse, scenario_slug: str) -> tuple[str, str]:
    """The titles of a course and of a scenario in it, under whatever name it has now."""
    listed = course.known_as(scenario_slug)
    return course.course.title, CLOSING_TITLE if course.is_form(scenario_slug) else listed.title if listed else scenario_slug


def _asked(enrolment_ids: list[UUID]) -> dict[UUID, Asked]:
    """What was asked and granted in these enrolments, in one query at most."""
    if not enrolment_ids:
        return {}
    rows = db.session.execute(
        select(Series.enrolment_id, Series.scenario_slug, AttemptRequest, AttemptGrant)
        .outerjoin(AttemptRequest, AttemptRequest.series_id == Series.id)
        .outerjoin(AttemptGrant, AttemptGrant.series_id == Series.id)
        .where(Series.enrolment_id.in_(enrolment_ids), AttemptRequest.id.is_not(None) | AttemptGrant.id.is_not(None))
        .order_by(AttemptRequest.asked_at, AttemptRequest.id, AttemptGrant.granted_at, AttemptGrant.id)
    ).all()
    found = {}
    for enrolment_id in enrolment_ids:
        own = [(slug, request, grant) for of, slug, request, grant in rows if of == enrolment_id]
        requests = {request.id: (slug, request) for slug, request, _ in own if request}
        grants = {grant.id: (slug, grant) for slug, _, grant in own if grant}
        found[enrolment_id] = Asked(tuple(requests.values()), tuple(grants.values()))
    return found
