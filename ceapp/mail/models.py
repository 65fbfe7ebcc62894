"""The outbox."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model
from ceapp.database.types import UtcDateTime

WAITING = "sent_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL"


class Message(Model):
    """One mail that is owed: which letter, about what, to whom, and the sealed values that it needs.

    Its text is composed when it is sent, so that it says what is true then and holds a fresh link or code. `occurrence` is what it
    is about; there is never a second message about the same. `person_id` has no foreign key: mail knows nothing of accounts.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint(
            "(sent_at IS NULL OR cancelled_at IS NULL) AND (sent_at IS NULL OR failed_at IS NULL)"
            " AND (cancelled_at IS NULL OR failed_at IS NULL)",
            name="one_end",
        ),
        Index("ix_message_waiting", "due_at", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
        Index(None, "person_id"),
        Index(None, "queued_at"),
    )

    id: Mapped[Id]
    letter: Mapped[str] = mapped_column(String(48))
    occurrence: Mapped[str] = mapped_column(String(200), unique=True)
    person_id: Mapped[UUID | None] = mapped_column(Uuid)
    key_id: Mapped[str] = mapped_column(String(16))
    values: Mapped[bytes] = mapped_column(LargeBinary)  # sealed JSON; emptied once it was sent or cancelled
    at_most_once: Mapped[bool] = mapped_column(Boolean)
    queued_at: Mapped[Instant]
    due_at: Mapped[Instant]  # not before
    tries: Mapped[int] = mapped_column(Integer, default=0)
    taken_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a sender works on it until then
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str] = mapped_column(String(120), default="")  # what kept it the last time; never a word of the letter

    @property
    def kind(self) -> str:
        """What sort of letter it is, for people."""
        return self.letter.replace("-", " ").replace("_", " ")

    @property
    def is_waiting(self) -> bool:
        return self.ended_at is None and self.failed_at is None

    @property
    def ended_at(self) -> datetime | None:
        return self.sent_at or self.cancelled_at

    @property
    def state(self) -> str:
        """Where it stands, in a word or two."""
        if self.sent_at is not None:
            return "perhaps sent" if self.problem else "sent"
        if self.cancelled_at is not None:
            return "cancelled"
        return "waiting" if self.failed_at is None else "given up"
