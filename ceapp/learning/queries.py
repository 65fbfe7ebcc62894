"""Reading enrolments, attempts and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from ceapp.catalogue.models import Course
from ceapp.catalogue.queries import PublishedCourse
from ceapp.database import db
from ceapp.database.rows import Whole, all_rows, table_of
from ceapp.database.transaction import locked
from ceapp.learning.completion import Act, Checklist, Mark, Outcome, Requirement, checklist
from ceapp.learning.models import Answer, Attempt, Completion, Enrolment, Reflection, Score, Series

COURSES_ON_A_PAGE = 10
CLOSING_TITLE = "Closing cases"
CLOSING_SUMMARY = "New cases on what the scenarios were about. You see what each choice is worth once all are answered."

_scored = aliased(Score)
_NEWEST_VERSION = select(func.max(_scored.version)).where(_scored.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()
"""The version of an attempt's newest score, inside a query that has Attempt."""

# The statements of every step are built once: putting them together takes longer than running them.
_OPENED_ATTEMPT = (
    select(Attempt, Series, Enrolment, Course.revision_id, Score)
    .join(Series, Series.id == Attempt.series_id)
    .join(Course, Course.slug == Series.course_slug)
    .outerjoin(Enrolment, Enrolment.id == Series.enrolment_id)
    .outerjoin(Score, (Score.attempt_id == Attempt.id) & (Score.version == _NEWEST_VERSION))
    .where(Attempt.id == bindparam("attempt_id"), Series.person_id == bindparam("person_id"))
)
_reflection = Whole(Reflection)
_attempts, _all_series, _enrolments, _scores = (table_of(each) for each in (Attempt, Series, Enrolment, Score))
_later = _scores.alias("later")
_NEWEST = select(func.max(_later.c.version)).where(_later.c.attempt_id == _attempts.c.id).correlate(_attempts).scalar_subquery()
NEWEST_SCORE = (_attempts.c.id == _scores.c.attempt_id) & (_scores.c.version == _NEWEST)
"""The same for a statement over tables: how the score is joined."""

_OUTCOMES = (
    select(
        _enrolments.c.id,
        _all_series.c.scenario_slug,
        _attempts.c.id,
        _attempts.c.number,
        _all_series.c.allowed,
        _attempts.c.closed_at,
        _attempts.c.abandoned_at,
        _scores.c.passed,
        _scores.c.percent,
        _all_series.c.purpose,
        _attempts.c.scenario_revision_id,
    )
    .select_from(
        _enrolments.join(
            _all_series, (_all_series.c.person_id == _enrolments.c.person_id) & (_all_series.c.course_slug == _enrolments.c.course_slug)
        )
        .join(_attempts, _attempts.c.series_id == _all_series.c.id)
        .outerjoin(_scores, NEWEST_SCORE)
    )
    .where(
        (_all_series.c.enrolment_id == _enrolments.c.id)
        | ((_all_series.c.purpose == "assigned") & (_attempts.c.closed_at >= _enrolments.c.began_at)),
    )
)
_OUTCOMES_OF_MANY = _OUTCOMES.where(_enrolments.c.id.in_(bindparam("enrolment_ids", expanding=True)))
_OUTCOMES_OF_ONE = _OUTCOMES.where(_enrolments.c.id == bindparam("enrolment_id"))
_REFLECTIONS = select(*_reflection.columns).where(table_of(Reflection).c.attempt_id == bindparam("attempt_id"))
_ANSWERS = select(Answer).where(Answer.attempt_id == bindparam("attempt_id")).order_by(Answer.position)


@dataclass(frozen=True, slots=True)
class OpenedAttempt:
    """An attempt with what it belongs to; `enrolment` is None for practice, `current_revision_id` is the course's of today.

    `score` is the newest; None while the attempt is open.
    """

    attempt: Attempt
    series: Series
    enrolment: Enrolment | None
    current_revision_id: str
    score: Score | None


@dataclass(frozen=True, slots=True)
class EnrolledCourse:
    """A person's enrolment with the course's current revision and, once there, the completion."""

    enrolment: Enrolment
    current_revision_id: str
    completion: Completion | None
    is_retired: bool = False
    """Whether nobody enrols any more; known where one course is read."""


def enrolled_course(person_id: UUID, course_slug: str) -> EnrolledCourse | None:
    """The newest cycle of a person in a course."""
    row = db.session.execute(
        select(Enrolment, Course.revision_id, Completion)
        .join(Course, Course.slug == Enrolment.course_slug)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id == person_id, Enrolment.course_slug == course_slug)
        .order_by(Enrolment.cycle.desc())
        .limit(1)
    ).first()
    return EnrolledCourse(row[0], row[1], row[2]) if row else None


def enrolment_to_change(enrolment_id: UUID) -> Enrolment:
    """The enrolment as it is now, locked until the end of the transaction.

    Whoever changes what hangs on an enrolment takes this first, then the series, then the attempt: in one order nobody waits in a circle.
    """
    return locked(Enrolment, enrolment_id)


def series_to_change(series_id: UUID) -> Series:
    """The series as it is now, locked until the end of the transaction."""
    return locked(Series, series_id)


def attempt_to_change(attempt_id: UUID) -> Attempt:
    """The attempt as it is now, locked until the end of the transaction."""
    return locked(Attempt, attempt_id)


def completion_of(enrolment_id: UUID) -> Completion | None:
    return db.session.scalars(select(Completion).where(Completion.enrolment_id == enrolment_id)).first()


def attempt_begun_with(series_id: UUID, form_key: str) -> Attempt | None:
    """The attempt that this form began."""
    return db.session.scalars(select(Attempt).where(Attempt.form_key == form_key, Attempt.series_id == series_id)).first()


def last_number(series_id: UUID) -> int:
    """The highest number of an attempt in a series; 0 before the first."""
    return db.session.scalar(select(func.max(Attempt.number)).where(Attempt.series_id == series_id)) or 0


def reflection_of(attempt_id: UUID, question_id: str) -> Reflection | None:
    return db.session.scalars(select(Reflection).where(Reflection.attempt_id == attempt_id, Reflection.question_id == question_id)).first()


def enrolled_courses(person_id: UUID, page: int) -> tuple[list[EnrolledCourse], bool]:
    """One page of a person's enrolments, the newest first, and whether there are older ones."""
    rows = db.session.execute(
        select(Enrolment, Course.revision_id, Completion)
        .join(Course, Course.slug == Enrolment.course_slug)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.began_at.desc(), Enrolment.id.desc())
        .limit(COURSES_ON_A_PAGE + 1)
        .offset((max(1, page) - 1) * COURSES_ON_A_PAGE)
    )
    found = [EnrolledCourse(enrolment, revision_id, completion) for enrolment, revision_id, completion in rows]
    return found[:COURSES_ON_A_PAGE], len(found) > COURSES_ON_A_PAGE


def requirements(course: PublishedCourse) -> list[Requirement]:
    """What a course revision asks for, optional scenarios included, in order."""
    asked = [Requirement(each.slug, each.title, each.summary, each.minutes, each.is_required, each.formerly) for each in course.scenarios]
    return asked + _closing(course)


def _closing(course: PublishedCourse) -> list[Requirement]:
    """The closing cases as one requirement, under the name of their first form; a learner is told of them, not of forms."""
    if not course.forms:
        return []
    first, longest = course.forms[0], max(form.minutes for form in course.forms)
    others = tuple(form.slug for form in course.forms[1:])
    return [Requirement(first.slug, CLOSING_TITLE, CLOSING_SUMMARY, longest, True, others, is_closing=True)]


def marks_of(course: PublishedCourse, enrolment: Enrolment | None) -> tuple[Mark, ...]:
    """The acts that a course revision asks for, and whether this enrolment has them."""
    about = course.course
    evaluated_at, attested_at = (enrolment.evaluated_at, enrolment.attested_at) if enrolment else (None, None)
    asked = ((Act.EVALUATION, about.evaluation, evaluated_at), (Act.ATTESTATION, about.attestation, attested_at))
    return tuple(Mark(act, at is not None) for act, wanted, at in asked if wanted)


def checklist_of(course: PublishedCourse, enrolment: Enrolment | None, outcomes: list[Outcome]) -> Checklist:
    """What is left before the certificate; without an enrolment, all of it."""
    return checklist(requirements(course), outcomes, marks_of(course, enrolment))


def outcomes_of(enrolment_ids: list[UUID]) -> dict[UUID, list[Outcome]]:
    """Every attempt for credit of these enrolments with its newest score, and those of assignments since they began, in one query."""
    found: dict[UUID, list[Outcome]] = {enrolment_id: [] for enrolment_id in enrolment_ids}
    for row in all_rows(_OUTCOMES_OF_MANY, enrolment_ids=enrolment_ids):
        found[row[0]].append(_outcome(row))
    return found


def outcomes_in(enrolment_id: UUID) -> list[Outcome]:
    """The same of one enrolment."""
    return [_outcome(row) for row in all_rows(_OUTCOMES_OF_ONE, enrolment_id=enrolment_id)]


def _outcome(row: Sequence[Any]) -> Outcome:
    _, slug, attempt_id, number, allowed, closed_at, left_at, passed, percent, purpose, revision_id = row
    is_open, is_closed = closed_at is None and left_at is None, closed_at is not None
    return Outcome(
        slug, attempt_id, number, allowed, is_open, is_closed, bool(passed), percent, purpose == "credit", closed_at, revision_id
    )


def opened_attempt(person_id: UUID, attempt_id: UUID) -> OpenedAttempt | None:
    """An attempt of this person, with its series, enrolment and the course's current revision."""
    row = db.session.execute(_OPENED_ATTEMPT, {"attempt_id": attempt_id, "person_id": person_id}).first()
    return OpenedAttempt(*row) if row else None


def answers_of(attempt_id: UUID) -> list[Answer]:
    """The answers of an attempt in the order they were given."""
    return list(db.session.scalars(_ANSWERS, {"attempt_id": attempt_id}))


def given(answers: list[Answer]) -> dict[str, tuple[str, ...]]:
    """Answers as the rules want them: question id → option ids."""
    return {answer.question_id: tuple(answer.given) for answer in answers}


def reflections_of(attempt_id: UUID) -> dict[str, Reflection]:
    """What was written in an attempt, drafts included, by question; to be looked at."""
    rows = [_reflection.of(row) for row in all_rows(_REFLECTIONS, attempt_id=attempt_id)]
    return {row.question_id: row for row in rows}


def open_attempt(series_id: UUID) -> Attempt | None:
    """The one attempt of a series that is under way."""
    return db.session.scalars(
        select(Attempt).where(Attempt.series_id == series_id, Attempt.closed_at.is_(None), Attempt.abandoned_at.is_(None))
    ).first()


def practice_series(person_id: UUID, course_slug: str, slugs: Collection[str]) -> Series | None:
    """A person's practice at the scenario that has, or had before, one of these slugs; the newest."""
    return db.session.scalars(
        select(Series)
        .where(
            Series.person_id == person_id,
            Series.course_slug == course_slug,
            Series.scenario_slug.in_(slugs),
            Series.purpose == "practice",
        )
        .order_by(Series.id.desc())
    ).first()


def credit_series(enrolment_id: UUID, slugs: Collection[str]) -> Series | None:
    """An enrolment's series at the scenario that has, or had before, one of these slugs; the newest."""
    return db.session.scalars(
        select(Series).where(Series.enrolment_id == enrolment_id, Series.scenario_slug.in_(slugs)).order_by(Series.id.desc())
    ).first()
