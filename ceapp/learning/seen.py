"""What pages and hand-ins read of attempts and courses, at the speed of plain rows: statements over tables, each in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from ceapp.accounts.along import Along
from ceapp.accounts.models import Licence, Person
from ceapp.catalogue.models import Course
from ceapp.database.rows import Whole, all_rows, first_row, table_of
from ceapp.database.transaction import lock_row
from ceapp.errors import Missing
from ceapp.learning.models import Answer, Attempt, Completion, Enrolment, Score, Series
from ceapp.learning.queries import NEWEST_SCORE, EnrolledCourse, OpenedAttempt

# The statements of every step are built once: putting them together takes longer than running them.
_attempt, _series, _enrolment, _score, _answer = Whole(Attempt), Whole(Series), Whole(Enrolment), Whole(Score), Whole(Answer)
_completion, _person, _licence = Whole(Completion), Whole(Person), Whole(Licence)
_attempts, _all_series, _enrolments, _scores, _answers, _courses, _completions, _people, _licences = (
    table_of(each) for each in (Attempt, Series, Enrolment, Score, Answer, Course, Completion, Person, Licence)
)
_ATTEMPT_COLUMNS = (
    *_attempt.columns,
    *_series.columns,
    *_enrolment.columns,
    *_score.columns,
    *_answer.columns,
    _courses.c.revision_id,
)
_SEEN_ATTEMPT = (
    select(*_ATTEMPT_COLUMNS)
    .select_from(
        _attempts.join(_all_series, _all_series.c.id == _attempts.c.series_id)
        .join(_courses, _courses.c.slug == _all_series.c.course_slug)
        .outerjoin(_enrolments, _enrolments.c.id == _all_series.c.enrolment_id)
        .outerjoin(_scores, NEWEST_SCORE)
        .outerjoin(_answers, _answers.c.attempt_id == _attempts.c.id)
    )
    .where(_attempts.c.id == bindparam("attempt_id"), _all_series.c.person_id == bindparam("person_id"))
    .order_by(_answers.c.position)
)
ATTEMPT_ALONG = Along(
    _ATTEMPT_COLUMNS,
    (
        (_attempts, _attempts.c.id == bindparam("attempt_id")),
        (_all_series, (_all_series.c.id == _attempts.c.series_id) & (_all_series.c.person_id == _people.c.id)),
        (_courses, _courses.c.slug == _all_series.c.course_slug),
        (_enrolments, _enrolments.c.id == _all_series.c.enrolment_id),
        (_scores, NEWEST_SCORE),
        (_answers, _answers.c.attempt_id == _attempts.c.id),
    ),
    (_answers.c.position,),
)
"""The same along with the sign-in of the person."""

_COURSE_COLUMNS = (*_enrolment.columns, *_completion.columns, _courses.c.revision_id, _courses.c.retired_at)
_its_completion = _completions.c.enrolment_id == _enrolments.c.id
_SEEN_COURSE = (
    select(*_COURSE_COLUMNS)
    .select_from(
        _courses.outerjoin(
            _enrolments, (_enrolments.c.course_slug == _courses.c.slug) & (_enrolments.c.person_id == bindparam("person_id"))
        ).outerjoin(_completions, _its_completion)
    )
    .where(_courses.c.slug == bindparam("course_slug"))
    .order_by(_enrolments.c.cycle.desc())
    .limit(1)
)
COURSE_ALONG = Along(
    _COURSE_COLUMNS,
    (
        (_courses, _courses.c.slug == bindparam("course_slug")),
        (_enrolments, (_enrolments.c.course_slug == _courses.c.slug) & (_enrolments.c.person_id == _people.c.id)),
        (_completions, _its_completion),
    ),
    (_enrolments.c.cycle.desc(),),
)
"""A course with the person's newest enrolment in it, along with their sign-in."""

_SEEN_LEARNER = (
    select(*_person.columns, *_enrolment.columns)
    .select_from(
        _people.outerjoin(_enrolments, (_enrolments.c.person_id == _people.c.id) & (_enrolments.c.course_slug == bindparam("course_slug")))
    )
    .where(_people.c.id == bindparam("person_id"))
    .order_by(_enrolments.c.cycle.desc())
    .limit(1)
)
_COMPLETING = (
    select(*_enrolment.columns, *_person.columns, *_licence.columns, _completions.c.id)
    .select_from(
        _enrolments.join(_people, _people.c.id == _enrolments.c.person_id)
        .outerjoin(_completions, _its_completion)
        .outerjoin(_licences, (_licences.c.person_id == _people.c.id) & _licences.c.is_printed.is_(True))
    )
    .where(_enrolments.c.id == bindparam("enrolment_id"))
    .order_by(_licences.c.added_at, _licences.c.id)
)


@dataclass(frozen=True, slots=True)
class CourseSeen:
    """A course as it is today and, where there is one, a person's enrolment in it."""

    revision_id: str
    retired_at: datetime | None
    enrolled: EnrolledCourse | None


@dataclass(frozen=True, slots=True)
class Learner:
    """A person as they are now, with their newest enrolment in a course."""

    person: Person
    enrolment: Enrolment | None


@dataclass(frozen=True, slots=True)
class Completing:
    """What deciding a completion needs besides what was passed."""

    enrolment: Enrolment
    person: Person
    licences: tuple[Licence, ...]
    is_complete: bool


def attempt_seen(person_id: UUID, attempt_id: UUID) -> tuple[OpenedAttempt, tuple[Answer, ...]] | None:
    """An attempt of this person, to be looked at, with the answers in the order they were given."""
    return attempt_in(all_rows(_SEEN_ATTEMPT, attempt_id=attempt_id, person_id=person_id))


def attempt_in(rows: Sequence[Sequence[Any]]) -> tuple[OpenedAttempt, tuple[Answer, ...]] | None:
    """The same from rows that were read; None when the attempt is nobody's or somebody else's."""
    if not rows or rows[0][-1] is None:
        return None
    first, start = rows[0], len(_attempt)
    series, start = _series.of(first, start), start + len(_series)
    enrolment, start = _enrolment.perhaps(first, start), start + len(_enrolment)
    score, start = _score.perhaps(first, start), start + len(_score)
    answers = tuple(answer for row in rows if (answer := _answer.perhaps(row, start)))
    return OpenedAttempt(_attempt.of(first), series, enrolment, first[-1], score), answers


def course_seen(person_id: UUID, course_slug: str) -> CourseSeen | None:
    """A course and the newest cycle of a person in it, to be looked at; None when no such course was published."""
    return course_in([row] if (row := first_row(_SEEN_COURSE, person_id=person_id, course_slug=course_slug)) else [])


def course_in(rows: Sequence[Sequence[Any]]) -> CourseSeen | None:
    """The same from rows that were read, the newest cycle first."""
    if not rows or rows[0][-2] is None:
        return None
    enrolment, (revision_id, retired_at) = _enrolment.perhaps(rows[0], 0), rows[0][-2:]
    if enrolment is None:
        return CourseSeen(revision_id, retired_at, None)
    completion = _completion.perhaps(rows[0], len(_enrolment))
    return CourseSeen(revision_id, retired_at, EnrolledCourse(enrolment, revision_id, completion, retired_at is not None))


def learner_seen(person_id: UUID, course_slug: str) -> Learner:
    """A person and their newest enrolment in this course, to be looked at."""
    row = first_row(_SEEN_LEARNER, person_id=person_id, course_slug=course_slug)
    if row is None:
        raise Missing
    return Learner(_person.of(row), _enrolment.perhaps(row, len(_person)))


def completing(enrolment_id: UUID) -> Completing:
    """An enrolment with its person as they are now, the licences that they want on certificates, and whether it is complete."""
    rows = all_rows(_COMPLETING, enrolment_id=enrolment_id)
    if not rows:
        raise Missing
    first, start = rows[0], len(_enrolment) + len(_person)
    licences = tuple(licence for row in rows if (licence := _licence.perhaps(row, start)))
    return Completing(_enrolment.of(first), _person.of(first, len(_enrolment)), licences, is_complete=first[-1] is not None)


def lock_enrolment(enrolment_id: UUID) -> None:
    """Lock an enrolment until the end of the transaction; who then decides on it reads it afterwards."""
    lock_row(Enrolment, enrolment_id)


def lock_attempt(attempt_id: UUID) -> bool:
    """The same for an attempt; tells whether another writer may have been there between what was read before and the lock."""
    return lock_row(Attempt, attempt_id)
