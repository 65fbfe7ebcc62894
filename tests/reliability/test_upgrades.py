"""R10: an upgrade that is killed anywhere and started again ends where one ends that was not killed, with every value."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Table, create_engine, insert, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from ceapp.database import Model, begin_listeners, engine_options
from ceapp.database import migrate as migrating
from ceapp.database.migrate import alembic_config, migrate
from ceapp.database.revisions import head
from ceapp.database.triggers import installed_triggers, trigger_statements
from tests.database.test_upgrade import contents, fill, tables_of
from tests.harness.databases import PostgresDatabases, SqliteDatabases
from tests.reliability.killing import NEVER, run, upgrade
from tests.reliability.rounds import rounds
from tests.reliability.server import wait_until

PEOPLE = 100
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@dataclass
class Old:
    """A database of an earlier version with data, from which copies are made."""

    url: str
    tables: list[Table]
    before: dict[str, list[Any]]
    copy: Callable[[], str]


def _engine(url: str) -> Engine:
    made = create_engine(url, **engine_options(url))
    begin_listeners(made)
    return made


def _people(engine: Engine, tables: list[Table]) -> None:
    person = next(table for table in tables if table.name == "person")
    with engine.begin() as connection:
        (row,) = connection.execute(person.select()).mappings().all()
        kind = type(row["id"])
        own = [{**row, "id": kind(f"{number:032x}"), "email": f"person{number}@example.org"} for number in range(PEOPLE)]
        connection.execute(insert(person), own)


@pytest.fixture(params=["sqlite-0001", "sqlite-0002", "postgresql-0001", "postgresql-0002"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """A database at an earlier version, with a row in every table of the first one, and many people."""
    kind, revision = request.param.split("-")
    databases = request.getfixturevalue(f"{'sqlite' if kind == 'sqlite' else 'postgres'}_databases")
    url, drop = databases.bare(tmp_path)
    engine = _engine(url)
    with engine.connect() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.commit()
    tables = tables_of(engine)
    fill(engine, tables)
    _people(engine, tables)
    before = contents(engine, tables)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        if kind == "sqlite" and driver is not None:
            driver.execute("PRAGMA foreign_keys=OFF").close()
        command.upgrade(alembic_config(connection), revision)
        connection.commit()
    engine.dispose()
    copy, drop_copies = _copier(databases, url, tmp_path)
    yield Old(url, tables, before, copy)
    drop_copies()
    drop()


def _copier(databases: SqliteDatabases | PostgresDatabases, url: str, folder: Path) -> tuple[Callable[[], str], Callable[[], None]]:
    numbers, drops = itertools.count(), []

    def copy() -> str:
        if isinstance(databases, SqliteDatabases):
            target = folder / f"copy{next(numbers)}.sqlite3"
            shutil.copyfile(url.removeprefix("sqlite:///"), target)  # Nobody has it open, so all of it is in the one file.
            return f"sqlite:///{target}"
        address, drop = databases._made(str(make_url(url).database))
        drops.append(drop)
        return address

    return copy, lambda: [drop() for drop in drops] and None


def faults(url: str, old: Old) -> list[str]:
    """What is not as it would be after an upgrade that nobody killed."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            found = [f"differs: {each}" for each in compare_metadata(MigrationContext.configure(connection), Model.metadata)]
            if installed_triggers(connection) != set(trigger_statements(connection.dialect.name)):
                found.append("triggers are missing")
            if connection.dialect.name == "sqlite":
                found += [f"points to nothing: {row}" for row in connection.execute(text("PRAGMA foreign_key_check"))]
            found += [f"left behind: {name}" for name in engine.dialect.get_table_names(connection) if name.startswith("_alembic")]
        if contents(engine, old.tables) != old.before:
            found.append("values were changed or lost")
    finally:
        engine.dispose()
    return found


def _again(url: str, lock: Path) -> None:
    engine = _engine(url)
    try:
        assert migrate(engine, lock) == head()
    finally:
        engine.dispose()


def test_r10_killed_anywhere_and_started_again_every_value_is_there(old: Old, tmp_path: Path) -> None:
    lock, chance, killed = tmp_path / "lock", Random(20261120), 0
    url = old.copy()
    assert run(upgrade, url, str(lock), NEVER) == 0
    assert faults(url, old) == []
    for _ in range(rounds(2)):
        url = old.copy()
        killed += run(upgrade, url, str(lock), chance.randrange(1, 160)) < 0
        _again(url, lock)
        assert faults(url, old) == []
    assert killed, "no upgrade was killed"


@pytest.mark.parametrize("old", ["sqlite-0001", "postgresql-0001"], indirect=True)
def test_control_an_upgrade_whose_steps_are_saved_one_by_one_is_caught(old: Old, tmp_path: Path) -> None:
    caught = 0
    for statements in (50, 80, 110):
        url = old.copy()
        if run(upgrade_in_steps, url, str(tmp_path / "lock"), statements) == 0:
            continue
        try:
            _again(url, tmp_path / "lock")
            caught += bool(faults(url, old))
        except Exception:  # noqa: BLE001 - whatever it is, the harness sees that the second start does not work
            caught += 1
    assert caught


def upgrade_in_steps(url: str, lock: str, statements: int) -> None:
    upgrade(url, lock, statements, whole=False)


def test_r10_a_table_in_use_is_waited_for_in_short_turns(
    tmp_path: Path, postgres_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, drop = postgres_databases.bare(tmp_path)
    engine, turns, allowed = _engine(url), [], []
    with engine.connect() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.commit()
    real = command.upgrade

    def counted(config: Any, revision: str) -> None:
        allowed.append(config.attributes["connection"].execute(text("SHOW lock_timeout")).scalar_one())
        try:
            real(config, revision)
        except OperationalError:
            turns.append("refused")
            raise

    monkeypatch.setattr(migrating.command, "upgrade", counted)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM person"))  # Whoever reads the table keeps its shape until the end of their transaction.
        upgrading = threading.Thread(target=migrate, args=(engine, tmp_path / "lock"))
        upgrading.start()
        wait_until(lambda: turns, "the upgrade gives way to the reader")
        with engine.connect() as other:
            assert other.execute(text("SELECT count(*) FROM person")).scalar_one() == 0
    upgrading.join()
    with engine.connect() as connection:
        assert migrating.revision_of(connection) == head()
    assert set(allowed) == {"2s"}
    engine.dispose()
    drop()
