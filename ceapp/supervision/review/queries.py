"""One trainee's work, piece by piece, with what was added to it: extensions and sign-offs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from ceapp.accounts.models import Person
from ceapp.database import db, pages_of
from ceapp.supervision import notes
from ceapp.supervision.models import Assignment, Extension, SignOff, Task
from ceapp.supervision.progress.queries import ALL_WORK, Work, works
from ceapp.supervision.review.facts import Facts, stored_facts

PAGE = 20

_NAME = func.coalesce(func.nullif(Person.name, ""), Person.email)


@dataclass(frozen=True, slots=True)
class Extended:
    """That the trainee got more time; `reason` is empty when none was written or it was deleted."""

    task_id: UUID
    due_on: date
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A sign-off with what was seen then. `trainee` is their name today."""

    task_id: UUID
    trainee_id: UUID
    trainee: str
    supervisor_id: UUID
    supervisor: str
    facts: Facts
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """What was added to a task after it was assigned."""

    extensions: tuple[Extended, ...]
    sign_offs: tuple[Signed, ...]


def name_of(person_id: UUID) -> str:
    """The name, or the e-mail address of somebody who has not given one."""
    return str(db.session.scalars(select(_NAME).where(Person.id == person_id)).one())


def work_page(organisation_id: UUID, trainee_id: UUID, page: int) -> tuple[list[Work], int]:
    """One page of what was assigned to a trainee, the newest first, and how many pages there are."""
    theirs = (Task.organisation_id == organisation_id, Task.trainee_id == trainee_id)
    order = (Assignment.assigned_at.desc(), Assignment.id.desc(), Task.position)
    count = db.session.scalar(select(func.count(Task.id)).where(*theirs)) or 0
    ids = select(Task.id).join(Assignment, Assignment.id == Task.assignment_id).where(*theirs).order_by(*order)
    wanted = ALL_WORK.where(Task.id.in_(ids.limit(PAGE).offset((page - 1) * PAGE))).order_by(*order)
    return works(wanted, organisation_id=organisation_id), pages_of(count, PAGE)


def added_to(organisation_id: UUID, task_ids: Collection[UUID]) -> dict[UUID, Added]:
    """Extensions and sign-offs of these tasks, the oldest first."""
    extensions = db.session.execute(
        select(Extension.task_id, Extension.due_on, _NAME, Extension.extended_at, Extension.note_id)
        .join(Person, Person.id == Extension.extended_by)
        .where(Extension.organisation_id == organisation_id, Extension.task_id.in_(task_ids))
        .order_by(Extension.extended_at)
    ).all()
    sign_offs = db.session.execute(
        select(SignOff, _NAME)
        .join(Person, Person.id == SignOff.supervisor_id)
        .where(SignOff.organisation_id == organisation_id, SignOff.task_id.in_(task_ids))
        .order_by(SignOff.signed_at)
    ).all()
    said = notes.texts([organisation_id], [*(row.note_id for row in extensions), *(row[0].note_id for row in sign_offs)])
    return {
        task_id: Added(
            tuple(Extended(row[0], row[1], row[2], row[3], said.get(row.note_id, "")) for row in extensions if row.task_id == task_id),
            tuple(_signed(sign_off, "", by, said) for sign_off, by in sign_offs if sign_off.task_id == task_id),
        )
        for task_id in task_ids
    }


def signed_off_by(organisation_id: UUID, supervisor_id: UUID, page: int) -> tuple[list[Signed], int]:
    """One page of what somebody signed off, the newest first, and how many pages there are."""
    theirs = (SignOff.organisation_id == organisation_id, SignOff.supervisor_id == supervisor_id)
    rows = db.session.execute(
        select(SignOff, _NAME, func.count().over())
        .join(Person, Person.id == SignOff.trainee_id)
        .where(*theirs)
        .order_by(SignOff.signed_at.desc(), SignOff.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    said = notes.texts([organisation_id], [row[0].note_id for row in rows])
    return [_signed(sign_off, trainee, "", said) for sign_off, trainee, _ in rows], _pages(rows)


def sign_off_of(organisation_id: UUID, task_id: UUID, supervisor_id: UUID) -> SignOff | None:
    return db.session.scalar(
        select(SignOff).where(
            SignOff.organisation_id == organisation_id, SignOff.task_id == task_id, SignOff.supervisor_id == supervisor_id
        )
    )


def _signed(row: SignOff, trainee: str, supervisor: str, said: dict[UUID, str]) -> Signed:
    note = said.get(row.note_id, "") if row.note_id else ""
    return Signed(row.task_id, row.trainee_id, trainee, row.supervisor_id, supervisor, stored_facts(row.facts), note, row.signed_at)


def _pages(rows: Iterable[Any]) -> int:
    counts = [row[-1] for row in rows]
    return pages_of(counts[0], PAGE) if counts else 1
