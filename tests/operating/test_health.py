"""Live and ready: what a load balancer asks, what it is told, and how little that costs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from ceapp.database import db
from ceapp.database.revisions import head
from ceapp.operating import health
from ceapp.operating.health import Probe, is_served

READY = "/healthz/ready"


@pytest.fixture
def stopping() -> Iterator[threading.Event]:
    yield health.stopping
    health.stopping.clear()


def answer(app: Flask, address: str = READY) -> tuple[int, str]:
    response = app.test_client().get(address)
    return response.status_code, response.json["status"]


@pytest.mark.both_databases
def test_a_sound_process_is_ready(app: Flask) -> None:
    assert answer(app) == (200, "ready")


def test_live_asks_nobody_and_neither_looks_up_a_sign_in(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    client = app.test_client()
    client.set_cookie("ceapp", "some token")
    with caplog.at_level(logging.INFO):
        assert client.get("/healthz").json == {"status": "ok"}
        assert asked == []
        assert client.get(READY).status_code == 200
    assert [each for each in asked if not each.startswith(("BEGIN", "PRAGMA"))] == ["SELECT version_num FROM alembic_version"]
    assert caplog.records == []


@pytest.mark.both_databases
def test_an_older_shape_is_not_ready(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert answer(app) == (503, "schema")
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert answer(app) == (503, "schema")


def test_a_newer_shape_is_served_while_the_nodes_are_upgraded_one_by_one() -> None:
    assert [is_served(each) for each in (head(), "0001", None, "9999")] == [True, False, False, True]


def test_a_database_that_is_gone_is_not_ready(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        db.engine.dispose()
    (tmp_path / "ceapp.sqlite3").write_bytes(b"no database at all" * 100)
    assert answer(app) == (503, "database")
    assert answer(app, "/healthz") == (200, "ok")


def test_a_database_that_hangs_is_not_ready_within_a_moment_and_asked_once(app: Flask) -> None:
    probe, release, asked = Probe(app), threading.Event(), []

    def hangs() -> str:
        asked.append("")
        release.wait(30)
        return head()

    probe._revision = hangs  # type: ignore[method-assign]
    assert [probe.trouble(0.01) for _ in range(3)] == ["database"] * 3
    assert len(asked) == 1
    release.set()
    assert probe.trouble(30) == ""


def test_a_process_that_was_told_to_stop_is_not_ready_but_lives(app: Flask, stopping: threading.Event) -> None:
    stopping.set()
    assert answer(app) == (503, "stopping")
    assert answer(app, "/healthz") == (200, "ok")


def test_it_says_nothing_else(app: Flask) -> None:
    response = app.test_client().get(READY)
    assert response.text == '{"status":"ready"}\n'
    assert "Set-Cookie" not in response.headers
