"""How many records of each kind there are, how many of them may go, and when the next one may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, SQLColumnExpression, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from ceapp.catalogue.models import Course, CourseRevision
from ceapp.certificates.models import Certificate, CertificateDeed, CertificateRevocation
from ceapp.database import db, everybody
from ceapp.learning.accommodations.models import AccommodationAnswer, AccommodationReading, AccommodationRequest
from ceapp.learning.grievances.models import Grievance, GrievanceAnswer
from ceapp.learning.models import Answer, Attempt, Completion, CompletionRequirement, Enrolment, EvaluationAnswer, Reflection, Series
from ceapp.mail.models import Message
from ceapp.reporting.retention.hold_queries import is_held
from ceapp.reporting.retention.rules import RULES, Kind, Rule, before, first_month_kept, last_start, may_go_on, years_of
from ceapp.supervision.models import AssignedScenario, Assignment, ReleasedPass, SignOff, Task


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one kind: how many there are, how many may go today, how many of those are held instead, and when the oldest began."""

    rule: Rule
    years: int
    rows: int
    due: int
    held: int
    oldest: date | None

    @property
    def first_goes_on(self) -> date | None:
        """When the oldest of all may go; later deeds about it may have moved that."""
        return None if self.oldest is None else may_go_on(self.oldest, self.years)


def counted(settings: Mapping[str, int], today: date) -> Iterator[Counted]:
    """Kind after kind, each by one statement, for the terminal."""
    for rule in RULES:
        with everybody("how long records are kept is one rule for all organisations"):
            row = db.session.execute(_summary(rule, settings, today)).one()
        db.session.rollback()
        yield _counted(rule, years_of(rule, settings), *row)


def counted_at_once(settings: Mapping[str, int], today: date) -> list[Counted]:
    """All kinds by one statement, for a page."""
    first, *others = [_summary(rule, settings, today).subquery() for rule in RULES]
    joined: FromClause = first
    for each in others:
        joined = joined.join(each, true())
    columns = [column.label(f"{number}_{column.name}") for number, each in enumerate((first, *others)) for column in each.c]
    with everybody("how long records are kept is one rule for all organisations"):
        row = db.session.execute(select(*columns).select_from(joined)).one()
    return [_counted(rule, years_of(rule, settings), *row[4 * number : 4 * number + 4]) for number, rule in enumerate(RULES)]


def _summary(rule: Rule, settings: Mapping[str, int], today: date) -> Select[Any]:
    return _SOURCES[rule.kind](last_start(today, years_of(rule, settings))).summary()


def _counted(rule: Rule, years: int, rows: int, due: int, held: int, oldest: date | datetime | None) -> Counted:
    return Counted(rule, years, rows, due, held, oldest.date() if isinstance(oldest, datetime) else oldest)


def ids_due(kind: Kind, last: date) -> list[UUID | str]:
    """The enrolments, certificates, revisions, answers, tasks, texts, attempts or messages of a kind that may go."""
    with everybody("how long records are kept is one rule for all organisations"):
        found = list(db.session.scalars(_SOURCES[kind](last).due_ids()))
    db.session.rollback()
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """Where records of a kind are: the rows with their id, whether one is due or held, and a column with the start of most of them."""

    id: Any
    rows: Callable[..., Select[Any]]
    is_due: ColumnElement[bool]
    start: SQLColumnExpression[Any]
    is_held: ColumnElement[bool]

    def summary(self) -> Select[Any]:
        due, held = (func.count(case((and_(self.is_due, each), 1))) for each in (~self.is_held, self.is_held))
        return self.rows(func.count().label("rows"), due.label("due"), held.label("held"), func.min(self.start).label("oldest"))

    def due_ids(self) -> Select[Any]:
        return self.rows(self.id).where(self.is_due, ~self.is_held).order_by(self.id)


def _completed(last: date) -> _Source:
    end = before(last)
    return _Source(
        Enrolment.id,
        lambda *columns: select(*columns).select_from(Enrolment).join(Completion, Completion.enrolment_id == Enrolment.id),
        and_(
            Completion.completed_on <= last,
            Completion.completed_at < end,
            ~_stands_for_a_task(Series.enrolment_id == Enrolment.id),
            ~_certificate_deed(end, Enrolment.person_id, Enrolment.course_slug, Enrolment.cycle),
        ),
        Completion.completed_on,
        is_held(person=Enrolment.person_id, course=Enrolment.course_slug),
    )


def _by_hand(last: date) -> _Source:
    end, here = before(last), Certificate
    enrolled = exists().where(
        Enrolment.person_id == here.person_id,
        Enrolment.course_slug == here.course_slug,
        Enrolment.cycle == here.cycle,
        Completion.enrolment_id == Enrolment.id,
    )
    is_due = and_(here.issued_at < end, ~_deed_after(end, here.id))
    held = is_held(person=here.person_id, course=here.course_slug)
    return _Source(here.id, lambda *columns: select(*columns).select_from(here).where(~enrolled), is_due, here.issued_at, held)


def _unfinished(last: date) -> _Source:
    end = before(last)
    worked = exists().where(Series.enrolment_id == Enrolment.id, Attempt.series_id == Series.id, _not_over(end))
    completed = exists().where(Completion.enrolment_id == Enrolment.id)
    return _Source(
        Enrolment.id,
        lambda *columns: select(*columns).select_from(Enrolment).where(~completed),
        and_(
            Enrolment.began_at < end,
            or_(Enrolment.evaluated_at.is_(None), Enrolment.evaluated_at < end),
            or_(Enrolment.attested_at.is_(None), Enrolment.attested_at < end),
            ~worked,
            ~_stands_for_a_task(Series.enrolment_id == Enrolment.id),
        ),
        Enrolment.began_at,
        is_held(person=Enrolment.person_id, course=Enrolment.course_slug),
    )


def _course_files(last: date) -> _Source:
    revision = CourseRevision
    is_offered = exists().where(Course.revision_id == revision.id, Course.retired_at.is_(None))
    is_pinned = exists().where(
        Enrolment.course_revision_id == revision.id, ~exists().where(Completion.enrolment_id == Enrolment.id).correlate(Enrolment)
    )
    completed_later = exists().where(
        Completion.course_revision_id == revision.id, or_(Completion.completed_on > last, Completion.completed_at >= before(last))
    )
    return _Source(
        revision.id,
        lambda *columns: select(*columns).select_from(revision).where(~is_offered, ~is_pinned),
        and_(revision.published_at < before(last), ~completed_later),
        revision.published_at,
        or_(is_held(course=revision.course_slug), _has_held_learner()),
    )


def _evaluations(last: date) -> _Source:
    here, held = EvaluationAnswer, is_held(course=EvaluationAnswer.course_slug)
    return _Source(here.id, lambda *columns: select(*columns).select_from(here), here.month < first_month_kept(last), here.month, held)


def _accommodations(last: date) -> _Source:
    end, here = before(last), AccommodationRequest
    answered = exists().where(AccommodationAnswer.request_id == here.id, AccommodationAnswer.set_at >= end)
    read = exists().where(AccommodationReading.request_id == here.id, AccommodationReading.read_at >= end)
    is_due = and_(here.asked_at < end, ~answered, ~read)
    held = is_held(person=here.person_id, course=here.course_slug)
    return _Source(here.id, lambda *columns: select(*columns).select_from(here), is_due, here.asked_at, held)


def _grievances(last: date) -> _Source:
    """One that was opened again is not closed, and stays."""
    here, answer, newer = Grievance, GrievanceAnswer, aliased(GrievanceAnswer)
    is_newest = ~exists().where(newer.grievance_id == answer.grievance_id, newer.number > answer.number)
    closed = exists().where(answer.grievance_id == here.id, answer.status == "closed", is_newest)
    answered = exists().where(answer.grievance_id == here.id, answer.set_at >= before(last))
    return _Source(
        here.id,
        lambda *columns: select(*columns).select_from(here).where(closed),
        and_(here.filed_at < before(last), ~answered),
        here.filed_at,
        is_held(person=here.person_id, course=here.course_slug),
    )


def _training(last: date) -> _Source:
    end, here = before(last), Task
    is_in = and_(Assignment.organisation_id == here.organisation_id, Assignment.id == here.assignment_id)
    worked = exists().where(Attempt.series_id == here.series_id, _not_over(end))
    met = exists().where(Attempt.series_id == here.series_id, CompletionRequirement.attempt_id == Attempt.id)
    signed = exists().where(SignOff.organisation_id == here.organisation_id, SignOff.task_id == here.id, SignOff.signed_at >= end)
    return _Source(
        here.id,
        lambda *columns: select(*columns).select_from(here).join(Assignment, is_in),
        and_(Assignment.assigned_at < end, ~worked, ~signed, ~met),
        Assignment.assigned_at,
        or_(is_held(person=here.trainee_id), is_held(person=Assignment.assigned_by), _is_of_held_course(), _has_held_signer()),
    )


def _reflections(last: date) -> _Source:
    here = Reflection
    start = func.coalesce(here.handed_in_at, here.saved_at)
    is_due = and_(here.saved_at < before(last), or_(here.handed_in_at.is_(None), here.handed_in_at < before(last)))
    held = exists().where(
        Attempt.id == here.attempt_id, Series.id == Attempt.series_id, is_held(person=Series.person_id, course=Series.course_slug)
    )
    return _Source(here.id, lambda *columns: select(*columns).select_from(here), is_due, start, held)


def _practice(last: date) -> _Source:
    return _Source(
        Attempt.id,
        lambda *columns: (
            select(*columns).select_from(Attempt).join(Series, Series.id == Attempt.series_id).where(Series.purpose == "practice")
        ),
        and_(~_not_over(before(last)), ~exists().where(ReleasedPass.attempt_id == Attempt.id)),
        func.coalesce(Attempt.closed_at, Attempt.abandoned_at, Attempt.began_at),
        is_held(person=Series.person_id, course=Series.course_slug),
    )


def _mails(last: date) -> _Source:
    ended = func.coalesce(Message.sent_at, Message.cancelled_at, Message.failed_at)
    return _Source(
        Message.id,
        lambda *columns: select(*columns).select_from(Message).where(ended.is_not(None)),
        ended < before(last),
        ended,
        is_held(person=Message.person_id),
    )


def _has_held_learner() -> ColumnElement[bool]:
    """Whether somebody who is held completed a course revision, or is enrolled in it."""
    completed = exists().where(Completion.enrolment_id == Enrolment.id, Completion.course_revision_id == CourseRevision.id)
    return exists().where(
        or_(
            Enrolment.course_revision_id == CourseRevision.id,
            completed.correlate(Enrolment, CourseRevision),
        ),
        is_held(person=Enrolment.person_id),
    )


def _is_of_held_course() -> ColumnElement[bool]:
    listed = AssignedScenario
    return exists().where(
        listed.organisation_id == Task.organisation_id,
        listed.assignment_id == Task.assignment_id,
        listed.position == Task.position,
        is_held(course=listed.course_slug),
    )


def _has_held_signer() -> ColumnElement[bool]:
    same = (SignOff.organisation_id == Task.organisation_id, SignOff.task_id == Task.id)
    return exists().where(*same, is_held(person=SignOff.supervisor_id))


def _stands_for_a_task(belongs: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an attempt of the series that belong was released for assigned work, which is kept by its own rule."""
    return exists().where(belongs, Attempt.series_id == Series.id, ReleasedPass.attempt_id == Attempt.id)


def _not_over(end: datetime) -> ColumnElement[bool]:
    """Whether something was done in an attempt at that moment or later; one that is still open may have been begun long before."""
    answered = exists().where(Answer.attempt_id == Attempt.id, Answer.answered_at >= end)
    written = exists().where(Reflection.attempt_id == Attempt.id, Reflection.saved_at >= end)
    return or_(func.coalesce(Attempt.closed_at, Attempt.abandoned_at, Attempt.began_at) >= end, answered, written)


def _certificate_deed(end: datetime, person_id: Any, course_slug: Any, cycle: Any) -> ColumnElement[bool]:
    """Whether a certificate of this person, course and cycle was issued, revoked or worked on at that moment or later."""
    same = (Certificate.person_id == person_id, Certificate.course_slug == course_slug, Certificate.cycle == cycle)
    return exists().where(*same, or_(Certificate.issued_at >= end, _deed_after(end, Certificate.id)))


def _deed_after(end: datetime, certificate_id: Any) -> ColumnElement[bool]:
    done = exists().where(CertificateDeed.certificate_id == certificate_id, CertificateDeed.done_at >= end)
    revoked = exists().where(CertificateRevocation.certificate_id == certificate_id, CertificateRevocation.revoked_at >= end)
    return or_(done.correlate(Certificate), revoked.correlate(Certificate))


_SOURCES: dict[Kind, Callable[[date], _Source]] = {
    Kind.COMPLETED: _completed,
    Kind.BY_HAND: _by_hand,
    Kind.UNFINISHED: _unfinished,
    Kind.COURSE_FILES: _course_files,
    Kind.EVALUATIONS: _evaluations,
    Kind.ACCOMMODATIONS: _accommodations,
    Kind.GRIEVANCES: _grievances,
    Kind.TRAINING: _training,
    Kind.REFLECTIONS: _reflections,
    Kind.PRACTICE: _practice,
    Kind.MAILS: _mails,
}
