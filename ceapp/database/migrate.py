"""Bringing the database to the shape that the code expects; at start, one process does it and the others wait."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from ceapp.config import ROOT
from ceapp.database.scope import everybody
from ceapp.errors import Unsafe

MIGRATIONS = ROOT / "migrations"
_ADVISORY_LOCK = 0x6365617070  # "ceapp" in ASCII: any number that no other program uses on this database.


def migrate(engine: Engine, lock: Path) -> str:
    """Upgrade to the newest migration and return its name. Raises Unsafe when the database is newer than the code."""
    with engine.connect() as connection, _one_at_a_time(connection, lock):
        config = alembic_config(connection)
        if _current(connection) == head():
            return head()
        refuse_newer(connection, config)
        # SQLite rebuilds a table by dropping it: with foreign keys on, that is refused, or reaches into the tables that point to it.
        _keep_foreign_keys(connection, "OFF")
        with everybody("migrations move the rows of all organisations"):
            command.upgrade(config, "head")
        connection.commit()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise Unsafe(f"After the upgrade {len(broken)} rows point to nothing: restore the backup and report this.")
            connection.commit()
        _keep_foreign_keys(connection, "ON")
        return head()


def _keep_foreign_keys(connection: Connection, switch: str) -> None:
    """SQLite ignores the switch inside a transaction, and SQLAlchemy begins one for every statement: so it goes to the driver."""
    if connection.dialect.name == "sqlite":
        connection.commit()
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.execute(f"PRAGMA foreign_keys={switch}").close()


def head() -> str:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def refuse_newer(connection: Connection, config: Config) -> None:
    current = _current(connection)
    if current is None:
        return
    try:
        ScriptDirectory.from_config(config).get_revision(current)
    except CommandError as problem:
        raise Unsafe(f"The database is at {current}, which this version does not know: run the newer version of ceapp.") from problem


def _current(connection: Connection) -> str | None:
    current = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    return current


@contextmanager
def _one_at_a_time(connection: Connection, lock: Path) -> Iterator[None]:
    if connection.dialect.name == "sqlite":
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    connection.execute(text("SET lock_timeout = 0"))  # Another node may migrate for minutes.
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
        connection.commit()
