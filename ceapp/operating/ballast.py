"""A file that only takes up room: whoever deletes it on a full disk has room enough to tidy up, which a full database does not allow.

It lies beside an SQLite database. On PostgreSQL there is none: a file on this machine is no room for a database on another.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from ceapp.config import Settings
from ceapp.operating.machine import free_bytes
from ceapp.operating.starting import sqlite_file

MEGABYTE = 1 << 20
SHARE = 20
"""The ballast is made where this many times as much is free: it must not be what fills the disk."""

_PIECE = b"\0" * MEGABYTE

log = logging.getLogger(__name__)


def ballast_of(settings: Settings) -> Path | None:
    """Where the ballast belongs; None where there is to be none."""
    database = sqlite_file(settings)
    return database.parent / "ballast" if database and settings.ballast_mb else None


def has_ballast(settings: Settings) -> bool:
    """Whether it is there, whole, or is not wanted."""
    path = ballast_of(settings)
    return path is None or (path.is_file() and path.stat().st_size == settings.ballast_mb * MEGABYTE)


def keep_ballast(settings: Settings) -> None:
    """Make the ballast where it is missing and there is room. Without room it is said, and the server starts all the same."""
    path = ballast_of(settings)
    if path is None or has_ballast(settings):
        return
    path.unlink(missing_ok=True)
    if free_bytes(path.parent) < SHARE * settings.ballast_mb * MEGABYTE:
        log.warning("There is too little room on the disk of %s for the ballast: make room and start again.", path.parent)
        return
    draft = path.with_name("ballast.part")
    try:
        _fill(draft, settings.ballast_mb)
        draft.replace(path)
    except OSError as problem:
        draft.unlink(missing_ok=True)
        log.warning("The ballast could not be made: %s.", problem.strerror)


def _fill(path: Path, megabytes: int) -> None:
    """Really taken: a file with a hole in it would free nothing."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, megabytes * MEGABYTE)
        except (AttributeError, OSError):  # Not every system and file system can; what is written is taken too.
            file.seek(0)
            for _ in range(megabytes):
                file.write(_PIECE)
