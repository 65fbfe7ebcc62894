"""An instance that a test may damage, past everything that protects it, and have examined."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from ceapp.commands.doctor import keys_as_they_are
from ceapp.config import Settings, load_settings
from ceapp.database import begin_listeners, engine_options
from ceapp.database.engine import sqlite
from ceapp.database.triggers import install_triggers, installed_triggers
from ceapp.operating.doctor import Finding, examine_engine
from tests.conftest import NOW
from tests.operating.doctor.whole import BALLAST_MB, PUBLIC

_opened: dict[str, str] = {}


def _connect() -> Any:
    return sqlite.connect(_opened["path"], timeout=5, check_same_thread=False)


# One engine for the files of all patients, opened anew each time: so each statement is put together once for all of them.
_SQLITE = create_engine("sqlite://", creator=_connect, poolclass=NullPool, module=sqlite)
begin_listeners(_SQLITE)


@event.listens_for(_SQLITE, "connect")
def _tell_pragma(driver: Any, _record: object) -> None:
    if _opened["pragma"]:
        driver.execute(f"PRAGMA {_opened['pragma']}").close()


@dataclass
class Patient:
    """An instance folder and its database."""

    folder: Path
    url: str
    now: datetime = NOW
    pragma: str = ""
    """What else every connection is told."""

    @classmethod
    def copied(cls, whole: Path, folder: Path, url: str = "") -> Patient:
        """A copy of the folder, with its own file as the database or another one that is a copy already."""
        shutil.copytree(whole, folder)
        return cls(folder, url or f"sqlite:///{folder / 'ceapp.sqlite3'}")

    @property
    def settings(self) -> Settings:
        values = {"database_url": self.url, "scenarios": str(self.folder / "scenarios"), "base_url": PUBLIC}
        return load_settings({}, instance=str(self.folder), ballast_mb=BALLAST_MB, **values)

    def examine(self, *, fast: bool = False) -> list[Finding]:
        """What the doctor finds, in the way of `ceapp doctor`."""
        with self.engine() as engine, engine.connect():  # As while a server runs: the last one to close takes the log away.
            keys = keys_as_they_are(self.settings)
            return list(examine_engine(engine, settings=self.settings, keys=keys, now=self.now, fast=fast))

    def codes(self) -> set[str]:
        return {finding.code for finding in self.examine()}

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        if self.url.startswith("sqlite"):
            _opened["path"], _opened["pragma"] = str(self.folder / "ceapp.sqlite3"), self.pragma
            yield _SQLITE
            return
        engine = create_engine(self.url, **engine_options(self.url))
        if self.pragma:
            event.listen(engine, "connect", self._tell_setting)
        try:
            yield engine
        finally:
            engine.dispose()

    def _tell_setting(self, driver: Any, _record: object) -> None:
        driver.execute(f"SET {self.pragma}").close()
        driver.commit()

    @contextmanager
    def unprotected(self) -> Iterator[Connection]:
        """A connection for which triggers, foreign keys and checks do not count; all are as before afterwards."""
        with self.engine() as engine, engine.connect() as connection:
            self._drop_protection(connection)
            yield connection
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET session_replication_role = origin"))
            else:
                install_triggers(connection)
            connection.commit()

    def _drop_protection(self, connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            return
        driver = connection.connection.driver_connection
        assert driver is not None
        connection.rollback()
        for pragma in ("foreign_keys=OFF", "ignore_check_constraints=ON"):
            driver.execute(f"PRAGMA {pragma}").close()
        for name in installed_triggers(connection):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")

    def run(self, *statements: str) -> None:
        """Run statements with the protection on."""
        with self.engine() as engine, engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def ask(self, statement: str) -> Any:
        """The first value that a statement gives."""
        with self.engine() as engine, engine.connect() as connection:
            return connection.exec_driver_sql(statement).scalar_one()

    def write(self, *statements: str, **values: Any) -> None:
        """Run statements past the protection; each of them changes something."""
        with self.unprotected() as connection:
            for statement in statements:
                changed = connection.execute(text(statement), values if ":" in statement else {})
                assert changed.rowcount != 0, f"nothing was changed by: {statement}"
