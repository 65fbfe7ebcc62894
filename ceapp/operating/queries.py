"""What the operator's page and the metrics ask the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, func, select, text

from ceapp.audit.models import AuditEntry
from ceapp.database import db
from ceapp.database.engine import SQLITE
from ceapp.mail.models import Message
from ceapp.mail.queries import is_waiting
from ceapp.operating.machine import file_bytes
from ceapp.reporting.models import Export


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits to be done beside the pages, and when it was last made sure that nothing is lost."""

    waiting: int
    given_up: int
    exports: int
    last_backup: datetime | None
    last_restore: datetime | None
    last_administrator: datetime | None
    last_export: datetime | None
    oldest_mail: datetime | None


@dataclass(frozen=True, slots=True)
class Database:
    """The database as it is: `durability` is SQLite's journal mode, or PostgreSQL's synchronous_commit."""

    kind: str
    version: str
    size: int
    durability: str
    revision: str


def queues() -> Queues:
    """All of it by one statement."""
    given_up = select(func.count()).select_from(Message).where(Message.failed_at.is_not(None), Message.cancelled_at.is_(None))
    row = db.session.execute(
        select(
            select(func.count()).select_from(Message).where(is_waiting()).scalar_subquery(),
            given_up.scalar_subquery(),
            select(func.count()).select_from(Export).where(Export.finished_at.is_(None)).scalar_subquery(),
            _last("backup.made").scalar_subquery(),
            _last("database.restored").scalar_subquery(),
            _last("person.made-administrator").scalar_subquery(),
            select(func.max(AuditEntry.at)).where(AuditEntry.deed.startswith("export.")).scalar_subquery(),
            select(func.min(Message.queued_at)).where(is_waiting()).scalar_subquery(),
        )
    ).one()
    return Queues(*row)


def database() -> Database:
    """By one statement."""
    if db.engine.dialect.name == "sqlite":
        revision, journal = db.session.execute(text("SELECT version_num, journal_mode FROM alembic_version, pragma_journal_mode")).one()
        return Database("SQLite", ".".join(str(part) for part in SQLITE), size_of_file(), journal.upper(), revision)
    asked = (
        "SELECT version_num, current_setting('server_version'), pg_database_size(current_database()), current_setting('synchronous_commit')"
        " FROM alembic_version"
    )
    revision, version, size, commit = db.session.execute(text(asked)).one()
    return Database("PostgreSQL", version.split()[0], size, f"synchronous_commit {commit}", revision)


def size_of_file() -> int:
    """Bytes of an SQLite database, its write-ahead log included."""
    return file_bytes(Path(db.engine.url.database or ""))


def _last(deed: str) -> Select[datetime]:
    return select(func.max(AuditEntry.at)).where(AuditEntry.deed == deed)
