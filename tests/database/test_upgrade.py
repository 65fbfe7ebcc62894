"""A database of the version before, with a row in every table, keeps every value when it is brought up."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Uuid,
    create_engine,
    insert,
    select,
)
from sqlalchemy.dialects.sqlite import CHAR

from ceapp.database import begin_listeners, engine_options
from ceapp.database.migrate import alembic_config, migrate
from ceapp.database.revisions import head
from ceapp.database.triggers import installed_triggers, trigger_statements

pytestmark = pytest.mark.both_databases

BEFORE = "0001"
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ALLOWED: dict[str, dict[str, Any]] = {
    "series": {"purpose": "credit"},
    "certificate": {"basis": "completion", "supersedes_id": None},
    "rendition": {"paper": "letter"},
    "attempt": {"abandoned_at": None},
    "answer": {"text_id": None},
}
"""Values that the checks of the tables ask for."""

MADE_ANEW = {"membership"}
"""No version before wrote a row here."""


@pytest.fixture
def engine_before(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database at the version before."""
    url, drop = request.getfixturevalue(f"{'sqlite' if engine == 'sqlite' else 'postgres'}_databases").bare(tmp_path)
    made = create_engine(url, **engine_options(url))
    begin_listeners(made)
    with made.connect() as connection:
        command.upgrade(alembic_config(connection), BEFORE)
        connection.commit()
    yield made
    made.dispose()
    drop()


def tables_of(engine: Engine) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(engine)
    return [table for table in metadata.sorted_tables if table.name not in {"alembic_version", *MADE_ANEW}]


def value_for(column: Column[Any], row: dict[str, Any], rows: dict[str, dict[str, Any]]) -> Any:
    """Something that fits the column; a reference points to the row that was put into the other table."""
    for key in column.foreign_keys:
        if key.column.table.name in rows:
            return rows[key.column.table.name][key.column.name]
    kind = column.type
    if isinstance(kind, (Uuid, CHAR)):
        return uuid.uuid4() if isinstance(kind, Uuid) else uuid.uuid4().hex
    by_type: tuple[tuple[type, Any], ...] = (
        (Boolean, True),
        (DateTime, NOW),
        (Date, date(2026, 11, 20)),
        (JSON, {"a": ["b", 1]}),
        (LargeBinary, b"\x00bytes"),
        (Integer, 1),
    )
    for wanted, value in by_type:
        if isinstance(kind, wanted):
            return value
    return f"{column.name} é"[: getattr(kind, "length", None) or 20]


def fill(engine: Engine, tables: list[Table]) -> None:
    rows: dict[str, dict[str, Any]] = {}
    with engine.begin() as connection:
        for table in tables:
            row = dict(ALLOWED.get(table.name, {}))
            for column in table.columns:
                row.setdefault(column.name, None)
                if column.name not in ALLOWED.get(table.name, {}):
                    row[column.name] = value_for(column, row, rows)
            connection.execute(insert(table).values(row))
            rows[table.name] = row


def contents(engine: Engine, tables: list[Table]) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {table.name: [tuple(map(str, row)) for row in connection.execute(select(*table.columns))] for table in tables}


def test_every_row_and_value_is_kept(engine_before: Engine, tmp_path: Path) -> None:
    tables = tables_of(engine_before)
    fill(engine_before, tables)
    before = contents(engine_before, tables)
    assert all(before.values()), [name for name, rows in before.items() if not rows]
    assert migrate(engine_before, tmp_path / "lock") == head()
    assert contents(engine_before, tables) == before
    with engine_before.connect() as connection:
        assert installed_triggers(connection) == set(trigger_statements(connection.dialect.name))


def test_the_version_before_can_still_write(engine_before: Engine, tmp_path: Path) -> None:
    """While one node is upgraded, another one still runs: its inserts name only the columns that it knows."""
    tables = tables_of(engine_before)
    migrate(engine_before, tmp_path / "lock")
    fill(engine_before, tables)
    assert all(contents(engine_before, tables).values())
