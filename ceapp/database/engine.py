"""How the two engines are opened so that "saved" means on disk."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Engine, event

from ceapp.database.model import db
from ceapp.database.transaction import in_transaction
from ceapp.errors import Unsafe

try:
    # The wheel carries a build with the WAL-reset fix; the system's own SQLite often does not.
    import pysqlite3.dbapi2 as sqlite
except ImportError:  # No wheel for this platform; `journal_mode` then chooses the safe journal.
    import sqlite3 as sqlite

SQLITE: tuple[int, ...] = sqlite.sqlite_version_info
"""The version of the SQLite that is used."""

BUSY_SECONDS = 5
THREADS = 4
BESIDES = 4
"""Connections of a process for what it does beside answering: jobs, and the question whether it is ready."""

_NOTICES_A_LOST_SERVER = {
    "connect_timeout": BUSY_SECONDS,
    "tcp_user_timeout": 15_000,  # milliseconds; without it a machine that vanished holds a page for many minutes
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def engine_options(url: str, threads: int = THREADS) -> dict[str, Any]:
    """Options of `create_engine` for this address, in a process that answers in so many threads."""
    if is_sqlite(url):
        return {"module": sqlite, "connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}}
    # A row that stays locked must not hold a page for longer than SQLite's own patience.
    waiting = f"-c lock_timeout={BUSY_SECONDS}s -c idle_in_transaction_session_timeout=60s -c synchronous_commit=on"
    pool = {"pool_pre_ping": True, "pool_size": threads + BESIDES, "max_overflow": BESIDES, "pool_timeout": BUSY_SECONDS}
    return {"connect_args": {"options": waiting, **_NOTICES_A_LOST_SERVER}, **pool}


def has_wal_reset_fix(version: tuple[int, ...]) -> bool:
    """Whether this SQLite is free of the WAL-reset corruption of 3.7.0 to 3.51.2.

    Fixed in 3.51.3 and 3.53, and in the back-ports 3.50.7 and 3.44.6; 3.52.0 was withdrawn.
    """
    major, minor, patch = version[:3]
    if (major, minor) in ((3, 44), (3, 50)):
        return patch >= {44: 6, 50: 7}[minor]
    return (major, minor, patch) >= (3, 51, 3) and (major, minor) != (3, 52)


def journal_mode(version: tuple[int, ...] = sqlite.sqlite_version_info) -> str:
    return "WAL" if has_wal_reset_fix(version) else "DELETE"


def begin_listeners(engine: Engine) -> None:
    """Make this engine begin transactions the way `transaction()` needs it."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def overwrite_what_goes() -> None:
    """Inside a transaction: have SQLite write zeros over what it deletes, also in pages that become free. Plainly it leaves it there.

    PostgreSQL keeps what was until its vacuum comes round; what is copied for a backup holds none of it.
    """
    if db.engine.dialect.name == "sqlite":
        raw: Any = db.session.connection().connection.dbapi_connection
        raw.execute("PRAGMA secure_delete=ON").close()


def settle_log() -> None:
    """After a transaction: bring SQLite's write-ahead log into the file and cut it off, so that what was overwritten is not left in it."""
    if db.engine.dialect.name != "sqlite":
        return
    db.session.rollback()  # What this request still reads would keep the log.
    with closing(db.engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # The `begin` listener says BEGIN itself.
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    (current,) = connection.execute("PRAGMA journal_mode").fetchone()
    if journal_mode() == "WAL":
        connection.execute("PRAGMA journal_mode=WAL").close()
    elif current.upper() == "WAL":
        raise Unsafe(
            "This database is in WAL mode and this SQLite has the WAL-reset fault: install the pysqlite3 wheel, or a fixed SQLite."
        )


def _begin_sqlite(connection: Connection) -> None:
    if in_transaction():
        # A deferred BEGIN that writes later fails at once with "database is locked" when another writer was first.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:  # It takes no lock, so it cannot fail: it need not pass through everything that watches statements.
        raw: Any = connection.connection.dbapi_connection
        raw.execute("BEGIN").close()
