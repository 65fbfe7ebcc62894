"""What is asked about openings of a record, and about the attempts in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, select

from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course, CourseRevisionScenario
from ceapp.database import db, pages_of
from ceapp.keys import current_keys
from ceapp.learning.models import Answer, Attempt, Enrolment, Score, Series
from ceapp.learning.record.models import OpeningReason, RecordOpening

PAGE = 25
LASTS = timedelta(minutes=30)
"""How long an opening counts."""

ENROLMENT, ASSIGNED = "enrolment", "assigned"


@dataclass(frozen=True, slots=True)
class Looker:
    """An administrator in a signed-in browser, now."""

    person_id: UUID
    sign_in_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """A part of somebody's record that is opened as one, with the opening that lets the looker look."""

    person: Person
    kind: str
    id: UUID
    enrolment: Enrolment | None
    course_title: str
    opening: RecordOpening | None = None


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """An attempt in a list, with its newest score."""

    attempt: Attempt
    purpose: str
    title: str
    percent: int | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class AttemptsPage:
    """One page of the attempts of a subject, the newest first."""

    attempts: tuple[AttemptLine, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Opened:
    """An opening as the person reads it; the reason is empty once it was deleted."""

    opened_at: datetime
    by: str
    kind: str
    course_title: str
    reason: str


@dataclass(frozen=True, slots=True)
class OpeningsPage:
    """One page of the openings of a person's record, the newest first."""

    openings: tuple[Opened, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An attempt with everything that is kept of it."""

    attempt: Attempt
    series: Series
    answers: Sequence[Answer]
    scores: Sequence[Score]


def subject(person_id: UUID, subject_id: UUID, looker: Looker | None = None) -> Subject | None:
    """The part of this person's record that has this id: one of their enrolments, or by their own id all assigned work."""
    counts = false() if looker is None else and_(RecordOpening.subject_id == subject_id, *_counts(looker))
    row = db.session.execute(
        select(Person, Enrolment, Course.title, RecordOpening)
        .outerjoin(Enrolment, (Enrolment.person_id == Person.id) & (Enrolment.id == subject_id))
        .outerjoin(Course, Course.slug == Enrolment.course_slug)
        .outerjoin(RecordOpening, (RecordOpening.person_id == Person.id) & counts)
        .where(Person.id == person_id)
        .order_by(RecordOpening.opened_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None or (row[1] is None and subject_id != person_id):
        return None
    person, enrolment, title, opening = row
    return Subject(person, ENROLMENT if enrolment else ASSIGNED, subject_id, enrolment, title or "", opening)


def _counts(looker: Looker) -> tuple[ColumnElement[bool], ...]:
    """For this administrator, in this sign-in, now."""
    return (
        RecordOpening.opened_by == looker.person_id,
        RecordOpening.sign_in_id == looker.sign_in_id,
        RecordOpening.opened_at > looker.now - LASTS,
        RecordOpening.opened_at <= looker.now,
    )


def opening_made_with(form_key: str) -> RecordOpening | None:
    """What this form opened."""
    return db.session.scalars(select(RecordOpening).where(RecordOpening.form_key == form_key)).first()


def attempts_in(subject: Subject, page: int) -> AttemptsPage:
    """The attempts of a subject; never practice."""
    wanted = _belongs(subject)
    count = db.session.scalar(select(func.count(Attempt.id)).join(Series, Series.id == Attempt.series_id).where(*wanted)) or 0
    pages = pages_of(count, PAGE)
    page = min(page, pages)
    rows = db.session.execute(
        select(Attempt, Series.purpose, _title(), Score.percent, Score.passed)
        .join(Series, Series.id == Attempt.series_id)
        .outerjoin(Score, (Score.attempt_id == Attempt.id) & (Score.version == _newest_version()))
        .where(*wanted)
        .order_by(Attempt.began_at.desc(), Attempt.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return AttemptsPage(tuple(AttemptLine(*row) for row in rows), page, pages)


def attempt_ids_in(subject: Subject) -> list[UUID]:
    """All of them, in the order in which they were begun."""
    return list(
        db.session.scalars(
            select(Attempt.id).join(Series, Series.id == Attempt.series_id).where(*_belongs(subject)).order_by(Attempt.began_at, Attempt.id)
        )
    )


def kept_in(subject: Subject, attempt_id: UUID) -> Kept | None:
    """An attempt of this subject with its answers and every score."""
    return _kept(Attempt.id == attempt_id, *_belongs(subject))


def kept_of(person_id: UUID, attempt_id: UUID) -> Kept | None:
    """An attempt of this person, for whatever purpose."""
    return _kept(Attempt.id == attempt_id, Series.person_id == person_id)


def openings_of(person_id: UUID, page: int) -> OpeningsPage:
    """Who opened this person's record."""
    count = db.session.scalar(select(func.count()).select_from(RecordOpening).where(RecordOpening.person_id == person_id)) or 0
    pages = pages_of(count, PAGE)
    page = min(page, pages)
    rows = db.session.execute(
        select(RecordOpening, Person.name, Person.email, OpeningReason, Course.title)
        .join(Person, Person.id == RecordOpening.opened_by)
        .outerjoin(OpeningReason, OpeningReason.opening_id == RecordOpening.id)
        .outerjoin(Enrolment, Enrolment.id == RecordOpening.subject_id)
        .outerjoin(Course, Course.slug == Enrolment.course_slug)
        .where(RecordOpening.person_id == person_id)
        .order_by(RecordOpening.opened_at.desc(), RecordOpening.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    found = tuple(Opened(row.opened_at, name or email, row.kind, title or "", _reason(reason)) for row, name, email, reason, title in rows)
    return OpeningsPage(found, page, pages)


def _reason(reason: OpeningReason | None) -> str:
    return current_keys().unseal(reason.key_id, reason.ciphertext) if reason else ""


def reason_of(opening_id: UUID) -> str:
    """Why a record was opened."""
    return _reason(db.session.get(OpeningReason, opening_id))


def _belongs(subject: Subject) -> tuple[ColumnElement[bool], ...]:
    if subject.kind == ENROLMENT:
        return (Series.enrolment_id == subject.id, Series.purpose == "credit")
    return (Series.person_id == subject.person.id, Series.purpose == "assigned")


def _title() -> ColumnElement[str]:
    """Of the scenario as it was: the courses that list a revision all have its title."""
    listed = CourseRevisionScenario
    return (
        select(func.min(listed.title))
        .where(listed.scenario_revision_id == Attempt.scenario_revision_id)
        .correlate(Attempt)
        .scalar_subquery()
    )


def _newest_version() -> ColumnElement[int]:
    return select(func.max(Score.version)).where(Score.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()


def _kept(*wanted: ColumnElement[bool]) -> Kept | None:
    rows = db.session.execute(
        select(Attempt, Series, Score)
        .join(Series, Series.id == Attempt.series_id)
        .outerjoin(Score, Score.attempt_id == Attempt.id)
        .where(*wanted)
        .order_by(Score.version)
    ).all()
    if not rows:
        return None
    attempt, series, _ = rows[0]
    answers = db.session.scalars(select(Answer).where(Answer.attempt_id == attempt.id).order_by(Answer.position)).all()
    return Kept(attempt, series, answers, [score for *_, score in rows if score])
