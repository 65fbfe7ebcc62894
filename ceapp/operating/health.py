"""Whether this process should be given requests: cheap, and never for longer than a load balancer waits."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong

from flask import Flask
from sqlalchemy import Engine, text

from ceapp.database import db
from ceapp.database.revisions import revisions

LONGEST = 2.0
"""Seconds within which the database has to answer."""

stopping = threading.Event()
"""Set when the process was told to end: it finishes what it began, and wants nothing new."""


class Probe:
    """Asks the database on a thread of its own. While one question has no answer, no other is put."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            self._engine: Engine = db.engine
        self._thread = ThreadPoolExecutor(1, "health")
        self._lock = threading.Lock()
        self._asked: Future[str | None] | None = None

    def trouble(self, longest: float = LONGEST) -> str:
        """One word for why this process should get no requests: stopping, database, schema. Empty when it should."""
        if stopping.is_set():
            return "stopping"
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = self._thread.submit(self._revision)
            asked = self._asked
        try:
            return "" if is_served(asked.result(longest)) else "schema"
        except TooLong:
            return "database"
        except Exception:  # noqa: BLE001 - whatever keeps the database from answering
            return "database"

    def _revision(self) -> str | None:
        with self._engine.connect() as connection:
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found


def is_served(revision: str | None) -> bool:
    """Whether this code works on a database of this revision.

    One that this code does not know is newer: another node is on the next version already, whose migrations leave this one working.
    """
    newest, *older = revisions()
    return revision is not None and (revision == newest or revision not in older)
