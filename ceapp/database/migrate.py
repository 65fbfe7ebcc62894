"""Bringing the database to the shape that the code expects; at start, one process does it and the others wait."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from ceapp.database.revisions import MIGRATIONS, head, is_known
from ceapp.database.scope import everybody
from ceapp.database.triggers import installed_triggers, trigger_statements
from ceapp.errors import Unsafe

LOCK_SECONDS = 2
"""How long a change of a table may wait for whoever reads or writes it; everybody after it waits as long."""

_ADVISORY_LOCK = 0x6365617070  # "ceapp" in ASCII: any number that no other program uses on this database.
_MOST_TRIES = 30
_LOCK_NOT_AVAILABLE = "55P03"

Before = Callable[[str], None]
"""Called with the old revision, once it is certain that tables will change."""


def migrate(engine: Engine, lock: Path, before: Before | None = None) -> str:
    """Upgrade to the newest migration and return its name. Raises Unsafe when the database is newer than the code."""
    with engine.connect() as connection, one_at_a_time(connection, lock):
        current = revision_of(connection)
        if current == head() and _has_triggers(connection):
            return head()
        refuse_newer(current)
        if current and current != head() and before is not None:
            before(current)
        upgrade(connection)
        return head()


def upgrade(connection: Connection) -> None:
    """Change the tables; whoever calls holds the lock. Raises Unsafe when a table stays locked or a row points to nothing."""
    # SQLite rebuilds a table by dropping it: with foreign keys on, that is refused, or reaches into the tables that point to it.
    _keep_foreign_keys(connection, "OFF")
    with everybody("migrations move the rows of all organisations"):
        _upgrade_patiently(connection)
    connection.commit()
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise Unsafe(f"After the upgrade {len(broken)} rows point to nothing: restore the backup and report this.")
        connection.commit()
    _keep_foreign_keys(connection, "ON")


def _has_triggers(connection: Connection) -> bool:
    """They are made after the last migration is saved: an upgrade that was killed in between has none."""
    found = installed_triggers(connection) == set(trigger_statements(connection.dialect.name))
    connection.commit()
    return found


def _upgrade_patiently(connection: Connection) -> None:
    """A table in use is tried again in a moment, so that pages never wait behind a change for longer than LOCK_SECONDS."""
    for left in reversed(range(_MOST_TRIES)):
        try:
            command.upgrade(alembic_config(connection), "head")
        except OperationalError as problem:
            connection.rollback()
            if getattr(problem.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                raise
            if not left:
                raise Unsafe(
                    "The upgrade waits for a table that another program keeps locked: end that program and start again."
                ) from problem
            time.sleep(0.5)
        else:
            return


def _keep_foreign_keys(connection: Connection, switch: str) -> None:
    """SQLite ignores the switch inside a transaction, and SQLAlchemy begins one for every statement: so it goes to the driver."""
    if connection.dialect.name == "sqlite":
        connection.commit()
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.execute(f"PRAGMA foreign_keys={switch}").close()


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def refuse_newer(revision: str | None) -> None:
    """Raise Unsafe for a database of a version that this code does not know."""
    if not is_known(revision):
        raise Unsafe(f"The database is at {revision}, which this version does not know: run the newer version of ceapp.")


def revision_of(connection: Connection) -> str | None:
    """The migration that the database is at; None for an empty one."""
    current = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    return current


@contextmanager
def one_at_a_time(connection: Connection, lock: Path) -> Iterator[None]:
    """Whoever changes tables here is alone: among processes by the file, among nodes by a lock of PostgreSQL."""
    if connection.dialect.name == "sqlite":
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    connection.execute(text("SET lock_timeout = 0"))  # Another node may migrate for minutes.
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
    connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
        connection.commit()
