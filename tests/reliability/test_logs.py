"""H2: nothing that people type, and no secret, reaches what the server prints, whatever breaks."""

from __future__ import annotations

import json
import re
import secrets
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.visitor import Visitor
from ceapp.database.engine import sqlite
from tests.harness.databases import SqliteDatabases
from tests.reliability.installation import Installation
from tests.reliability.journeys import Filled, form_at, to_reflection, writing
from tests.reliability.server import wait_until

BREAKAGES = {
    "an answer that the database refuses": ("CREATE TRIGGER broken BEFORE INSERT ON answer BEGIN SELECT RAISE(ABORT, 'broken'); END", 409),
    "a table of texts that is gone": ("DROP TABLE reflection", 503),
    "an attempt without its options": ("UPDATE attempt SET option_order = '[]'", 500),
    "a sign-in that cannot be looked up": ("DROP TABLE sign_in", 503),
}
"""What is done to the database under the running server, one after the other, and what the answer to a post then is."""


class Planted:
    """Marks that are typed everywhere and looked for in the log."""

    def __init__(self) -> None:
        self.marks: dict[str, str] = {}

    def mark(self, what: str) -> str:
        return self.marks.setdefault(what, f"planted{secrets.token_hex(8)}")

    def leaked(self, log: str) -> list[str]:
        return [what for what, mark in self.marks.items() if mark in log]


@pytest.fixture
def planted() -> Planted:
    return Planted()


@pytest.mark.sqlite_only
def test_h2_nothing_typed_is_printed_whatever_breaks(installation: Installation, planted: Planted) -> None:
    server = installation.server
    server.start()
    somebody = installation.somebody()
    planted.marks["the token of a sign-in"] = somebody.token
    visitor = installation.visitor(somebody)
    _type_everywhere(installation.visitor(), planted)
    attempt, text = to_reflection(visitor), f"What I would say is {planted.mark('a reflection')}."
    draft = writing(visitor, attempt, text)
    assert Filled(f"{draft.action}/draft", draft.fields).send(visitor).status == 303
    written = writing(visitor, attempt, text)
    planted.marks["the key of a form"] = written.key
    for breakage, (statement, status) in BREAKAGES.items():
        _break(installation, statement)
        reply = written.send(visitor)
        assert reply.status == status, breakage
        if status >= 500:
            (number,) = re.findall(r"<code>([0-9a-f]{12})</code>", reply.page)
            assert f"request {number}: " in server.log
    server.kill_worker(0)
    server.stop()
    assert "AttributeError at " in server.log or "TypeError at " in server.log
    assert planted.leaked(server.log) == []
    _is_all_lines(server.log)
    requests = [line for line in _lines(server.log) if line["logger"] == "ceapp.requests" and "request" in line]
    assert {(line["rule"], line["status"]) for line in requests} >= {
        ("/account/sign-in", 422),
        ("/account/sign-up", 303),
        ("/verify/<code>", 404),
        ("/set-up/<token>", 404),
        ("/attempts/<uuid:attempt_id>/<int:number>", 409),
        ("/attempts/<uuid:attempt_id>/<int:number>", 500),
        ("/attempts/<uuid:attempt_id>/<int:number>", 503),
    }
    assert {line["actor"] for line in requests if line["status"] == 409} == {str(somebody.id)}
    assert {line["level"] for line in requests if line["status"] == 404} == {"warning"}
    assert not any(line["rule"].startswith("/healthz") for line in requests)


def test_slow_statements_and_granian_and_the_jobs_write_such_lines_too(
    tmp_path: Path, sqlite_databases: SqliteDatabases, planted: Planted
) -> None:
    installation = Installation(tmp_path, sqlite_databases, slow_query_ms="1", drain_seconds="0")
    try:
        server = installation.server
        server.start()
        _type_everywhere(installation.visitor(), planted)
        server.kill_worker(0)
        wait_until(lambda: "Unexpected exit" in server.log, "granian says that a worker is gone")
        wait_until(lambda: any(line["logger"] == "ceapp.slow" for line in _lines(server.log)), "a statement takes a millisecond")
        server.stop()
        _is_all_lines(server.log)
        slow = [line for line in _lines(server.log) if line["logger"] == "ceapp.slow"]
        assert all({"ms", "statement"} <= set(line) for line in slow)
        assert any(line["logger"].startswith("_granian") and line["level"] == "error" for line in _lines(server.log))
        assert planted.leaked(server.log) == []
    finally:
        installation.close()


SAID = re.compile(r"(Serving on |There is no administrator yet\. |sample|limited|Published |Nothing |[0-9]+ messages? waiting)")
"""How what is said to whoever starts the server begins; that is on the standard output, and no log."""


def _is_all_lines(log: str) -> None:
    assert [line for line in log.splitlines() if not line.startswith("{") and not SAID.match(line)] == []
    assert all(line["at"].endswith("+00:00") and line["level"] in ("info", "warning", "error") for line in _lines(log))


def _lines(log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def test_h2_control_a_leak_would_be_found(planted: Planted) -> None:
    mark = planted.mark("a password")
    planted.mark("a code")
    assert planted.leaked(f"Traceback …\nValueError: {mark} is wrong") == ["a password"]


def _type_everywhere(stranger: Visitor, planted: Planted) -> None:
    """Somebody fails to sign in, signs up, and tries a code and a set-up link."""
    password, email = planted.mark("a password") * 2, f"{planted.mark('an e-mail address')}@example.org"
    wanted = f"?next=/courses/{planted.mark('an address')}"
    tried = (("email", email), ("password", password), ("again", password))
    for address, status in ((f"/account/sign-in{wanted}", 422), (f"/account/sign-up{wanted}", 303)):
        form = form_at(stranger, address, address)
        assert Filled(form.action, (*form.fields, *tried)).send(stranger).status == status
    link = f"/set-up/{planted.mark('a link')}"
    for address in (f"/verify/{planted.mark('a code')}", f"/verify?code={planted.mark('a typed code')}", link):
        assert stranger.get(address)[0] == 404
    seal = form_at(stranger, "/account", "/account").values("csrf_token")[0]
    assert stranger.send("POST", link, [("csrf_token", seal), *tried]).status in (404, 422)


def _break(installation: Installation, statement: str) -> None:
    with closing(sqlite.connect(str(installation.instance / "ceapp.sqlite3"), isolation_level=None, timeout=30)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'keep_attempt%'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
