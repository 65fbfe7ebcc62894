"""Whether the database has the shape that the code expects: migrations, tables with their keys and indexes, triggers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Table, inspect, text

from ceapp.database import Model
from ceapp.database.revisions import head, is_known
from ceapp.database.triggers import installed_triggers, trigger_statements
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found


def migrated(examination: Examination) -> Iterator[Finding]:
    """At the newest migration, neither behind nor ahead."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - 11 MB that who only serves does without

    current = MigrationContext.configure(examination.session.connection()).get_current_revision()
    if current != head():
        code = "database.behind" if is_known(current) else "database.ahead"
        yield found(code, f"the database is at {current or 'no migration'}, the code at {head()}")


def tables(examination: Examination) -> Iterator[Finding]:
    """Tables, columns, foreign keys, unique keys and indexes as the models declare them."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - as above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    connection = examination.session.connection()
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    for difference in compare_metadata(context, Model.metadata):
        yield found("schema.differs", _in_words(difference))
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    for table in Model.metadata.sorted_tables:
        if table.name in there:
            present = {each["name"] for each in inspector.get_check_constraints(table.name)}
            yield from (
                found("schema.differs", f"{table.name}: the check {name} is missing") for name in _checks(table) if name not in present
            )


def triggers(examination: Examination) -> Iterator[Finding]:
    """The triggers that keep rows as they were written: all there, on, and doing what is declared."""
    connection = examination.session.connection()
    declared, there = trigger_statements(connection.dialect.name), installed_triggers(connection)
    for name in sorted(set(declared) - there):
        yield found("schema.trigger-missing", name)
    for name in sorted(there - set(declared)):
        yield found("schema.trigger-differs", f"{name} is not declared")
    for name, sql in _installed(connection).items():
        if name in declared and not _is_same(sql, declared[name][-1]):
            yield found("schema.trigger-differs", name)
    examination.note("triggers", len(there))


def _installed(connection: Connection) -> dict[str, str]:
    """Trigger → its definition; empty for one that is switched off."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    else:
        rows = connection.execute(
            text(
                "SELECT tgname, CASE WHEN tgenabled IN ('O', 'A') AND prosrc LIKE '%RAISE EXCEPTION%'"
                " THEN pg_get_triggerdef(pg_trigger.oid) ELSE '' END"
                " FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid"
                " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
            )
        )
    return {row[0]: row[1] or "" for row in rows}


def _is_same(installed: str, declared: str) -> bool:
    return _plain(installed) == _plain(declared)


def _plain(sql: str) -> str:
    """Without what PostgreSQL adds when it prints a definition: brackets, the schema, line ends."""
    return re.sub(r"[\s()\"]+|\b\w+\.(?=\w+ FOR EACH ROW)", "", re.sub(r"\bON \w+\.", "ON ", sql)).lower()


def _checks(table: Table) -> list[str]:
    return sorted(str(each.name) for each in table.constraints if isinstance(each, CheckConstraint) and each.name)


def _in_words(difference: Any) -> str:
    """One difference of alembic's, which is a tuple of what would have to be done, or a list of such for a column."""
    step = difference[0] if isinstance(difference, list) else difference
    names = [getattr(each, "name", each) for each in step[1:] if isinstance(getattr(each, "name", each), str)]
    about = getattr(step[1], "table", None)
    where = [about.name] if isinstance(about, Table) and about.name not in names else []
    return " ".join([str(step[0]).replace("_", " "), *where, *names])
