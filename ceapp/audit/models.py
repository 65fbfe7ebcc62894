"""The audit entry, and its seal."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model


class AuditEntry(Model):
    """Somebody (or the server, when `actor_id` is None) did `deed` to the things in `subjects` (kind → id).

    `organisation_id` is set where a deed has an organisation among its subjects; entries from before this column have none.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "at"), Index(None, "deed", "at"))

    id: Mapped[Id]
    at: Mapped[Instant]
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    deed: Mapped[str] = mapped_column(String(64))
    subjects: Mapped[dict[str, str]] = mapped_column(JSON)
    organisation_id: Mapped[UUID | None] = mapped_column(Uuid)


class AuditSeal(Model):
    """The place of an entry in its chain: its hash holds that of the seal before it, so what was sealed cannot be changed unnoticed."""

    __tablename__ = "audit_seal"
    __table_args__ = (CheckConstraint("number >= 1", name="number"),)

    chain: Mapped[str] = mapped_column(String(36), primary_key=True)  # "server", or the id of an organisation
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_entry.id", ondelete="RESTRICT"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
