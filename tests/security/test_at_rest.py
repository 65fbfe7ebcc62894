"""H4: what is private is sealed wherever it lies: in the database, in what SQLite writes beside it, and in a copy of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.engine import make_url

from tests.crawl.world import World, a_world
from tests.harness.databases import SqliteDatabases

pytestmark = pytest.mark.sqlite_only

SEALED = ("reflection:", "note:", "extension:", "sign-off:", "grant:")
"""Kinds of text that only some may read; their markers stand in no file."""


def bytes_of(world: World, folder: Path) -> bytes:
    """Everything in the files of the instance and of its database, with a copy of it made as a backup is, but for the scenario files."""
    database = Path(str(make_url(world.app.config["SQLALCHEMY_DATABASE_URI"]).database))
    copy = folder / "copy.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    beside = [each for each in database.parent.iterdir() if each.name.startswith(database.name)]
    own = [each for each in folder.rglob("*") if each.is_file() and "scenarios" not in each.parts]
    assert copy in own
    assert database in beside
    return b"\n".join(each.read_bytes() for each in {*beside, *own})


def found_in(world: World, data: bytes, kinds: tuple[str, ...]) -> set[str]:
    return {kind for kind, word in world.markers.items() if kind.startswith(kinds) and word.encode() in data.lower()}


@pytest.fixture
def read(sqlite_databases: SqliteDatabases, tmp_path: Path, template_cache: FileSystemBytecodeCache) -> tuple[World, bytes]:
    """A world, and all its bytes."""
    with a_world(sqlite_databases, tmp_path, template_cache) as world:
        return world, bytes_of(world, tmp_path)


def test_h4_no_private_text_is_in_any_file_or_backup(read: tuple[World, bytes]) -> None:
    world, data = read
    assert sum(kind.startswith(SEALED) for kind in world.markers) > 20
    assert found_in(world, data, SEALED) == set()


def test_h4_control_what_is_not_sealed_is_found(read: tuple[World, bytes]) -> None:
    """Names and addresses are in the clear, and the same search finds every one of them."""
    world, data = read
    open_kinds = {kind for kind in world.markers if kind.startswith(("name:", "email:"))}
    assert found_in(world, data, ("name:", "email:")) == open_kinds
