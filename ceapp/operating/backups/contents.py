"""What is in a database, read in one look at it: how many rows, which version, which keys its sealed texts need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, LargeBinary, MetaData, String, Table, column, func, inspect, select, table
from sqlalchemy.engine.reflection import Inspector

from ceapp.audit.queries import all_heads
from ceapp.audit.seals import Head, written_heads
from ceapp.database.revisions import is_known

ENDED = frozenset({"sign_in", "mailed_code", "guess_window", "set_up_link"})
"""Tables that a restore empties."""

SOME = 5
"""Sealed texts of a table by which a key is tried."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Rows by table, the migration, the ids of the sealing keys in use, and the heads of the audit record as lines."""

    schema: str
    counts: Mapping[str, int]
    key_ids: frozenset[str]
    audit_heads: str = ""

    @property
    def people(self) -> int:
        return self.counts.get("person", 0)

    @property
    def is_known(self) -> bool:
        return is_known(self.schema)


def contents_of(connection: Connection) -> Contents:
    """Read on a connection whose transaction sees one moment."""
    inspector = inspect(connection)
    names = sorted(inspector.get_table_names())
    counts = {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}
    key_ids: set[str] = set()
    for name in names:
        key_ids |= _key_ids(connection, inspector, name)
    schema = connection.scalar(select(column("version_num")).select_from(table("alembic_version"))) if "alembic_version" in counts else None
    return Contents(schema or "", counts, frozenset(key_ids), _audit_heads(connection) if "audit_seal" in counts else "")


def _audit_heads(connection: Connection) -> str:
    return written_heads(Head(*row) for row in connection.execute(all_heads()))


def has_people(connection: Connection) -> bool:
    """Whether anybody has an account there; a database without tables has nobody."""
    if not inspect(connection).has_table("person"):
        return False
    return connection.scalar(select(column("id")).select_from(table("person")).limit(1)) is not None


def sealed_texts(connection: Connection) -> dict[str, list[bytes]]:
    """Some sealed texts for each key that is in use: one alone may be damaged."""
    inspector = inspect(connection)
    found: dict[str, list[bytes]] = {}
    for name in sorted(inspector.get_table_names()):
        for key_id in _key_ids(connection, inspector, name):
            sealed = _sealed(inspector, name)
            assert sealed is not None
            wanted = (sealed.table.c.key_id == key_id, func.length(sealed) > 0)
            found.setdefault(key_id, []).extend(connection.scalars(select(sealed).where(*wanted).limit(SOME)))
    return found


def _key_ids(connection: Connection, inspector: Inspector, name: str) -> set[str]:
    """What was sealed and then emptied needs no key any more."""
    sealed = _sealed(inspector, name)
    if sealed is None:
        return set()
    return set(connection.scalars(select(sealed.table.c.key_id).where(func.length(sealed) > 0).distinct()))


def _sealed(inspector: Inspector, name: str) -> Column[bytes] | None:
    """The column that `key_id` is about: the only one in its table that holds bytes."""
    columns = {each["name"]: each["type"] for each in inspector.get_columns(name)}
    held = [each for each, kind in columns.items() if isinstance(kind, LargeBinary) or str(kind) in ("BLOB", "BYTEA")]
    if "key_id" not in columns or len(held) != 1:
        return None
    sealed: Column[bytes] = Column(held[0], LargeBinary)
    Table(name, MetaData(), Column("key_id", String), sealed)
    return sealed
