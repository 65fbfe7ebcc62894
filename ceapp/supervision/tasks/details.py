"""What the page of one's own assignment shows besides the assignment itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course
from ceapp.catalogue.queries import published_course
from ceapp.database import db, scoped_to
from ceapp.learning.grant_queries import Granted, grants_in
from ceapp.learning.models import Attempt, Enrolment, Score, Series
from ceapp.supervision.called import called
from ceapp.supervision.days import day_of
from ceapp.supervision.models import Extension
from ceapp.supervision.notes import texts
from ceapp.supervision.relations.supervised import SupervisedBy, scopes_seen, supervisors_of
from ceapp.supervision.scopes import Scope, widest
from ceapp.supervision.tasks.own import MyTask
from ceapp.supervision.tasks.queries import my_task


@dataclass(frozen=True, slots=True)
class OwnAttempt:
    """An attempt of the person at the scenario of an assignment, whatever it was for."""

    id: UUID
    series_id: UUID
    number: int
    closed_at: datetime | None
    is_open: bool
    percent: int | None
    passed: bool


@dataclass(frozen=True, slots=True)
class OwnPass:
    """A pass of the person's own, on the day of their own zone on which it was reached."""

    attempt_id: UUID
    passed_on: date


@dataclass(frozen=True, slots=True)
class Given:
    """More time: until when, by whom and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaskDetails:
    """An assignment with everything around it. `own_pass` is there only while it may still be released."""

    my: MyTask
    note: str
    extension: Given | None
    course_title: str
    is_enrolled: bool
    attempts: tuple[OwnAttempt, ...]
    granted: tuple[Granted, ...]
    own_pass: OwnPass | None
    seen_by: tuple[SupervisedBy, ...]


class _Around(NamedTuple):
    course: Course
    is_enrolled: bool
    extension: Extension | None
    extended_by: str


def task_details(person: Person, task_id: UUID, *, now: datetime) -> TaskDetails:
    """Everything on the page of an assignment. Raises Missing when it is not this person's."""
    my = my_task(person.id, task_id, now=now)
    around = _around(person.id, my)
    reason_id = around.extension.note_id if around.extension else None
    written = _notes(my.task.organisation_id, my.assignment.note_id, reason_id)
    attempts = _attempts_at(person.id, my, around.course.revision_id)
    return TaskDetails(
        my=my,
        note=written.get(my.assignment.note_id, "") if my.assignment.note_id else "",
        extension=Given(around.extended_by, written.get(reason_id, "") if reason_id else "") if around.extension else None,
        course_title=around.course.title,
        is_enrolled=around.is_enrolled,
        attempts=tuple(each for each in attempts if each.series_id == my.task.series_id),
        granted=tuple(grants_in(my.task.series_id)) if my.task.series_id and my.assignment.attempts else (),
        own_pass=_newest_pass(attempts, my, person.zone) if my.can_release else None,
        seen_by=tuple(each for each in supervisors_of(person.id, now) if each.organisation_id == my.organisation.id),
    )


_SEEN = {
    None: "At {} its administrators see whether it is begun, handed in, passed or late.",
    Scope.STATUS: "Your supervisor at {} sees whether it is begun, handed in, passed or late, and not your choices.",
    Scope.SCORES: "Your supervisor at {} sees the score, and not your choices.",
    Scope.ANSWERS: "Your supervisor at {} sees the choices you make here, and no reflections.",
    Scope.REFLECTIONS: "Your supervisor at {} sees the choices you make here; handing in a reflection shows it too.",
}


def seen_words(my: MyTask, *, now: datetime) -> str:
    """Who sees what is done for an assignment, in a sentence for the pages on which it is done."""
    scopes = scopes_seen(my.task.trainee_id, my.task.organisation_id, now)
    return _SEEN[widest(scopes) if scopes else None].format(my.organisation.name)


def own_pass(person: Person, my: MyTask) -> OwnPass | None:
    """The newest pass of the person's own that may stand for an assignment."""
    if not my.can_release:
        return None
    revision_id = db.session.scalars(select(Course.revision_id).where(Course.slug == my.assigned.course_slug)).one()
    return _newest_pass(_attempts_at(person.id, my, revision_id), my, person.zone)


def _around(person_id: UUID, my: MyTask) -> _Around:
    """The course of the scenario, whether the person is in it, and the newest extension; in one query."""
    enrolled = select(Enrolment.id).where(Enrolment.person_id == person_id, Enrolment.course_slug == Course.slug).exists()
    later = aliased(Extension)
    of_task = (Extension.organisation_id == my.task.organisation_id) & (Extension.task_id == my.id)
    newest = ~select(later.id).where(later.task_id == Extension.task_id, later.id > Extension.id).exists()
    with scoped_to(my.task.organisation_id):  # The extension is the organisation's, and about a task that is this person's.
        row = db.session.execute(
            select(Course, enrolled, Extension, called(Person))
            .select_from(Course)
            .outerjoin(Extension, of_task & newest)
            .outerjoin(Person, Person.id == Extension.extended_by)
            .where(Course.slug == my.assigned.course_slug)
        ).one()
    return _Around(row[0], bool(row[1]), row[2], row[3] or "")


def _notes(organisation_id: UUID, *note_ids: UUID | None) -> dict[UUID, str]:
    with scoped_to(organisation_id):  # They were written to this person.
        return texts([organisation_id], note_ids)


def _attempts_at(person_id: UUID, my: MyTask, revision_id: str) -> list[OwnAttempt]:
    """The attempts of the assignment and, where an own pass may stand for it, the person's own at the same scenario."""
    if my.task.series_id is None and not my.can_release:
        return []
    newer = aliased(Score)
    newest = ~select(newer.id).where(newer.attempt_id == Score.attempt_id, newer.version > Score.version).exists()
    wanted = Series.id == my.task.series_id
    if my.can_release:
        of_scenario = (Series.course_slug == my.assigned.course_slug) & Series.scenario_slug.in_(_names(my, revision_id))
        wanted = or_(wanted, of_scenario & Series.purpose.in_(("credit", "practice")))
    rows = db.session.execute(
        select(Attempt, Score.percent, Score.passed)
        .join(Series, Series.id == Attempt.series_id)
        .outerjoin(Score, (Score.attempt_id == Attempt.id) & newest)
        .where(Series.person_id == person_id, wanted)
        .order_by(Attempt.began_at, Attempt.number)
    )
    return [
        OwnAttempt(each.id, each.series_id, each.number, each.closed_at, each.is_open, percent, bool(passed))
        for each, percent, passed in rows
    ]


def _names(my: MyTask, revision_id: str) -> list[str]:
    """The scenario under the names that it has and had."""
    slug, course = my.assigned.scenario_slug, published_course(revision_id)
    listed = course.listed(slug) or course.renamed(slug)
    return [slug, listed.slug, *listed.formerly] if listed else [slug]


def _newest_pass(attempts: list[OwnAttempt], my: MyTask, zone: str) -> OwnPass | None:
    passes = [each for each in attempts if each.passed and each.closed_at and each.series_id != my.task.series_id]
    newest = max(passes, key=lambda each: each.closed_at or each.id, default=None)
    return OwnPass(newest.id, day_of(newest.closed_at, zone)) if newest and newest.closed_at else None
