"""G7: on PostgreSQL the role that serves changes no table and no record, and can still do all that the product does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from ceapp.database import engine_options
from ceapp.database.roles import LOCKED, grant_serving, refuse_unmigrated
from ceapp.database.triggers import APPEND_ONLY
from ceapp.errors import Refused, Unsafe
from tests.harness.databases import PostgresDatabases
from tests.reliability.installation import Installation


@dataclass
class Roles:
    owner: Engine
    url: str
    role: str
    serving: Engine


@pytest.fixture
def roles(postgres_databases: PostgresDatabases, tmp_path: Path) -> Iterator[Roles]:
    url, drop = postgres_databases.fresh(tmp_path)
    owner = create_engine(url, **engine_options(url))
    role = f"serving_{owner.url.database}"
    with owner.begin() as connection:
        connection.exec_driver_sql(f'CREATE ROLE "{role}" LOGIN')
    with owner.begin() as connection:
        grant_serving(connection, role)
    serving_url = owner.url.set(username=role)
    serving = create_engine(serving_url, **engine_options(url))
    yield Roles(owner, serving_url.render_as_string(hide_password=False), role, serving)
    serving.dispose()
    with owner.begin() as connection:
        connection.exec_driver_sql(f'DROP OWNED BY "{role}"')
        connection.exec_driver_sql(f'DROP ROLE "{role}"')
    owner.dispose()
    drop()


def refused(engine: Engine, statement: str) -> bool:
    with engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except ProgrammingError as problem:
            assert problem.orig is not None
            assert "InsufficientPrivilege" in type(problem.orig).__name__, problem
            return True
        return False


CHANGES = [
    "CREATE TABLE mine (id int)",
    "ALTER TABLE person ADD COLUMN mine int",
    "DROP TABLE audit_entry CASCADE",
    "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    "DROP TRIGGER keep_audit_entry__update ON audit_entry",
    "CREATE OR REPLACE FUNCTION keep_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "TRUNCATE audit_entry",
    "UPDATE alembic_version SET version_num = 'x'",
    *(f"UPDATE {table} SET id = id" for table in ("audit_entry", "answer", "certificate", "completion", "sign_off")),
    *(f"DELETE FROM {table}" for table in sorted(set(APPEND_ONLY) - LOCKED)),
]


@pytest.mark.parametrize("statement", CHANGES)
def test_g7_it_changes_no_table_and_no_record(roles: Roles, statement: str) -> None:
    assert refused(roles.serving, statement)


def test_g7_control_the_owner_may_do_all_of_that(roles: Roles) -> None:
    assert not any(refused(roles.owner, each) for each in CHANGES[:3])
    assert not refused(roles.owner, "DELETE FROM audit_entry")


@dataclass
class Given:
    """A database for an installation, that somebody else made and removes."""

    url: str

    def bare(self, folder: Path) -> tuple[str, Callable[[], None]]:
        return self.fresh(folder)

    def fresh(self, folder: Path) -> tuple[str, Callable[[], None]]:
        return self.url, lambda: None


def test_g7_a_server_with_that_role_publishes_and_somebody_earns_a_certificate(roles: Roles, tmp_path: Path) -> None:
    installation = Installation(tmp_path, Given(roles.url), migrate="false")
    try:
        installation.server.start()
        somebody = installation.somebody()
        certificate = installation.certificate(somebody)
        status, _, pdf = installation.visitor(somebody).get(f"/certificates/{certificate.id}.pdf")
        assert (status, pdf[:5]) == (200, "%PDF-")
    finally:
        installation.close()


def test_g7_with_migrate_false_an_older_database_is_refused_in_one_line(roles: Roles) -> None:
    with roles.owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(Unsafe, match="run `ceapp migrate` as its owner") as problem:
        refuse_unmigrated(roles.serving)
    assert "\n" not in problem.value.message


def test_g7_with_migrate_false_a_newer_database_asks_for_the_newer_version(roles: Roles) -> None:
    with roles.owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unsafe, match="run the newer version"):
        refuse_unmigrated(roles.serving)


@pytest.mark.parametrize("role", ["nobody_of_that_name", 'x"; DROP TABLE person; --', ""])
def test_g7_only_a_role_that_exists_is_granted_anything(roles: Roles, role: str) -> None:
    with roles.owner.begin() as connection, pytest.raises(Refused, match="Nothing was granted"):
        grant_serving(connection, role)


def test_g7_the_owner_is_no_role_to_serve_with(roles: Roles) -> None:
    with roles.owner.begin() as connection:
        (owner,) = connection.exec_driver_sql("SELECT current_user").one()
        with pytest.raises(Refused, match="owns the tables"):
            grant_serving(connection, owner)
