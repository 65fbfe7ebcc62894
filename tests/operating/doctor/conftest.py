"""One healthy instance for the whole session, copied for each fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.databases import PostgresDatabases, SqliteDatabases
from tests.operating.doctor.patients import Patient
from tests.operating.doctor.whole import make_whole


@pytest.fixture(scope="session")
def whole(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder that the copies are made from."""
    folder = tmp_path_factory.mktemp("whole")
    url, _ = sqlite_databases.fresh(folder)
    make_whole(url, folder)
    return folder


@pytest.fixture
def patient(whole: Path, tmp_path: Path) -> Patient:
    """A healthy instance of the test's own."""
    return Patient.copied(whole, tmp_path / "instance")


@pytest.fixture(scope="session")
def whole_on_postgresql(postgres_databases: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same on PostgreSQL: the instance folder, and the address of the database that copies are made from."""
    folder = tmp_path_factory.mktemp("whole-on-postgresql")
    url, _ = postgres_databases.fresh(folder)
    make_whole(url, folder)
    return folder, url


@pytest.fixture
def patient_on_postgresql(
    whole_on_postgresql: tuple[Path, str], postgres_databases: PostgresDatabases, tmp_path: Path
) -> Iterator[Patient]:
    """A healthy instance of the test's own, on PostgreSQL."""
    whole, template = whole_on_postgresql
    url, drop = postgres_databases.copied(template, tmp_path)
    with postgres_databases.durable():
        yield Patient.copied(whole, tmp_path / "instance", url)
    drop()
