"""transaction(): all or nothing, re-entrant, and nothing slow inside."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.audit.models import AuditEntry
from ceapp.audit.service import record
from ceapp.database import db, outside_transaction, transaction
from tests.conftest import NOW

pytestmark = pytest.mark.both_databases


def entries() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_saves_what_was_done_in_it(app: Flask) -> None:
    with app.app_context():
        record("one", actor=None, now=NOW)
        assert entries() == 1


def test_an_error_undoes_everything_of_the_outer_one(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(KeyError), transaction():
            record("one", actor=None, now=NOW)
            raise KeyError
        assert entries() == 0


def test_slow_work_is_refused_inside(app: Flask) -> None:
    with app.app_context():
        outside_transaction("argon2")
        with pytest.raises(RuntimeError, match="argon2 must not run inside"), transaction():
            outside_transaction("argon2")
