"""Who else uses a PostgreSQL database, as a role sees it that is no superuser: such is the owner that restores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from ceapp.errors import Refused
from ceapp.operating.backups.postgres import is_fit, refuse_others
from tests.harness.databases import PostgresDatabases

ROLES = ("restoring_owner", "serving_role")


@pytest.fixture
def engines(postgres_databases: PostgresDatabases, tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """One database, for the owner and for the role that serves."""
    url, drop = postgres_databases.bare(tmp_path)
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for role in ROLES:
            connection.execute(text(f"CREATE ROLE {role} LOGIN"))
    admin.dispose()
    owner, serving = (create_engine(make_url(url).set(username=role)) for role in ROLES)
    yield owner, serving
    for engine in (owner, serving):
        engine.dispose()
    with admin.connect() as connection:
        for role in ROLES:
            connection.execute(text(f"DROP ROLE {role}"))
    admin.dispose()
    drop()


def test_a_server_that_serves_with_another_role_is_seen(engines: tuple[Engine, Engine]) -> None:
    owner, serving = engines
    with owner.connect() as connection:
        refuse_others(connection)
        connection.rollback()  # PostgreSQL looks at its sessions once in a transaction.
        with serving.connect(), pytest.raises(Refused, match="stop every server"):
            refuse_others(connection)


@pytest.mark.parametrize(
    ("version", "server", "fits"),
    [(15, 15, True), (16, 15, True), (15, 16, False), (17, 16, False), (18, 15, False), (17, 17, True), (18, 17, True), (17, 18, False)],
)
def test_programs_that_write_dumps_the_server_takes_back(version: int, server: int, fits: bool) -> None:
    assert is_fit(version, server) is fits
