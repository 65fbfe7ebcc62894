"""The rules that the database keeps: declared, installed, and refusing."""

import pytest
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError

from ceapp.audit.service import record
from ceapp.database import Model, db
from ceapp.database.triggers import APPEND_ONLY, FROZEN_COLUMNS, installed_triggers, trigger_statements
from tests.conftest import NOW

pytestmark = pytest.mark.both_databases


def test_b5_what_is_declared_is_what_is_installed(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        assert installed_triggers(connection) == set(trigger_statements(connection.dialect.name))


def test_the_declared_list_names_tables_and_columns_that_exist(app: Flask) -> None:
    tables = Model.metadata.tables
    assert set(APPEND_ONLY) | set(FROZEN_COLUMNS) <= set(tables)
    for table, columns in FROZEN_COLUMNS.items():
        assert set(columns) <= set(tables[table].columns.keys())


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET deed = 'other'", "DELETE FROM audit_entry"])
def test_b5_c6_g7_h1_an_append_only_row_refuses(app: Flask, statement: str) -> None:
    with app.app_context():
        record("one", actor=None, now=NOW)
        with pytest.raises(DatabaseError, match="kept as they were written"), db.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_c6_no_foreign_key_deletes_what_points_to_it(app: Flask) -> None:
    with app.app_context():
        inspector = inspect(db.engine)
        for table in inspector.get_table_names():
            for key in inspector.get_foreign_keys(table):
                assert key["options"].get("ondelete") == "RESTRICT", f"{table}.{key['constrained_columns']}"
