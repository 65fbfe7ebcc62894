"""R18: a served installation delivers its mail by itself, and a mail server in trouble, or a kill, costs neither pages nor messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from ceapp.app import create_app
from ceapp.config import load_settings
from ceapp.database import db
from ceapp.mail.models import Message
from ceapp.mail.queries import is_waiting
from ceapp.mail.service import queue
from tests.mail.post_office import Manner, PostOffice
from tests.reliability.installation import Installation
from tests.reliability.server import wait_until

pytestmark = pytest.mark.xdist_group("server")

Queue = Callable[[int], None]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as made:
        yield made


@pytest.fixture
def posting(installation: Installation, office: PostOffice) -> Installation:
    """An installation that sends its mail to the post office."""
    settings = f'mail_url = "{office.url()}"\nmail_from = "CE office <ce@example.org>"\n'
    (installation.instance / "settings.toml").write_text(settings)
    return installation


@pytest.fixture
def queue_mail(installation: Installation) -> Iterator[Queue]:
    """Queue so many messages to people of their own, from a process beside the server."""
    app: Flask = create_app(load_settings({}, instance=str(installation.instance), scenarios=str(installation.scenarios)))

    def queue_them(count: int) -> None:
        for _ in range(count):
            person = installation.somebody()
            with app.app_context():
                queue("sign-in-reset", f"test:{person.id}", person_id=person.id, values={}, now=datetime.now(UTC))

    yield queue_them
    with app.app_context():
        db.engine.dispose()


def waiting(installation: Installation) -> int:
    return installation.count(Message, is_waiting())


def test_r18_a_server_delivers_what_waits_once(posting: Installation, office: PostOffice, queue_mail: Queue) -> None:
    queue_mail(12)
    posting.server.start()
    wait_until(lambda: waiting(posting) == 0, "all messages are sent")
    queue_mail(1)  # The server finds it by itself: no page of it was told.
    wait_until(lambda: waiting(posting) == 0, "a later message is sent")
    sent = Counter(mail.message["Message-ID"] for mail in office.arrived)
    assert (len(sent), set(sent.values())) == (13, {1})
    assert "@example.org" not in posting.server.log


def test_r18_pages_answer_while_the_mail_server_hangs(posting: Installation, office: PostOffice, queue_mail: Queue) -> None:
    office.manner = Manner.HANGS
    queue_mail(3)
    posting.server.start()
    visitor = posting.visitor(posting.somebody())
    workers = len(posting.server.workers())
    wait_until(lambda: office.connections >= workers, "a sender of every worker hangs")
    for address in ("/", "/courses", "/account") * 3:
        assert visitor.get(address)[0] == 200
    assert waiting(posting) == 3
    office.manner = Manner.TAKES
    queue_mail(1)
    office.wait_for(1)
    posting.server.stop()
    assert "Traceback" not in posting.server.log


def test_r18_a_killed_sender_loses_nothing_and_doubles_at_most_what_it_held(
    posting: Installation, office: PostOffice, queue_mail: Queue
) -> None:
    queue_mail(20)
    office.manner = Manner.HANGS_AFTER_DATA
    posting.server.start()
    senders = len(posting.server.workers())
    office.wait_for(senders)
    posting.server.kill()
    office.manner = Manner.TAKES
    assert waiting(posting) == 20
    _let_leases_end(posting)
    posting.server.start()
    wait_until(lambda: waiting(posting) == 0, "all messages are sent")
    sent = Counter(mail.message["Message-ID"] for mail in office.arrived)
    assert len(sent) == 20
    assert sum(sent.values()) <= 20 + senders


def _let_leases_end(installation: Installation) -> None:
    """As five minutes would."""
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    with installation.engine() as engine, Session(engine) as session:
        session.execute(update(Message).where(Message.taken_until.is_not(None)).values(taken_until=earlier))
        session.commit()


def test_without_a_mail_server_the_terminal_says_that_messages_wait(installation: Installation, queue_mail: Queue) -> None:
    queue_mail(2)
    installation.server.start()
    assert installation.server.log.count("2 messages waiting: ceapp mail show prints them.") == 1
    assert waiting(installation) == 2
