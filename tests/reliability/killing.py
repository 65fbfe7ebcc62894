"""Processes of our own code that are killed in the middle: forked from one that has everything imported, so that many can be."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine

from ceapp.config import load_settings
from ceapp.database import begin_listeners, engine_options
from ceapp.database.migrate import migrate
from ceapp.operating.backups import targets
from ceapp.operating.backups.restoring import restore_backup
from tests.conftest import NOW
from tests.reliability.server import PATIENCE

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload([__name__])

NEVER = 1_000_000


def run(deed: Callable[..., None], *arguments: Any) -> int:
    """Do it in a process of its own; how that ended: 0, or less when it was killed."""
    process = _forking.Process(target=deed, args=arguments)
    process.start()
    process.join(PATIENCE)
    assert process.exitcode is not None, "it did not end"
    code = process.exitcode
    process.close()
    return code


def upgrade(url: str, lock: str, statements: int, *, whole: bool = True) -> None:
    """Bring a database up, and be killed at this statement. Not `whole`: each statement is saved by itself, as without the protection."""
    engine = create_engine(url, **engine_options(url), **({} if whole else {"isolation_level": "AUTOCOMMIT"}))
    if whole:
        begin_listeners(engine)
    _killed_at(statements, engine)
    migrate(engine, Path(lock))
    engine.dispose()


def restore(instance: str, url: str, tools: str, file: str, keys: str, calls: int) -> None:
    """Restore a backup, and be killed at this call to the file system or statement."""
    settings = load_settings({}, instance=instance, scenarios=f"{instance}/scenarios", database_url=url, postgres_tools=tools)
    _killed_at(calls, Engine)
    _killed_when_renaming(calls)
    restore_backup(settings, Path(file), keys_file=Path(keys), replace=True, environ={}, now=NOW)


def restore_in_place(instance: str, url: str, tools: str, file: str, keys: str, calls: int) -> None:
    """Restore without the protection: no note, the live file is written over; killed when half of it is there."""

    def overwrite(fresh: Path, live: Path, _aside: Path) -> None:
        content = fresh.read_bytes()
        live.write_bytes(content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    targets.note_restore = lambda _instance: None  # type: ignore[attr-defined]
    targets.sqlite.put_in_place = overwrite
    restore(instance, url, tools, file, keys, calls)


_calls = 0


def _count(wanted: int) -> None:
    global _calls  # noqa: PLW0603 - the process is killed by it
    _calls += 1
    if _calls == wanted:
        os.kill(os.getpid(), signal.SIGKILL)


def _killed_at(wanted: int, engine: Any) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def count(_c: Connection, _k: object, _s: str, _p: Any, _x: object, _m: bool) -> None:
        _count(wanted)


def _killed_when_renaming(wanted: int) -> None:
    """Before and after whatever changes a name."""
    for name in ("rename", "replace", "link", "unlink", "fsync", "mkdir"):
        _wrap(name, wanted)


def _wrap(name: str, wanted: int) -> None:
    real = getattr(os, name)

    def counted(*arguments: Any, **options: Any) -> Any:
        _count(wanted)
        found = real(*arguments, **options)
        _count(wanted)
        return found

    setattr(os, name, counted)
