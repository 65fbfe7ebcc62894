"""Upgrades with several nodes: while one node runs the new version, the others still run the one before, on the new tables.

So a migration that is not released yet may add, and must not take away: no column or table that the version before names, nothing
that refuses what it writes. What is given up goes one release later, and is named in `GIVEN_UP` then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ceapp.database import begin_listeners, engine_options, everybody
from ceapp.database.migrate import alembic_config
from ceapp.database.revisions import MIGRATIONS
from tests.harness.databases import Databases

RELEASED = "0002"
"""The newest migration of the last release; every later one is held to the rule."""

GIVEN_UP: frozenset[str] = frozenset()
"""`table` or `table.column` that already the last release used no more."""

pytestmark = pytest.mark.both_databases


@pytest.fixture
def empty(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    databases: Databases = request.getfixturevalue(f"{'sqlite' if engine == 'sqlite' else 'postgres'}_databases")
    url, drop = databases.bare(tmp_path)
    made = sa.create_engine(url, **engine_options(url))
    begin_listeners(made)
    with everybody("migrations of the test"):
        yield made
    made.dispose()
    drop()


def upgrade(engine: sa.Engine, revision: str) -> None:
    with engine.connect() as connection:
        command.upgrade(alembic_config(connection), revision)
        connection.commit()


def tables_of(engine: sa.Engine) -> dict[str, dict[str, Any]]:
    """What the rule looks at, of each table."""
    look = sa.inspect(engine)
    return {
        name: {
            "columns": {column["name"]: column for column in look.get_columns(name)},
            "unique": _uniques(look, name),
            "checks": {check["sqltext"] for check in look.get_check_constraints(name)},
            "references": {(*key["constrained_columns"], key["referred_table"]) for key in look.get_foreign_keys(name)},
        }
        for name in look.get_table_names()
        if name != "alembic_version"
    }


def _uniques(look: sa.Inspector, table: str) -> set[tuple[str | None, ...]]:
    keys = {tuple(key["column_names"]) for key in look.get_unique_constraints(table)}
    return keys | {tuple(index["column_names"]) for index in look.get_indexes(table) if index["unique"]}


def narrowings(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """What the version before would stumble over."""
    found = [f"{table} is gone" for table in before if table not in after | dict.fromkeys(GIVEN_UP)]
    for table in before.keys() & after.keys():
        old, new = before[table], after[table]
        for name, column in old["columns"].items():
            if f"{table}.{name}" not in GIVEN_UP:
                found += _of_column(f"{table}.{name}", column, new["columns"].get(name))
        for name in new["columns"].keys() - old["columns"].keys():
            column = new["columns"][name]
            if not column["nullable"] and column["default"] is None:
                found.append(f"{table}.{name} is new and must be given")
        for kind in ("unique", "checks", "references"):
            found += [f"{table} has another rule: {rule}" for rule in new[kind] - old[kind]]
    return found


def _of_column(name: str, old: dict[str, Any], new: dict[str, Any] | None) -> list[str]:
    if new is None:
        return [f"{name} is gone"]
    found = []
    if old["nullable"] and not new["nullable"]:
        found.append(f"{name} must be given now")
    if old["default"] is not None and new["default"] is None and not new["nullable"]:
        found.append(f"{name} has no default any more")
    if type(old["type"]) is not type(new["type"]) or _length(new) < _length(old):
        found.append(f"{name} holds less: {old['type']} became {new['type']}")
    return found


def _length(column: dict[str, Any]) -> float:
    length: int | None = getattr(column["type"], "length", None)
    return float("inf") if length is None else length


def test_migrations_since_the_last_release_take_nothing_away(empty: sa.Engine) -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    steps = [step.revision for step in reversed(list(script.iterate_revisions("head", RELEASED)))]
    upgrade(empty, RELEASED)
    schemas = [tables_of(empty)]
    for step in steps:
        upgrade(empty, step)
        schemas.append(tables_of(empty))
    assert {step: narrowings(*pair) for step, pair in zip(steps, pairwise(schemas), strict=True) if narrowings(*pair)} == {}


PLANTED: dict[str, tuple[Callable[[Operations], object], bool]] = {
    "a dropped column": (lambda op: _batch(op, "message", lambda table: table.drop_column("problem")), True),
    "a renamed column": (lambda op: _batch(op, "message", lambda table: table.alter_column("problem", new_column_name="trouble")), True),
    "a dropped table": (lambda op: op.drop_table("guess_window"), True),
    "a renamed table": (lambda op: op.rename_table("guess_window", "guess"), True),
    "a new column that must be given": (
        lambda op: _batch(op, "guess_window", lambda table: table.add_column(sa.Column("why", sa.String(9), nullable=False))),
        True,
    ),
    "a column that must be given now": (
        lambda op: _batch(op, "message", lambda table: table.alter_column("person_id", nullable=False)),
        True,
    ),
    "a shorter text": (
        lambda op: _batch(op, "guess_window", lambda table: table.alter_column("purpose", type_=sa.String(8), existing_type=sa.String(32))),
        True,
    ),
    "a unique key": (lambda op: op.create_index("ix_planted", "message", ["letter", "due_at"], unique=True), True),
    "a check": (lambda op: _batch(op, "message", lambda table: table.create_check_constraint("planted", "tries < 3")), True),
    "a column that may be empty": (
        lambda op: _batch(op, "guess_window", lambda table: table.add_column(sa.Column("why", sa.String(9)))),
        False,
    ),
    "a column with a default": (
        lambda op: _batch(
            op, "guess_window", lambda table: table.add_column(sa.Column("why", sa.String(9), server_default="none", nullable=False))
        ),
        False,
    ),
    "an index": (lambda op: op.create_index("ix_planted", "message", ["letter"]), False),
    "a table": (lambda op: op.create_table("planted", sa.Column("id", sa.Integer, primary_key=True)), False),
    "a longer text": (
        lambda op: _batch(
            op, "guess_window", lambda table: table.alter_column("purpose", type_=sa.String(99), existing_type=sa.String(32))
        ),
        False,
    ),
}


def _batch(op: Operations, table: str, change: Callable[[Any], object]) -> None:
    with op.batch_alter_table(table) as batch:
        change(batch)


@pytest.mark.parametrize("planted", PLANTED)
def test_control_a_planted_migration_is_judged(empty: sa.Engine, planted: str) -> None:
    change, is_refused = PLANTED[planted]
    upgrade(empty, RELEASED)
    before = tables_of(empty)
    with empty.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON" if empty.dialect.name == "sqlite" else "SELECT 1")
        for trigger in _triggers(connection):
            connection.exec_driver_sql(trigger)
        change(Operations(MigrationContext.configure(connection)))
    assert bool(narrowings(before, tables_of(empty))) is is_refused


def _triggers(connection: sa.Connection) -> list[str]:
    """SQLite renames no table to which a trigger of another one points; migrations remove the triggers first as well."""
    if connection.dialect.name != "sqlite":
        return []
    return [
        f"DROP TRIGGER {name}" for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    ]
