"""The letter about one more attempt at an assignment. It holds no reason: that stands on the page of the assignment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from ceapp.accounts.models import Person
from ceapp.database import db, scoped_to
from ceapp.mail.letters import Letter, Values
from ceapp.mail.models import Message
from ceapp.supervision.models import AssignedScenario, Task

LETTER = "assigned-attempt-given"


def compose_attempt_given(message: Message, values: Values, _now: datetime) -> Letter | None:
    """None when the person is suspended or the assignment was withdrawn meanwhile."""
    if message.person_id is None:
        return None
    with scoped_to(message.person_id):
        row = db.session.execute(
            select(Person, Task, AssignedScenario.title)
            .join(Task, Task.trainee_id == Person.id)
            .join(
                AssignedScenario,
                (AssignedScenario.organisation_id == Task.organisation_id)
                & (AssignedScenario.assignment_id == Task.assignment_id)
                & (AssignedScenario.position == Task.position),
            )
            .where(Person.id == message.person_id, Task.trainee_id == message.person_id, Task.id == UUID(values["task"]))
        ).one_or_none()
    if row is None or row[0].suspended_at is not None or row[1].withdrawn_at is not None:
        return None
    address = current_app.extensions["ceapp.settings"].address
    return Letter(
        row[0].email,
        "You have another attempt",
        f"You were given one more attempt at the scenario “{row[2]}” that was assigned to you.\n\n"
        "Begin it whenever you like; the reason stands on the same page:\n"
        f"{address}/assignments/{row[1].id}\n",
    )
