"""Putting mail into the outbox, in the transaction of the deed that it tells of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from ceapp.database import db, new_id, transaction
from ceapp.keys import current_keys
from ceapp.mail.letters import Values
from ceapp.mail.models import Message

WAKE = "ceapp.mail.wake"
"""The mark on a session whose commit puts something into the outbox."""

_AT_A_TIME = 500


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
        wake_after_commit()
        return message.id


def queue_all(letter: str, owed: Mapping[str, Values], *, now: datetime) -> set[str]:
    """Owe a mail about each occurrence to somebody who may have no account; the occurrences that were not queued before."""
    with transaction() as session:
        fresh = set(owed) - _queued_already(list(owed))
        rows = [
            {**_sealed(owed[each]), "letter": letter, "occurrence": each, "queued_at": now, "due_at": now} for each in owed if each in fresh
        ]
        if rows:
            session.execute(insert(Message), [{**row, "id": new_id(), "at_most_once": False, "tries": 0} for row in rows])
            wake_after_commit()
    return fresh


def cancel_mail_of(person_id: UUID, *, now: datetime) -> None:
    """Nothing that waits for this person is sent, nor what was given up: they are suspended. Also not what a sender has just taken."""
    unsent = (Message.person_id == person_id, Message.sent_at.is_(None), Message.cancelled_at.is_(None))
    with transaction() as session:
        session.execute(update(Message).where(*unsent).values(cancelled_at=now, failed_at=None, values=b"", taken_until=None))


def wake_after_commit() -> None:
    """Have the sender of this process look into the outbox as soon as the transaction is saved."""
    db.session.info[WAKE] = True


def _queued_already(occurrences: list[str]) -> set[str]:
    some = [occurrences[start : start + _AT_A_TIME] for start in range(0, len(occurrences), _AT_A_TIME)]
    return {each for few in some for each in db.session.scalars(select(Message.occurrence).where(Message.occurrence.in_(few)))}


def _sealed(values: Values) -> dict[str, str | bytes]:
    key_id, sealed = current_keys().seal(json.dumps(values))
    return {"key_id": key_id, "values": sealed}
