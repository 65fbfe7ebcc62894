"""What is in the outbox."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, and_, func, or_, select

from ceapp.database import db
from ceapp.errors import Missing
from ceapp.mail.models import Message

PAGE = 50


def is_waiting() -> ColumnElement[bool]:
    """Neither sent nor cancelled nor given up."""
    return and_(Message.sent_at.is_(None), Message.cancelled_at.is_(None), Message.failed_at.is_(None))


def is_due(now: datetime) -> ColumnElement[bool]:
    """Waiting, its time has come, and nobody works on it."""
    return and_(is_waiting(), Message.due_at <= now, or_(Message.taken_until.is_(None), Message.taken_until <= now))


def waiting_count() -> int:
    """How many messages wait, whenever they are due."""
    return db.session.scalar(select(func.count()).select_from(Message).where(is_waiting())) or 0


def has_due(now: datetime) -> bool:
    """Whether there is anything to send."""
    return db.session.scalar(select(Message.id).where(is_due(now)).limit(1)) is not None


def waiting_ids() -> list[UUID]:
    """The messages that wait, the oldest first."""
    return list(db.session.scalars(select(Message.id).where(is_waiting()).order_by(Message.queued_at, Message.id)))


def open_messages(page: int) -> Pagination:
    """The messages that wait or were given up, the newest first."""
    statement = select(Message).where(Message.sent_at.is_(None), Message.cancelled_at.is_(None))
    return db.paginate(statement.order_by(Message.queued_at.desc(), Message.id.desc()), page=page, per_page=PAGE, error_out=False)


def ended_messages(page: int) -> Pagination:
    """The messages that were sent or cancelled, the newest first."""
    statement = select(Message).where(or_(Message.sent_at.is_not(None), Message.cancelled_at.is_not(None)))
    return db.paginate(statement.order_by(Message.queued_at.desc(), Message.id.desc()), page=page, per_page=PAGE, error_out=False)


def message(message_id: UUID) -> Message:
    """A message. Raises Missing."""
    found = db.session.get(Message, message_id)
    if found is None:
        raise Missing
    return found
