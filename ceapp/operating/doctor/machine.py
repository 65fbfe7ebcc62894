"""What the database stands on: the build of SQLite, durability, the disk, who may read the files, the backups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select, text

from ceapp.audit.models import AuditEntry
from ceapp.database.engine import has_wal_reset_fix
from ceapp.operating import starting
from ceapp.operating.ballast import ballast_of, has_ballast
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found
from ceapp.operating.machine import free_bytes

MEGABYTE = 1 << 20
WAL_LIMIT = 64 * MEGABYTE
DISK_LOW = 1024 * MEGABYTE
DISK_FULL = 100 * MEGABYTE
BACKUP_DAYS = 2
"""A nightly backup that failed once is worth a line."""


def sqlite(examination: Examination) -> Iterator[Finding]:
    """A build without the WAL-reset fault or the rollback journal; a write-ahead log that is taken over in time."""
    if not examination.is_sqlite:
        return
    version = tuple(int(part) for part in str(examination.session.scalar(select(func.sqlite_version()))).split("."))
    mode = str(examination.session.scalar(text("PRAGMA journal_mode"))).upper()
    if mode == "WAL" and not has_wal_reset_fix(version):
        yield found("sqlite.version", f"SQLite {'.'.join(map(str, version))} with a write-ahead log")
    file = examination.database_file
    log = file.with_name(f"{file.name}-wal") if file else None
    if log is not None and log.exists() and log.stat().st_size > WAL_LIMIT:
        yield found("sqlite.wal-large", f"{log.name}: {log.stat().st_size // MEGABYTE} MB")


def durable(examination: Examination) -> Iterator[Finding]:
    """What is called saved is on disk."""
    session = examination.session
    if examination.is_sqlite:
        if session.scalar(text("PRAGMA synchronous")) not in (2, 3):
            yield found("database.not-durable", "SQLite's synchronous is below FULL")
        return
    for setting, fine in (
        ("fsync", ("on",)),
        ("full_page_writes", ("on",)),
        ("synchronous_commit", ("on", "remote_apply", "remote_write")),
    ):
        value = session.scalar(text(f"SHOW {setting}"))
        if value not in fine:
            yield found("database.not-durable", f"PostgreSQL's {setting} is {value}")


def disk(examination: Examination) -> Iterator[Finding]:
    """The instance is on a disk of this machine, and there is room on it."""
    if examination.settings is None or examination.instance is None:
        return
    file = starting.sqlite_file(examination.settings)
    if file is not None and not examination.settings.allow_network_database:
        mounts = starting.MOUNTS.read_text("utf-8", "surrogateescape") if starting.MOUNTS.exists() else ""
        kind = starting.file_system(file, mounts)
        if starting.NETWORK.match(kind):
            yield found("disk.network", f"{file} is on {kind}")
    folder = file.parent if file else examination.instance
    free = free_bytes(folder)
    if free < DISK_LOW:
        yield found("disk.full" if free < DISK_FULL else "disk.low", f"{free // MEGABYTE} MB are free on the disk of {folder}")
    if not has_ballast(examination.settings):
        yield found("disk.no-ballast", f"there is no {ballast_of(examination.settings)} of {examination.settings.ballast_mb} MB")


def rights(examination: Examination) -> Iterator[Finding]:
    """Nobody but the owner reads the database, the keys and the settings."""
    instance, database = examination.instance, examination.database_file
    if instance is None:
        return
    beside = [database.with_name(f"{database.name}{end}") for end in ("", "-wal", "-shm", "-journal")] if database else []
    for path in [instance, instance / "keys", *sorted((instance / "keys").glob("*")), instance / "settings.toml", *beside]:
        if path.exists() and path.stat().st_mode & 0o077:
            yield found("files.open", f"{path} has mode {path.stat().st_mode & 0o777:o}")
        examination.note("files")


def backups(examination: Examination) -> Iterator[Finding]:
    """A backup was made lately."""
    newest = examination.session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.deed == "backup.made"))
    if newest is None:
        yield found("backup.never", "no backup was ever made of this database")
    elif examination.now is not None and examination.now - newest > timedelta(days=BACKUP_DAYS):
        yield found("backup.old", f"the newest backup is {(examination.now - newest).days} days old")
