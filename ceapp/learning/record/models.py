"""That somebody opened a record, and why."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model


class RecordOpening(Model):
    """That an administrator opened a part of somebody's record: an enrolment with its attempts, or all assigned attempts.

    It counts in the sign-in in which it was done, for half an hour. `subject_id` is the enrolment, or for assigned work the person.
    """

    __tablename__ = "record_opening"
    __table_args__ = (
        CheckConstraint("kind IN ('enrolment', 'assigned')", name="kind"),
        Index(None, "person_id", "opened_at"),
        Index(None, "opened_by", "subject_id"),
    )

    id: Mapped[Id]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[UUID] = mapped_column(Uuid)
    sign_in_id: Mapped[UUID] = mapped_column(Uuid)  # no foreign key: sign-ins end
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    opened_at: Mapped[Instant]


class OpeningReason(Model):
    """Why a record was opened, encrypted; may be deleted without touching that it was."""

    __tablename__ = "opening_reason"

    opening_id: Mapped[UUID] = mapped_column(ForeignKey("record_opening.id", ondelete="RESTRICT"), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
