"""Attachments, and apart from them their bytes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model


class Attachment(Model):
    """A dated file of a course, or of the provider where it names none. A newer file is a new version; the older ones are kept.

    `first_id` is the id of the first version, by which all of them are known.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        UniqueConstraint("first_id", "version"),
        CheckConstraint("version >= 1 AND (version = 1) = (first_id = id)", name="version"),
        CheckConstraint("kind IN ('cv', 'advertisement', 'consultant', 'policy', 'other')", name="kind"),
        CheckConstraint("size >= 1", name="size"),
        Index(None, "course_slug"),
    )

    id: Mapped[Id]
    first_id: Mapped[UUID] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(Integer)
    course_slug: Mapped[str | None] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    dated: Mapped[date] = mapped_column(Date)
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    added_at: Mapped[Instant]
    added_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class AttachmentContent(Model):
    """The bytes of an attachment: a row of its own, so that no list reads them."""

    __tablename__ = "attachment_content"

    attachment_id: Mapped[UUID] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
