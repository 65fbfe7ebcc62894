"""What somebody complained about, and what was answered."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model


class Grievance(Model):
    """That a person complained, and about what; their words are encrypted."""

    __tablename__ = "grievance"
    __table_args__ = (
        CheckConstraint("about IN ('course', 'certificate', 'person', 'other')", name="about"),
        Index(None, "person_id"),
        Index(None, "course_slug", "filed_at"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    about: Mapped[str] = mapped_column(String(16))
    course_slug: Mapped[str | None] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    filed_at: Mapped[Instant]
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class GrievanceAnswer(Model):
    """What was done about a grievance; the newest answer counts. Its words are encrypted."""

    __tablename__ = "grievance_answer"
    __table_args__ = (
        UniqueConstraint("grievance_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("status IN ('looked into', 'closed')", name="status"),
        CheckConstraint("outcome IN ('', 'upheld', 'in part', 'not upheld')", name="outcome"),
        CheckConstraint("(status = 'closed') = (outcome <> '')", name="closed"),
    )

    id: Mapped[Id]
    grievance_id: Mapped[UUID] = mapped_column(ForeignKey("grievance.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    set_at: Mapped[Instant]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
