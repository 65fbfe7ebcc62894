"""Who acts on assignments, decided on fresh rows, and what they may touch."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from ceapp.accounts.access import Here
from ceapp.database import db
from ceapp.errors import Missing
from ceapp.supervision.access import acting, trainees_seen
from ceapp.supervision.models import Assignment, Task
from ceapp.web.audience import ORGANISATION_ADMINISTRATOR, SUPERVISOR


def assigning_member(organisation_id: UUID, person_id: UUID, now: datetime) -> Here:
    """Who the person is in the organisation now, when they may assign there. Raises Missing."""
    return acting(organisation_id, person_id, SUPERVISOR, ORGANISATION_ADMINISTRATOR, now=now)


def tasks_seen(here: Here) -> ColumnElement[bool]:
    """Which tasks the member sees: an administrator all but their own, a supervisor those of the trainees whom they see today.

    Nobody gives themselves more time or another attempt.
    """
    if here.membership.is_administrator:
        return Task.trainee_id != here.membership.person_id
    return Task.trainee_id.in_(list(trainees_seen(here)))


def assignment_to_withdraw(here: Here, assignment_id: UUID) -> Assignment:
    """The assignment, locked, when the member made it or administers the organisation. Raises Missing."""
    found = db.session.scalar(
        select(Assignment).where(Assignment.organisation_id == here.id, Assignment.id == assignment_id).with_for_update()
    )
    if found is None or not may_withdraw(here, found):
        raise Missing
    return found


def may_withdraw(here: Here, assignment: Assignment) -> bool:
    """Whether the member may withdraw the whole of it."""
    return here.membership.is_administrator or assignment.assigned_by == here.membership.person_id


def tasks_to_change(here: Here, assignment_id: UUID, trainee_id: UUID) -> list[Task]:
    """What one trainee has of an assignment, locked. Raises Missing when that is nothing, or the member does not see them."""
    return _locked(here, Task.assignment_id == assignment_id, Task.trainee_id == trainee_id, tasks_seen(here))


def lock_tasks(here: Here, assignment_id: UUID) -> None:
    """Wait until nobody else changes a task of this assignment, before all are changed at once."""
    _locked(here, Task.assignment_id == assignment_id)


def _locked(here: Here, *which: ColumnElement[bool]) -> list[Task]:
    """These tasks, locked one after the other in one order everywhere: so two that lock the same ones cannot each wait for the other."""
    found = db.session.scalars(select(Task).where(Task.organisation_id == here.id, *which).order_by(Task.id).with_for_update()).all()
    if not found:
        raise Missing
    return list(found)


def task_to_change(here: Here, task_id: UUID) -> Task:
    """One scenario of one trainee, locked. Raises Missing."""
    found = db.session.scalar(select(Task).where(Task.organisation_id == here.id, Task.id == task_id, tasks_seen(here)).with_for_update())
    if found is None:
        raise Missing
    return found
