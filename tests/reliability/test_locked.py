"""R4: a locked database waits, then refuses politely and keeps what was typed; reading goes on meanwhile."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bench.visitor import Reply, Visitor, form
from ceapp.keys import Keys
from ceapp.learning.models import Reflection
from tests.reliability.installation import Installation
from tests.reliability.journeys import Filled, page, to_reflection, writing
from tests.reliability.ledger import Acknowledged, faults_of
from tests.reliability.rounds import together

pytestmark = [pytest.mark.xdist_group("server"), pytest.mark.usefixtures("sound")]

TEXT = 'I would write down what was asked,\r\nwhat I answered, and <why>: TST A.1 & "B.2".'
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
def locked(served: Installation) -> Iterator[None]:
    """Another process holds the database, until the end of the block."""
    path = str(served.instance / "ceapp.sqlite3")
    with subprocess.Popen([sys.executable, "-c", _HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            process.stdin.close()
            process.wait()


def at_reflection(served: Installation) -> tuple[Visitor, Filled]:
    """A new person before the question that asks for a text; the form with the text in it."""
    visitor = served.visitor(served.somebody())
    return visitor, writing(visitor, to_reflection(visitor), TEXT)


def test_r4_a_short_wait_succeeds(served: Installation) -> None:
    visitor, filled = at_reflection(served)
    replies: list[Reply] = []
    post = threading.Thread(target=lambda: replies.append(filled.send(visitor)))
    with locked(served):
        post.start()
        time.sleep(1)  # The lock is meant to last; nothing is waited for.
        assert not replies
    post.join()
    assert [reply.status for reply in replies] == [303]


def test_r4_a_long_one_is_refused_and_keeps_the_text_and_reading_goes_on(served: Installation) -> None:
    (writer, answer), (drafter, written) = at_reflection(served), at_reflection(served)
    draft = Filled(f"{written.action}/draft", written.fields)
    reader, waiting = at_reflection(served)
    refused: list[Reply] = []
    with locked(served):
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
    with served.engine() as engine:
        attempt_id = UUID(answer.action.split("/")[2])
        assert faults_of(engine, [Acknowledged(attempt_id, answer)], keys=served.keys) == []
        assert drafts(engine, served.keys) >= {TEXT}


def sent_again(text: str, action_ends: str) -> Filled:
    """The form of an error page, with what it holds, as a browser would send it."""
    action, hidden, body = form(text, action_ends)
    areas = re.findall(r"<textarea[^>]*name=\"([^\"]+)\"[^>]*>\n?(.*?)</textarea>", body, re.S)
    return Filled(action, (*hidden, *((name, html.unescape(value)) for name, value in areas)))


def drafts(engine: Engine, keys: Keys) -> set[str]:
    """The texts that were saved and not handed in."""
    with Session(engine) as session:
        return {keys.unseal(row.key_id, row.ciphertext) for row in session.scalars(select(Reflection)) if row.handed_in_at is None}
