"""Reading a message before it is sent, where no mail server sends it."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from flask import current_app

from ceapp.audit.service import record
from ceapp.database import db
from ceapp.errors import Refused
from ceapp.mail import outbox
from ceapp.mail.letters import Letter
from ceapp.mail.models import Message
from ceapp.mail.sender import compose

log = logging.getLogger(__name__)


def show(message_id: UUID, *, now: datetime, mark_sent: bool = False) -> str | None:
    """The message as text, with links and codes made now; None when it does not wait any more, or there is nothing left to say."""
    taken = outbox.take(message_id, now)
    if taken is None:
        return None
    letter = _composed(taken, now)
    if letter is None:
        outbox.drop(taken, now)
        return None
    if mark_sent and not outbox.record_before(taken, now):
        return None
    outbox.put_back(taken)
    return f"To: {letter.to}\nSubject: {letter.subject}\n\n{letter.text.rstrip()}\n"


def show_to(person_id: UUID, message_id: UUID, *, now: datetime) -> str | None:
    """The same for an administrator, written into the audit record. Raises Refused where a mail server sends messages."""
    if current_app.extensions["ceapp.settings"].mail_url:
        raise Refused("A mail server sends the messages, so they are not shown. Nothing was changed.")
    record("mail.shown", actor=person_id, now=now, message=message_id)
    return show(message_id, now=now)


def _composed(taken: Message, now: datetime) -> Letter | None:
    try:
        return compose(taken, now)
    except Exception as problem:  # noqa: BLE001 - whatever it is, it is one letter's, and its words may be somebody's
        db.session.rollback()
        outbox.put_back(taken)
        log.error("mail: the letter %s could not be composed: %s", taken.letter, type(problem).__name__)
        raise Refused(f"A message of the kind “{taken.letter}” could not be composed. It still waits.") from None
