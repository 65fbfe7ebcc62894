"""Legal holds: what must stay whatever the rules say."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model


class LegalHold(Model):
    """That an administrator holds what is about a person, about a course, or everything; the reason is encrypted."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("kind IN ('everything', 'person', 'course')", name="kind"),
        CheckConstraint("(kind = 'person') = (person_id IS NOT NULL)", name="person"),
        CheckConstraint("(kind = 'course') = (course_slug IS NOT NULL)", name="course"),
        Index(None, "person_id"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    course_slug: Mapped[str | None] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    placed_at: Mapped[Instant]
    placed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class HoldLifting(Model):
    """That a hold was lifted, once; the reason is encrypted."""

    __tablename__ = "hold_lifting"

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("legal_hold.id", ondelete="RESTRICT"), primary_key=True)
    lifted_at: Mapped[Instant]
    lifted_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
