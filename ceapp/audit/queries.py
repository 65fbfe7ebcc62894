"""When deeds were last done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from ceapp.audit.models import AuditEntry
from ceapp.database import db


def last_entry(deed: str) -> AuditEntry | None:
    """The newest entry of this deed, such as "backup.made"."""
    return db.session.scalar(select(AuditEntry).where(AuditEntry.deed == deed).order_by(AuditEntry.at.desc()).limit(1))


def newest_moment() -> datetime | None:
    """When the last deed of all was done."""
    return db.session.scalar(select(func.max(AuditEntry.at)))
