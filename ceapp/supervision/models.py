"""What belongs to an organisation: groups, who supervises whom, what was assigned, and what came of it.

Every table carries its organisation, and refers to others and to members by keys that include it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model
from ceapp.database.types import UtcDateTime

REASON_LENGTH = 400


def _organisation() -> Mapped[UUID]:
    return mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))


def _member(column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organisation_id", column], ["membership.organisation_id", "membership.person_id"], ondelete="RESTRICT")


def _task() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organisation_id", "task_id"], ["task.organisation_id", "task.id"], ondelete="RESTRICT")


class Group(Model):
    """Trainees whom one assigns to and looks at together."""

    __tablename__ = "supervision_group"
    __table_args__ = (UniqueConstraint("organisation_id", "name"), UniqueConstraint("organisation_id", "id"))

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[Instant]


class GroupMember(Model):
    """That somebody is in a group."""

    __tablename__ = "group_member"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "group_id"], ["supervision_group.organisation_id", "supervision_group.id"], ondelete="RESTRICT"
        ),
        _member("person_id"),
        Index(None, "organisation_id", "person_id"),
    )

    group_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    organisation_id: Mapped[UUID] = _organisation()


class Supervision(Model):
    """Who supervises whom, from one day to another, and how much the supervisor sees.

    `scope` is status, scores, answers or reflections, each including those before it. The last day belongs to it; `ended_at` ends it at
    once.
    """

    __tablename__ = "supervision"
    __table_args__ = (
        _member("supervisor_id"),
        _member("trainee_id"),
        CheckConstraint("scope IN ('status', 'scores', 'answers', 'reflections')", name="scope"),
        CheckConstraint("supervisor_id <> trainee_id", name="two_people"),
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="days"),
        Index(
            "uq_supervision_open",
            "organisation_id",
            "supervisor_id",
            "trainee_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "organisation_id", "trainee_id"),
        Index(None, "trainee_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    supervisor_id: Mapped[UUID]
    trainee_id: Mapped[UUID]
    scope: Mapped[str] = mapped_column(String(16))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Cover(Model):
    """That a colleague sees a supervisor's trainees in their place, both days included."""

    __tablename__ = "cover"
    __table_args__ = (
        _member("supervisor_id"),
        _member("colleague_id"),
        CheckConstraint("supervisor_id <> colleague_id", name="two_people"),
        CheckConstraint("last_day >= first_day", name="days"),
        Index(None, "organisation_id", "colleague_id"),
        Index(None, "organisation_id", "supervisor_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    supervisor_id: Mapped[UUID]
    colleague_id: Mapped[UUID]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Note(Model):
    """What somebody wrote to an assignment, an extension or a sign-off, encrypted; may be deleted without touching those."""

    __tablename__ = "note"

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    author_id: Mapped[UUID]
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    written_at: Mapped[Instant]


class Assignment(Model):
    """One act of assigning: scenarios, each with its due day, to people. A weekly plan is one whose scenarios are due week by week.

    `attempts` is how many each person has at each scenario, None without limit. A due day lasts until midnight in `time_zone`.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        _member("assigned_by"),
        UniqueConstraint("organisation_id", "id"),
        CheckConstraint("kind IN ('scenarios', 'module', 'course', 'plan')", name="kind"),
        CheckConstraint("attempts IS NULL OR attempts >= 1", name="attempts"),
        Index(None, "organisation_id", "assigned_at"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(300))
    time_zone: Mapped[str] = mapped_column(String(64))
    attempts: Mapped[int | None] = mapped_column(Integer)
    accepts_own_pass: Mapped[bool] = mapped_column(Boolean)
    note_id: Mapped[UUID | None]  # no foreign key: the text may be deleted, the assignment may not
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    assigned_by: Mapped[UUID]
    assigned_at: Mapped[Instant]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[UUID | None]


class AssignedScenario(Model):
    """A scenario of an assignment, in order, with its title on that day."""

    __tablename__ = "assigned_scenario"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "assignment_id"], ["assignment.organisation_id", "assignment.id"], ondelete="RESTRICT"),
        UniqueConstraint("organisation_id", "assignment_id", "position"),
    )

    assignment_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[UUID] = _organisation()
    course_slug: Mapped[str] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    scenario_slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    due_on: Mapped[date | None] = mapped_column(Date)


class Task(Model):
    """One scenario of an assignment for one trainee. `due_on` is set when it was extended for this person.

    Its series is made when the trainee begins; the key holds the purpose, so that no other series of theirs can stand here.
    """

    __tablename__ = "task"
    __table_args__ = (
        _member("trainee_id"),
        ForeignKeyConstraint(
            ["organisation_id", "assignment_id", "position"],
            ["assigned_scenario.organisation_id", "assigned_scenario.assignment_id", "assigned_scenario.position"],
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(["series_id", "series_purpose"], ["series.id", "series.purpose"], ondelete="RESTRICT"),
        UniqueConstraint("organisation_id", "id"),
        UniqueConstraint("assignment_id", "position", "trainee_id"),
        UniqueConstraint("series_id"),
        CheckConstraint("series_purpose = 'assigned'", name="series_purpose"),
        Index(None, "organisation_id", "trainee_id"),
        Index(None, "trainee_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    assignment_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    trainee_id: Mapped[UUID]
    due_on: Mapped[date | None] = mapped_column(Date)
    series_id: Mapped[UUID | None]
    series_purpose: Mapped[str] = mapped_column(String(16), default="assigned")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Extension(Model):
    """That one person got more time, why and by whom."""

    __tablename__ = "extension"
    __table_args__ = (_task(), _member("extended_by"), Index(None, "organisation_id", "task_id"))

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    task_id: Mapped[UUID]
    due_on: Mapped[date] = mapped_column(Date)
    note_id: Mapped[UUID | None]
    extended_by: Mapped[UUID]
    extended_at: Mapped[Instant]


class ReleasedPass(Model):
    """That a trainee lets a pass of their own stand for a task. The organisation reads the day here, and never the attempt."""

    __tablename__ = "released_pass"
    __table_args__ = (_task(), UniqueConstraint("organisation_id", "task_id"))

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    task_id: Mapped[UUID]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="RESTRICT"))
    passed_on: Mapped[date] = mapped_column(Date)
    released_at: Mapped[Instant]


class ReflectionReading(Model):
    """That somebody opened a trainee's reflection; shown to the trainee."""

    __tablename__ = "reflection_reading"
    __table_args__ = (
        _member("reader_id"),
        _member("trainee_id"),
        Index(None, "trainee_id"),
        Index(None, "organisation_id", "trainee_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    reader_id: Mapped[UUID]
    trainee_id: Mapped[UUID]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="RESTRICT"))
    question_id: Mapped[str] = mapped_column(String(64))
    read_at: Mapped[Instant]


class SignOff(Model):
    """A supervisor's name under a piece of work; `facts` are what they saw. It outlives the relation."""

    __tablename__ = "sign_off"
    __table_args__ = (
        _task(),
        _member("supervisor_id"),
        _member("trainee_id"),
        UniqueConstraint("organisation_id", "task_id", "supervisor_id"),
        Index(None, "organisation_id", "supervisor_id"),
        Index(None, "trainee_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    task_id: Mapped[UUID]
    supervisor_id: Mapped[UUID]
    trainee_id: Mapped[UUID]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    note_id: Mapped[UUID | None]
    signed_at: Mapped[Instant]


class Reminder(Model):
    """That a reminder about a task was due and went into a message: once for each occasion, counted from the task itself."""

    __tablename__ = "reminder"
    __table_args__ = (_task(), UniqueConstraint("organisation_id", "task_id", "occasion"))

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = _organisation()
    task_id: Mapped[UUID]
    occasion: Mapped[str] = mapped_column(String(16))  # assigned, due-7, due-1, late-1 … late-4
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="RESTRICT"))
    made_at: Mapped[Instant]
