"""An installation with a server of its own for each module that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.databases import SqliteDatabases
from tests.reliability.installation import Installation


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: SqliteDatabases) -> Iterator[Installation]:
    """An instance folder whose server is not started yet."""
    made = Installation(tmp_path_factory.mktemp("installation"), sqlite_databases)
    yield made
    made.close()


@pytest.fixture(scope="module")
def served(installation: Installation) -> Installation:
    """An installation whose server runs."""
    installation.server.start()
    return installation
