"""Adoptions and the people whom they name."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.catalogue.models import Hash
from ceapp.database import Id, Instant, Model


class Adoption(Model):
    """That people answer for one course revision. What is wrong with it is put right by a newer one, never rewritten."""

    __tablename__ = "adoption"
    __table_args__ = (UniqueConstraint("course_revision_id", "version"), CheckConstraint("version >= 1", name="version"))

    id: Mapped[Id]
    course_revision_id: Mapped[str] = mapped_column(Hash, ForeignKey("course_revision.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(Integer)
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    adopted_at: Mapped[Instant]
    adopted_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class AdoptionPerson(Model):
    """One of those who answer for it, with what a board asks of them. They need no account here; the pages of the course name them."""

    __tablename__ = "adoption_person"
    __table_args__ = (
        CheckConstraint("(wrote_course OR wrote_assessment) <> reviewed", name="part"),
        CheckConstraint("name <> '' AND disclosure <> ''", name="words"),
    )

    adoption_id: Mapped[UUID] = mapped_column(ForeignKey("adoption.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    degree: Mapped[str] = mapped_column(String(120))
    licence: Mapped[str] = mapped_column(String(120))
    disclosure: Mapped[str] = mapped_column(String(1000))  # of interests that conflict; "none" is said, too
    dated: Mapped[date] = mapped_column(Date)
    wrote_course: Mapped[bool] = mapped_column(Boolean)
    wrote_assessment: Mapped[bool] = mapped_column(Boolean)
    reviewed: Mapped[bool] = mapped_column(Boolean)
    cv_id: Mapped[UUID | None] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"))
