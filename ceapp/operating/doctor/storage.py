"""Whether the database is whole: its own check, keys that point to nothing, and what may be there only once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, Table, UniqueConstraint, and_, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from ceapp.database import Model
from ceapp.operating.doctor.examination import Examination, Statement
from ceapp.operating.doctor.findings import Finding, found

MOST = 20
"""Examples of one fault; more would not help anybody."""


def integrity(examination: Examination) -> Iterator[Finding]:
    """The database's own check of its pages and indexes: SQLite's, or PostgreSQL's extension amcheck where it is installed."""
    try:
        if examination.is_sqlite:
            rows = examination.session.connection().exec_driver_sql(f"PRAGMA integrity_check({MOST})")
            yield from (found("database.damaged", str(row[0])) for row in rows if row[0] != "ok")
        else:
            yield from _amcheck(examination)
    except DBAPIError as problem:
        yield found("database.damaged", str(problem.orig).strip().splitlines()[0])


def _amcheck(examination: Examination) -> Iterator[Finding]:
    session = examination.session
    # By the name of its schema: one that a restore put aside took the extension along.
    schema = session.scalar(
        text("SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'amcheck'")
    )
    if schema is None:
        return
    indexes = session.execute(
        text(
            "SELECT c.oid, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
            " WHERE a.amname = 'btree' AND c.relnamespace = current_schema()::regnamespace AND i.indisvalid ORDER BY c.relname"
        )
    ).all()
    for oid, name in indexes:
        try:
            with session.begin_nested():
                session.execute(text(f"SELECT {schema}.bt_index_check(CAST(:index AS oid)::regclass, true)"), {"index": oid})
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", "") == "42501":
                return  # This role may not ask; the rows themselves are looked at all the same.
            yield found("database.damaged", f"index {name}: {str(problem.orig).strip().splitlines()[0]}")
        examination.note("indexes")


def dangling(examination: Examination) -> Iterator[Finding]:
    """Rows whose key points to nothing, found by asking for them: a table may have lost the key that would have refused it."""
    for table in _tables(examination):
        for key in sorted(table.foreign_key_constraints, key=lambda each: str(each.name)):
            for row in examination.session.execute(_pointing_to_nothing(table, key)):
                columns = ", ".join(column.name for column in key.columns)
                yield found("rows.dangling", f"{table.name} {_named(row)}: {columns} points to no {key.referred_table.name}")
        examination.note("tables")


@cache
def _pointing_to_nothing(table: Table, key: ForeignKeyConstraint) -> Statement:
    other = key.referred_table.alias("referred")
    pairs = [(table.c[element.parent.name], other.c[element.column.name]) for element in key.elements]
    there = select(text("1")).select_from(other).where(and_(*(mine == theirs for mine, theirs in pairs))).exists()
    return select(*table.primary_key.columns).where(*(mine.is_not(None) for mine, _ in pairs), ~there).limit(MOST)


def twice(examination: Examination) -> Iterator[Finding]:
    """Rows that are there twice where one is allowed, found by counting: an index may be gone, or damaged."""
    if not examination.is_sqlite:  # Counted in the rows, not in the index that may be at fault.
        for way in ("indexscan", "indexonlyscan", "bitmapscan"):
            examination.session.execute(text(f"SET LOCAL enable_{way} = off"))
    for table in _tables(examination):
        for columns, statement in _repeated(table, examination.session.get_bind().dialect.name):
            for row in examination.session.execute(statement):
                names, example = " and ".join(column.name for column in columns), _first_of(examination, table, columns, row)
                yield found("rows.twice", f"{table.name}: {row[0]} rows with one {names}, such as {example}")


@cache
def _repeated(table: Table, dialect: str) -> list[tuple[list[Column[Any]], Statement]]:
    """For every key that the models declare: its columns, and a query for the values that are there more than once."""
    found = []
    for columns, condition in _unique(table, dialect):
        filled = [column.is_not(None) for column in columns if column.nullable]
        where = [*filled, *([condition] if condition is not None else [])]
        counted = select(func.count(), *columns).where(*where).group_by(*columns).having(func.count() > 1)
        found.append((columns, counted.limit(MOST)))
    return found


def _first_of(examination: Examination, table: Table, columns: Sequence[Column[Any]], values: Sequence[Any]) -> str:
    """One of them by its key: the values themselves may be personal."""
    same = [column == value for column, value in zip(columns, values[1:], strict=True)]
    row = examination.session.execute(select(*table.primary_key.columns).where(*same).limit(1)).first()
    return _named(row) if row else "none any more"


def _unique(table: Table, dialect: str) -> Iterator[tuple[list[Column[Any]], Any]]:
    """The columns of every key that the models declare, with its condition where it is a partial one."""
    yield list(table.primary_key.columns), None
    for constraint in sorted((each for each in table.constraints if isinstance(each, UniqueConstraint)), key=lambda each: str(each.name)):
        columns = list(constraint.columns)
        if not set(table.primary_key.columns) < set(columns):  # What holds the primary key is unique as that is.
            yield columns, None
    for index in sorted((each for each in table.indexes if each.unique), key=lambda each: str(each.name)):
        yield [column for column in index.columns], _condition(index, dialect)  # noqa: C416 - a collection of columns, not a list


def _condition(index: Index, dialect: str) -> Any:
    return index.dialect_options[dialect].get("where")


def _tables(examination: Examination) -> list[Table]:
    """The declared tables that are there: one that is missing is another check's finding."""
    there = set(inspect(examination.session.connection()).get_table_names())
    return [table for table in Model.metadata.sorted_tables if table.name in there]


def _named(row: Sequence[Any]) -> str:
    return " ".join(str(value) for value in row)
