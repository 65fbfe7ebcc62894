"""Installations with servers: one that the tests of a process share, and fresh ones for tests that kill or break theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.databases import SqliteDatabases
from tests.reliability.installation import Installation
from tests.reliability.ledger import faults_of


@pytest.fixture
def installation(tmp_path: Path, sqlite_databases: SqliteDatabases) -> Iterator[Installation]:
    """An instance folder of the test's own, whose server is not started yet."""
    made = Installation(tmp_path, sqlite_databases)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An instance folder of the test's own, once with each kind of database; its server is not started yet."""
    databases = request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_databases")
    made = Installation(tmp_path, databases)
    yield made
    made.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: SqliteDatabases) -> Iterator[Installation]:
    """An installation whose server runs, for tests that leave it as sound as they found it."""
    made = Installation(tmp_path_factory.mktemp("served"), sqlite_databases)
    made.server.start()
    yield made
    made.close()
    assert "Traceback" not in made.server.log


@pytest.fixture
def sound(served: Installation) -> Iterator[None]:
    """After the test the checker finds nothing."""
    yield
    with served.engine() as engine:
        assert faults_of(engine) == []
