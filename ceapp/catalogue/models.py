"""Courses and scenarios as they were published: frozen, named by their hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Instant, Json, Model
from ceapp.database.types import UtcDateTime

Hash = String(64)


class Course(Model):
    """A course that was ever published, and which revision is current."""

    __tablename__ = "course"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)
    preview: Mapped[str] = mapped_column(String(64))  # the scenario that visitors may try; empty when there is none
    revision_id: Mapped[str] = mapped_column(ForeignKey("course_revision.id", ondelete="RESTRICT"))
    fingerprint: Mapped[str] = mapped_column(Hash)  # of the files at the last publishing: equal means nothing to read
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CourseRevision(Model):
    """`course.md` and its scenario revisions in order, frozen, with the contact hours and how they were worked out."""

    __tablename__ = "course_revision"

    id: Mapped[str] = mapped_column(Hash, primary_key=True)
    course_slug: Mapped[str] = mapped_column(String(64), index=True)
    source: Mapped[str] = mapped_column(Text)
    structure: Mapped[Json]
    contact_hours: Mapped[str] = mapped_column(String(16))  # a decimal, as text, exact
    hours_inputs: Mapped[Json]
    hours_explanation: Mapped[str] = mapped_column(Text)
    published_at: Mapped[Instant]


class CourseRevisionScenario(Model):
    """The scenarios of a course revision in order, the forms of its closing cases last."""

    __tablename__ = "course_revision_scenario"
    __table_args__ = (Index(None, "scenario_revision_id"),)

    course_revision_id: Mapped[str] = mapped_column(ForeignKey("course_revision.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    scenario_revision_id: Mapped[str] = mapped_column(ForeignKey("scenario_revision.id", ondelete="RESTRICT"))
    slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)
    is_required: Mapped[bool] = mapped_column(Boolean)
    minutes: Mapped[int] = mapped_column(Integer)
    formerly: Mapped[list[str]] = mapped_column(JSON)  # the slugs that it had before
    is_closing: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # a form of the closing cases


class ScenarioRevision(Model):
    """One scenario as it was: source, parsed structure, and the standards that it cites as they read on that day."""

    __tablename__ = "scenario_revision"

    id: Mapped[str] = mapped_column(Hash, primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), index=True)
    title: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(Text)
    structure: Mapped[Json]
    standards: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    published_at: Mapped[Instant]


class Image(Model):
    """The content of a picture, once, by its hash."""

    __tablename__ = "image"

    id: Mapped[str] = mapped_column(Hash, primary_key=True)
    media_type: Mapped[str] = mapped_column(String(32))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ScenarioRevisionImage(Model):
    """Which picture a path in a scenario revision means."""

    __tablename__ = "scenario_revision_image"

    scenario_revision_id: Mapped[str] = mapped_column(ForeignKey("scenario_revision.id", ondelete="RESTRICT"), primary_key=True)
    path: Mapped[str] = mapped_column(String(255), primary_key=True)
    image_id: Mapped[str] = mapped_column(ForeignKey("image.id", ondelete="RESTRICT"))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
