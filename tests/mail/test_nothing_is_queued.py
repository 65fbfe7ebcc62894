"""Migrations and settings never send mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import Engine, create_engine, func, select, text

from ceapp.certificates.provider import ProviderInput, set_provider_facts
from ceapp.database import begin_listeners, db, engine_options
from ceapp.database.migrate import alembic_config, migrate
from ceapp.database.revisions import head
from ceapp.mail.models import Message
from tests.conftest import NOW, Agency, Member

pytestmark = pytest.mark.both_databases


def queued(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Message)) or 0


@pytest.fixture
def old_database(engine: str, database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A database of the first release, with a person in it."""
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}" if engine == "sqlite" else database_url
    old = create_engine(url, **engine_options(url))
    begin_listeners(old)
    with old.connect() as connection:
        if engine == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            connection.commit()
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(
            text(
                "INSERT INTO person (id, email, name, time_zone, password_hash, is_administrator, created_at)"
                " VALUES (:id, :email, 'Tess', 'UTC', '', :no, :at)"
            ),
            {"id": "0" * 31 + "1", "email": "tess@example.org", "no": False, "at": NOW.isoformat()},
        )
        connection.commit()
    yield old
    old.dispose()


def test_migrations_queue_nothing(old_database: Engine, tmp_path: Path) -> None:
    assert migrate(old_database, tmp_path / "migrate.lock") == head()
    with old_database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM person")) == 1
        assert connection.scalar(text("SELECT count(*) FROM message")) == 0


def test_saving_the_providers_facts_queues_nothing(app: Flask, course: str, agency: Agency, ada: Member) -> None:
    given = ProviderInput("Harbour Institute", "1 Quay", "office@example.org", "Dr Vale", "Director", None)
    with app.app_context():
        set_provider_facts(given, after_version=0, by=ada.id, now=NOW)
    assert queued(app) == 0
