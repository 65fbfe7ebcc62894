"""Two roles on PostgreSQL: the owner makes and changes tables, and the one that serves writes rows only, and no record again."""

from __future__ import annotations

import re

from sqlalchemy import Connection, Engine

from ceapp.database.migrate import refuse_newer, revision_of
from ceapp.database.revisions import head
from ceapp.database.triggers import APPEND_ONLY
from ceapp.errors import Refused, Unsafe

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")

LOCKED = frozenset({"provider_facts"})
"""Records whose newest row is locked while the next is written; PostgreSQL asks for the right to change them for that."""


def refuse_unmigrated(engine: Engine) -> None:
    """Raise Unsafe when somebody has to migrate first, or has with a newer version."""
    with engine.connect() as connection:
        current = revision_of(connection)
    refuse_newer(current)
    if current != head():
        raise Unsafe(f"The database is at {current or 'nothing'}, this version needs {head()}: run `ceapp migrate` as its owner first.")


def grant_serving(connection: Connection, role: str) -> None:
    """Let this role serve: read and write rows, never change a table, nor a row of what only grows. Raises Refused for no such role."""
    if connection.dialect.name != "postgresql":
        raise Refused("SQLite knows no roles. Nothing was granted.")
    if not _NAME.fullmatch(role) or not connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).scalar():
        raise Refused(f"There is no role {role!r}: make it with CREATE ROLE first. Nothing was granted.")
    (schema,) = connection.exec_driver_sql("SELECT quote_ident(current_schema())").one()
    (owner,) = connection.exec_driver_sql("SELECT current_user").one()
    if role == owner:
        raise Refused(f"{role} owns the tables, so nothing can be kept from it: serve with another role. Nothing was granted.")
    kept = ", ".join(f'{schema}."{name}"' for name in APPEND_ONLY if name not in LOCKED)
    for statement in (
        f'REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM "{role}"',
        f'REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, "{role}"',
        f'GRANT USAGE ON SCHEMA {schema} TO "{role}"',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO "{role}"',
        f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO "{role}"',
        f'REVOKE UPDATE, DELETE ON {kept} FROM "{role}"',
        f'REVOKE INSERT, UPDATE, DELETE ON {schema}.alembic_version FROM "{role}"',
    ):
        connection.exec_driver_sql(statement)
