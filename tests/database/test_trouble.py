"""R3, R5, R6: what transaction() says of a full disk, and of a connection that ends while it saves."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Connection, event, func, select, text

from ceapp.audit.models import AuditEntry
from ceapp.audit.service import record
from ceapp.database import db, transaction
from ceapp.database.transaction import FULL
from ceapp.errors import Unavailable, Uncertain
from tests.conftest import NOW


def entries() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


@pytest.mark.sqlite_only
def test_r3_a_full_disk_is_said_and_nothing_is_saved(app: Flask) -> None:
    """A file that must not grow is reported by SQLite as a full disk is."""
    with app.app_context():
        with pytest.raises(Unavailable) as refused, transaction() as session:
            session.execute(text(f"PRAGMA max_page_count={session.scalar(text('PRAGMA page_count'))}"))
            record("one", actor=None, now=NOW)
            session.execute(text("CREATE TABLE one_page_more (id INTEGER)"))
        assert (refused.value.message, isinstance(refused.value, Uncertain)) == (FULL, False)
        assert entries() == 0


@pytest.mark.both_databases
def test_r6_a_connection_that_ends_at_the_commit_leaves_open_what_became_of_it(app: Flask, engine: str) -> None:
    with app.app_context():
        event.listen(db.engine, "commit", _end, once=True)
        if engine == "sqlite":  # It has no connection that could end.
            record("one", actor=None, now=NOW)
        else:
            with pytest.raises(Uncertain):
                record("one", actor=None, now=NOW)
        assert entries() == (engine == "sqlite")
        record("two", actor=None, now=NOW)
        assert entries() == 1 + (engine == "sqlite")


def _end(connection: Connection) -> None:
    """PostgreSQL ends this connection, just before it is told to commit."""
    if connection.dialect.name == "postgresql":
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        with connection.engine.connect() as other:
            assert other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
