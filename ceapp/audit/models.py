"""The audit entry."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import JSON, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model


class AuditEntry(Model):
    """Somebody (or the server, when `actor_id` is None) did `deed` to the things in `subjects` (kind → id)."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "at"), Index(None, "deed", "at"))

    id: Mapped[Id]
    at: Mapped[Instant]
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    deed: Mapped[str] = mapped_column(String(64))
    subjects: Mapped[dict[str, str]] = mapped_column(JSON)
