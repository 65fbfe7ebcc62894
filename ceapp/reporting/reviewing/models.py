"""Who reviews which course, and until when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model
from ceapp.database.types import UtcDateTime


class CourseReview(Model):
    """That somebody with a reviewer's account may look at a course until `expires_at`, unless it was ended before."""

    __tablename__ = "course_review"
    __table_args__ = (
        Index(None, "person_id"),
        Index(None, "course_slug"),
        CheckConstraint("expires_at > invited_at", name="days"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    course_slug: Mapped[str] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    board: Mapped[str] = mapped_column(String(200))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    invited_at: Mapped[Instant]
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    expires_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    def is_open(self, now: datetime) -> bool:
        """Whether the reviewer may look at this moment."""
        return self.ended_at is None and now < self.expires_at

    @property
    def over_at(self) -> datetime:
        """When it is over, or was."""
        return self.ended_at or self.expires_at
