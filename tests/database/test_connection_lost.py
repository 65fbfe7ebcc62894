"""R5: a connection that PostgreSQL ends while a page is being made costs no answer that is ready."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from ceapp.database import db

pytestmark = pytest.mark.both_databases


def test_a_connection_that_ended_meanwhile_is_put_away_quietly(app: Flask, engine: str) -> None:
    with app.app_context():
        if engine == "postgresql":  # SQLite has none that could end.
            pid = db.session.scalar(text("SELECT pg_backend_pid()"))
            with db.engine.connect() as other:
                assert other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        else:
            db.session.scalar(text("SELECT 1"))
    with app.app_context():
        assert db.session.scalar(text("SELECT 1")) == 1
