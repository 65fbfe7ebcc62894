"""The migrations give exactly what the models declare, and refuse a database from the future."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask

from ceapp.database import Model, db
from ceapp.database.migrate import migrate
from ceapp.database.revisions import head
from ceapp.errors import Unsafe

pytestmark = pytest.mark.both_databases


def test_migrated_equals_the_models(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Model.metadata) == []


def test_a_second_run_changes_nothing(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        assert migrate(db.engine, tmp_path / "lock") == head()


def test_g1_a_newer_database_is_refused(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(Unsafe, match="newer version"):
            migrate(db.engine, tmp_path / "lock")
