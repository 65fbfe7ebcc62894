"""Putting mail into the outbox, in the transaction of the deed that it tells of."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from ceapp.database import new_id, transaction
from ceapp.keys import current_keys
from ceapp.mail.letters import Values
from ceapp.mail.models import Message


def queue(
    letter: str,
    occurrence: str,
    *,
    person_id: UUID | None,
    values: Values,
    now: datetime,
    due_at: datetime | None = None,
    at_most_once: bool = False,
) -> UUID | None:
    """Owe somebody a mail; None when one about the same occurrence was queued before.

    `at_most_once` is for reminders: rather none than two. Links and codes are sent again when it is not sure that they left.
    """
    key_id, sealed = current_keys().seal(json.dumps(values))
    with transaction() as session:
        if session.scalar(select(Message.id).where(Message.occurrence == occurrence)) is not None:
            return None
        message = Message(
            id=new_id(),
            letter=letter,
            occurrence=occurrence,
            person_id=person_id,
            key_id=key_id,
            values=sealed,
            at_most_once=at_most_once,
            queued_at=now,
            due_at=due_at or now,
            tries=0,
        )
        session.add(message)
        session.flush()
        return message.id


def cancel_mail_of(person_id: UUID, *, now: datetime) -> None:
    """Nothing that waits for this person is sent: they are suspended."""
    with transaction() as session:
        session.execute(
            update(Message)
            .where(Message.person_id == person_id, Message.sent_at.is_(None), Message.cancelled_at.is_(None), Message.failed_at.is_(None))
            .values(cancelled_at=now, values=b"")
        )
