"""Taking messages out of the outbox, one at a time and by one sender only, and writing down how it ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, select, update

from ceapp.audit.service import record
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused
from ceapp.mail.models import Message
from ceapp.mail.queries import is_due, is_waiting
from ceapp.mail.service import wake_after_commit

LEASE = timedelta(minutes=5)
"""How long a sender may work on a message. When it was killed, another one takes the message after that."""

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 24
MOST_CHARACTERS = 120  # of a problem: the width of its column


def take_due(now: datetime) -> Message | None:
    """The next message that is due, for this sender alone; None when there is none."""
    return _take(is_due(now), now)


def take(message_id: UUID, now: datetime) -> Message | None:
    """This message, due or not; None when it does not wait any more or somebody works on it."""
    free = Message.taken_until.is_(None) | (Message.taken_until <= now)
    return _take((Message.id == message_id) & is_waiting() & free, now)


def _take(which: ColumnElement[bool], now: datetime) -> Message | None:
    # PostgreSQL: a row that another sender is just taking is passed over. SQLite has one writer at a time and ignores the clause.
    statement = select(Message).where(which).order_by(Message.due_at, Message.id).limit(1).with_for_update(skip_locked=True)
    with transaction() as session:
        message = session.scalar(statement)
        if message is not None:
            message.taken_until = now + LEASE
            message.tries += 1
    return message


def is_still_to_send(taken: Message) -> bool:
    """Whether the message that this sender took is still its own, and was not cancelled meanwhile."""
    found = db.session.scalar(select(Message.id).where(*_own(taken)))
    db.session.commit()  # No read transaction stays open while the mail server is spoken to.
    return found is not None


def record_before(taken: Message, now: datetime) -> bool:
    """Write down that it was sent, before it is; False when it is not this sender's any more, or was cancelled meanwhile."""
    return _set(_own(taken), sent_at=now, values=b"", problem="", taken_until=None)


def record_after(taken: Message, now: datetime) -> None:
    """Write down that it was sent; also when it took so long that another sender may have begun."""
    _set([Message.id == taken.id, is_waiting()], sent_at=now, values=b"", problem="", taken_until=None)


def note_problem(taken: Message, problem: str) -> None:
    """It was recorded as sent and did not leave."""
    _set([Message.id == taken.id], problem=problem[:MOST_CHARACTERS])


def put_back(taken: Message) -> None:
    """As if it had not been taken."""
    _set(_own(taken), taken_until=None, tries=taken.tries - 1)


def drop(taken: Message, now: datetime) -> None:
    """There is nothing to say any more."""
    _set(_own(taken), cancelled_at=now, values=b"", taken_until=None)


def give_up(taken: Message, problem: str, now: datetime) -> None:
    """It cannot be sent. Its values stay, sealed, so that somebody can have it sent again."""
    _set(_own(taken), failed_at=now, problem=problem[:MOST_CHARACTERS], taken_until=None)


def try_later(taken: Message, problem: str, now: datetime) -> bool:
    """Have it sent after a pause; False when it is not, because it was tried often enough and is given up, or has ended."""
    if taken.tries >= MOST_TRIES:
        give_up(taken, problem, now)
        return False
    return _set(_own(taken), due_at=now + pause_after(taken.tries), problem=problem[:MOST_CHARACTERS], taken_until=None)


def pause_after(tries: int) -> timedelta:
    """How long to wait after the try of this number."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else LONGEST_PAUSE


def send_again(message_id: UUID, *, by: UUID, now: datetime) -> None:
    """Try once more what was given up. Raises Refused when it was not."""
    with transaction():
        if not _set([Message.id == message_id, Message.failed_at.is_not(None)], failed_at=None, due_at=now, tries=0):
            raise _refusal(message_id, "This message was not given up, so there is nothing to send again. Nothing was changed.")
        record("mail.sent_again", actor=by, now=now, message=message_id)
        wake_after_commit()


def cancel(message_id: UUID, *, by: UUID, now: datetime) -> None:
    """Never send it. Raises Refused when it was sent or cancelled before."""
    unsent = [Message.id == message_id, Message.sent_at.is_(None), Message.cancelled_at.is_(None)]
    with transaction():
        if not _set(unsent, cancelled_at=now, failed_at=None, values=b"", taken_until=None):
            raise _refusal(message_id, "This message was sent or cancelled before. Nothing was changed.")
        record("mail.cancelled", actor=by, now=now, message=message_id)


def _refusal(message_id: UUID, sentence: str) -> Refused | Missing:
    return Refused(sentence) if db.session.get(Message, message_id) else Missing()


def _own(taken: Message) -> list[ColumnElement[bool]]:
    return [Message.id == taken.id, Message.taken_until == taken.taken_until, is_waiting()]


def _set(which: list[ColumnElement[bool]], **columns: Any) -> bool:
    with transaction() as session:
        changed = session.execute(update(Message).where(*which).values(columns), execution_options={"synchronize_session": False})
        return isinstance(changed, CursorResult) and changed.rowcount == 1
