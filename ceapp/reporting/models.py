"""Exports that take a while, and transcripts that somebody else made."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Json, Model
from ceapp.database.types import UtcDateTime


class Export(Model):
    """A selection of certificates whose PDFs are being made ready. Whoever asked downloads them when `finished_at` is set."""

    __tablename__ = "export"
    __table_args__ = (Index(None, "asked_by"), Index(None, "finished_at"))

    id: Mapped[Id]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    asked_at: Mapped[Instant]
    selection: Mapped[Json]
    paper: Mapped[str] = mapped_column(String(8))
    total: Mapped[int] = mapped_column(Integer)
    ready: Mapped[int] = mapped_column(Integer, default=0)
    unprintable: Mapped[list[Any]] = mapped_column(JSON, default=list)  # serials whose script no installed font has
    taken_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TranscriptCopy(Model):
    """That an administrator, or without `made_by` the operator, made somebody's transcript; the reason is sealed and can be deleted."""

    __tablename__ = "transcript_copy"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    made_at: Mapped[Instant]
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    key_id: Mapped[str] = mapped_column(String(32))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
