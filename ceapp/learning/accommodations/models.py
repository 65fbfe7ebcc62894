"""What somebody asked for so that they can take part, what was answered, and who read it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model


class AccommodationRequest(Model):
    """That a person asked for an accommodation. What would help them is encrypted, and goes when they withdraw it."""

    __tablename__ = "accommodation_request"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    course_slug: Mapped[str | None] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))  # None: every course
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    asked_at: Mapped[Instant]
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class AccommodationAnswer(Model):
    """What became of a request; the newest answer counts. Why is encrypted."""

    __tablename__ = "accommodation_answer"
    __table_args__ = (
        UniqueConstraint("request_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("status IN ('granted', 'declined', 'withdrawn')", name="status"),
    )

    id: Mapped[Id]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("accommodation_request.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(16))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    set_at: Mapped[Instant]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class AccommodationGrant(Model):
    """What an answer gives that the server itself keeps to: the whole course in print. It holds as long as the answer counts."""

    __tablename__ = "accommodation_grant"
    __table_args__ = (CheckConstraint("kind IN ('in print')", name="kind"),)

    answer_id: Mapped[UUID] = mapped_column(ForeignKey("accommodation_answer.id", ondelete="RESTRICT"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)


class AccommodationReading(Model):
    """That an administrator read what somebody asked for. It counts in the sign-in in which it was done, for half an hour."""

    __tablename__ = "accommodation_reading"
    __table_args__ = (Index(None, "request_id", "read_at"),)

    id: Mapped[Id]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("accommodation_request.id", ondelete="RESTRICT"))
    read_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    read_at: Mapped[Instant]
    sign_in_id: Mapped[UUID] = mapped_column(Uuid)  # no foreign key: sign-ins end
