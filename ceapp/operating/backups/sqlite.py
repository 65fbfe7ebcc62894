"""SQLite: a copy of one moment while others write, and putting another file in the place of the database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, NullPool, create_engine

from ceapp.database import engine_options
from ceapp.errors import Refused, Unsafe
from ceapp.operating.presence import sync_folder

sqlite: Any = engine_options("sqlite://")["module"]
"""The build that serves, and no other: a copy is made by what wrote the original."""

PATIENCE = 30.0
IN_USE = "Something still uses the database of this instance: end it first. Nothing was changed."
_BESIDE = ("-wal", "-shm", "-journal")


def size_of(path: Path) -> int:
    """Bytes of the database and of what is not yet in its file."""
    return sum(each.stat().st_size for each in (path, *_beside(path)) if each.exists())


def copy_live(source: Path, target: Path) -> None:
    """Copy what is committed at one moment. Readers and writers go on: all pages are read in one read transaction."""
    if not source.is_file():
        raise Refused(f"There is no database at {source}. Nothing was written.")
    try:
        with closing(_open(source)) as live, closing(sqlite.connect(str(target))) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE").close()  # The copy is one file, with nothing beside it.
    except sqlite.Error as problem:
        raise Unsafe(f"The database cannot be copied: {problem}.") from problem


def faults_in(path: Path) -> list[str]:
    """What is damaged in a database that nobody else uses; nothing in a sound one."""
    try:
        with closing(_open(path)) as connection:
            damage = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            lost = [f"a row of {row[0]} points to nothing" for row in connection.execute("PRAGMA foreign_key_check")]
    except sqlite.DatabaseError as problem:
        return [str(problem)]
    return [*damage, *sorted(set(lost))]


def refuse_faulty(path: Path, what: str) -> None:
    """Raise Unsafe with the first fault."""
    faults = faults_in(path)
    if faults:
        raise Unsafe(f"{what} is damaged: {faults[0].splitlines()[0]}.")


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """A connection that sees one moment and changes nothing."""
    engine = create_engine("sqlite://", creator=lambda: _open(path), module=sqlite, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
            yield connection
    finally:
        engine.dispose()


def settle(path: Path) -> None:
    """Bring a database into one file. Raises Refused while anybody has it open; leaving WAL mode needs to be alone.

    One that is damaged stays as it is.
    """
    try:
        with closing(_open(path, patience=2)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite.OperationalError as problem:
        if "locked" in str(problem) or "busy" in str(problem):
            raise Refused(IN_USE) from problem
    except sqlite.DatabaseError:
        return
    else:
        if mode.upper() != "DELETE":
            raise Refused(IN_USE)


def sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def put_in_place(fresh: Path, live: Path, aside: Path) -> bool:
    """Give `fresh` the name of the live database; whether anything was there, which is kept in the folder `aside`.

    There is a database at any moment. A log whose database somebody removed gives way too: SQLite would write it into the fresh one.
    """
    left = [each for each in _beside(live) if each.exists()]
    if had_any := live.exists() or bool(left):
        aside.mkdir(mode=0o700, exist_ok=True)
        if live.exists():
            _keep(live, aside / live.name)
        for each in left:
            each.rename(aside / each.name)
        sync_folder(aside)
        sync_folder(live.parent)
    sync_file(fresh)
    fresh.replace(live)
    sync_folder(live.parent)
    return had_any


def _keep(live: Path, kept: Path) -> None:
    """Under a second name; where the file system knows no links, a copy has to do."""
    try:
        os.link(live, kept)
    except OSError:
        shutil.copyfile(live, kept)
        kept.chmod(0o600)
        sync_file(kept)


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in _BESIDE]


def _open(path: Path, patience: float = PATIENCE) -> Any:
    """Never makes a file; recovers a database whose last user was killed."""
    return sqlite.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=patience, isolation_level=None, check_same_thread=False)
