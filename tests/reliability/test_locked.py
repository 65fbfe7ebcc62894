"""R4: a locked database waits, then refuses politely and keeps what was typed; reading goes on meanwhile."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from bench.visitor import Reply, Visitor, form
from ceapp.keys import Keys
from ceapp.learning.models import Reflection
from tests.conftest import USUAL_DATABASE
from tests.reliability.conftest import Installations
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.journeys import Filled, page, to_reflection, writing
from tests.reliability.ledger import Acknowledged, faults_of
from tests.reliability.posting import lost
from tests.reliability.rounds import WORKERS, together

pytestmark = pytest.mark.usefixtures("sound")

TEXT = 'I would write down what was asked,\r\nwhat I answered, and <why>: TST A.1 & "B.2".'
HALF_A_MINUTE = 30
STUCK = 10.0
"""Seconds after which a worker that has not answered counts as stuck."""
_HOLD = """
import sys
from ceapp.database.engine import sqlite
connection = sqlite.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
connection.close()
"""


@contextmanager
def held(installation: Installation) -> Iterator[None]:
    """Another process holds the SQLite database, or the tables of PostgreSQL that answers are written to, until the end of the block."""
    with _sqlite_held(installation) if installation.server.database_url.startswith("sqlite") else _postgresql_held(installation):
        yield


@contextmanager
def _sqlite_held(installation: Installation) -> Iterator[None]:
    path = str(installation.instance / "ceapp.sqlite3")
    with subprocess.Popen([sys.executable, "-c", _HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            process.stdin.close()
            process.wait()


@contextmanager
def _postgresql_held(installation: Installation) -> Iterator[None]:
    with installation.engine() as engine, engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("LOCK TABLE answer, reflection IN SHARE ROW EXCLUSIVE MODE"))
        yield
        transaction.rollback()


@pytest.fixture
def stage(kind: str, request: pytest.FixtureRequest, installations: Installations) -> Iterator[Installation]:
    """A served installation on each kind of database."""
    if kind == "sqlite" and USUAL_DATABASE == "sqlite":
        yield request.getfixturevalue("served")
        return
    with installations(kind, workers=WORKERS) as installation:
        installation.server.start()
        yield installation
        assert "Traceback" not in installation.server.log


def at_reflection(served: Installation) -> tuple[Visitor, Filled]:
    """A new person before the question that asks for a text; the form with the text in it."""
    visitor = served.visitor(served.somebody())
    return visitor, writing(visitor, to_reflection(visitor), TEXT)


@pytest.mark.parametrize("seconds", [1.0, pytest.param(4.0, marks=pytest.mark.full_form)])
def test_r4_a_short_wait_succeeds(stage: Installation, seconds: float) -> None:
    assert _answered_while_held(stage, seconds) == ([], 303)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full_form)])
def test_r4_control_a_server_that_does_not_wait_is_found(kind: str, installations: Installations, figures: Callable[..., Figures]) -> None:
    """The same short lock at a server that refuses at once: nobody waits, and what was sent is not saved."""
    row = figures("R4 locks", f"control {kind}, no waiting", 1)
    with installations(kind, "wait_never", workers=WORKERS) as installation:
        installation.server.start()
        meanwhile, last = _answered_while_held(installation, 4.0)
    row.done, row.control = 1, "tripped" if (meanwhile, last) == ([503], 503) else "did NOT trip"
    assert row.control == "tripped"


def _answered_while_held(installation: Installation, seconds: float) -> tuple[list[int], int]:
    """What a form got while the database was held, and in the end."""
    visitor, filled = at_reflection(installation)
    replies: list[Reply] = []
    post = threading.Thread(target=lambda: replies.append(filled.send(visitor)))
    with held(installation):
        post.start()
        post.join(seconds)  # The lock is meant to last.
        meanwhile = [reply.status for reply in replies]
    post.join()
    return meanwhile, replies[0].status


def test_r4_a_long_one_is_refused_and_keeps_the_text_and_reading_goes_on(stage: Installation) -> None:
    (writer, answer), (drafter, written) = at_reflection(stage), at_reflection(stage)
    draft = Filled(f"{written.action}/draft", written.fields)
    reader, waiting = at_reflection(stage)
    refused: list[Reply] = []
    with held(stage):
        begun = time.monotonic()
        posts = threading.Thread(target=lambda: refused.extend(together([lambda: answer.send(writer), lambda: draft.send(drafter)])))
        posts.start()
        for address in ("/", "/courses", "/courses/sample", "/account", "/certificates", waiting.action):
            assert page(reader, address)
        assert not refused, "reading waited for the lock"
        posts.join()
        assert time.monotonic() - begun < 20
    for visitor, form_sent, reply in ((writer, answer, refused[0]), (drafter, draft, refused[1])):
        assert (reply.status, int(reply.headers["Retry-After"]) > 0, "nothing was saved" in reply.page) == (503, True, True)
        again = sent_again(reply.page, form_sent.action)
        assert (again.key, again.values("text")) == (form_sent.key, [TEXT])
        assert again.send(visitor).status == 303
    with stage.engine() as engine:
        attempt_id = UUID(answer.action.split("/")[2])
        assert faults_of(engine, [Acknowledged(attempt_id, answer)], keys=stage.keys) == []
        assert drafts(engine, stage.keys) >= {TEXT}


@pytest.mark.full_form
def test_r4_half_a_minute_is_answered_in_ten_seconds_and_ends(stage: Installation, kind: str, figures: Callable[..., Figures]) -> None:
    """Everybody who writes is told within ten seconds, again and again; without the lock they succeed."""
    row, slowest = figures("R4 locks", kind), 0.0
    for _ in range(row.asked):
        visitor, filled = at_reflection(stage)
        with held(stage):
            begun = time.monotonic()
            while time.monotonic() - begun < HALF_A_MINUTE:
                asked_at = time.monotonic()
                reply = filled.send(visitor)
                slowest = max(slowest, time.monotonic() - asked_at)
                assert (reply.status, int(reply.headers["Retry-After"]) > 0) == (503, True)
        assert filled.send(visitor).status == 303
        row.done, row.acknowledged, row.note = row.done + 1, row.acknowledged + 1, f"refused after {slowest:.1f} s at most"
        assert slowest < STUCK
        with stage.engine() as engine:
            faults = faults_of(engine, [Acknowledged(UUID(filled.action.split("/")[2]), filled)], keys=stage.keys)
            row.lost += lost(faults)
            assert faults == []


@pytest.mark.full_form
def test_r4_control_a_worker_that_is_stuck_is_found(kind: str, installations: Installations, figures: Callable[..., Figures]) -> None:
    """The same lock at a server that waits as long as it lasts: nobody is told anything within ten seconds."""
    row = figures("R4 locks", f"control {kind}, waiting for ever", 1)
    with installations(kind, "wait_for_ever", workers=WORKERS) as installation:
        installation.server.start()
        meanwhile, _ = _answered_while_held(installation, STUCK)
    row.done, row.control = 1, "did NOT trip" if meanwhile else "tripped"
    assert row.control == "tripped"


def sent_again(page_text: str, action_ends: str) -> Filled:
    """The form of an error page, with what it holds, as a browser would send it."""
    action, hidden, body = form(page_text, action_ends)
    areas = re.findall(r"<textarea[^>]*name=\"([^\"]+)\"[^>]*>\n?(.*?)</textarea>", body, re.S)
    return Filled(action, (*hidden, *((name, html.unescape(value)) for name, value in areas)))


def drafts(engine: Engine, keys: Keys) -> set[str]:
    """The texts that were saved and not handed in."""
    with Session(engine) as session:
        return {keys.unseal(row.key_id, row.ciphertext) for row in session.scalars(select(Reflection)) if row.handed_in_at is None}
