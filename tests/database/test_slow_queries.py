"""Statements that take long are named by their text; what a request asked of the database is counted."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from ceapp.database import db
from ceapp.database.slow_queries import Work, count_into, without_values

pytestmark = pytest.mark.both_databases


@pytest.fixture
def settings_overrides(limit: int) -> dict[str, Any]:
    return {"slow_query_ms": limit}


def slow_statement(app: Flask) -> None:
    """A statement that takes longer than a millisecond, with a value bound to it and one in its text."""
    if db.engine.dialect.name == "postgresql":
        sql = "SELECT pg_sleep(0.01), :value, 'PLANTED-literal' /* PLANTED-comment */"
    else:
        sql = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
            " SELECT count(*), :value, 'PLANTED-literal' /* PLANTED-comment */ FROM n"
        )
    db.session.execute(text(sql), {"value": "PLANTED-bound"}).all()
    db.session.rollback()


@pytest.mark.parametrize("limit", [1])
def test_h2_a_slow_statement_is_logged_without_a_value(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    work = Work("the-number", "/a/<rule>")
    with app.app_context(), caplog.at_level(logging.WARNING):
        count_into(work)
        slow_statement(app)
        count_into(None)
    (fields,) = [each.fields for each in caplog.records if each.name == "ceapp.slow" and "'…'" in each.fields["statement"]]
    assert fields["ms"] >= 1
    assert (fields["request"], fields["rule"]) == ("the-number", "/a/<rule>")
    assert "PLANTED" not in str([vars(each) for each in caplog.records])
    assert (work.statements, work.seconds * 1000 >= fields["ms"] - 0.1) == (1, True)


@pytest.mark.parametrize("limit", [0, 60_000])
def test_what_is_quick_or_not_asked_for_is_not_logged(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with app.app_context(), caplog.at_level(logging.WARNING):
        slow_statement(app)
    assert [each for each in caplog.records if each.name == "ceapp.slow"] == []


@pytest.mark.parametrize("limit", [1])
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT a FROM b WHERE c = ?", "SELECT a FROM b WHERE c = ?"),
        ("SELECT 'it''s'\n  FROM b -- who", "SELECT '…' FROM b"),
        ("SELECT 1" * 1000, ("SELECT 1" * 1000)[:2000]),
    ],
)
def test_statements_on_one_line(statement: str, words: str, limit: int) -> None:
    assert without_values(statement) == words
