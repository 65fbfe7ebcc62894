"""R18: a served installation delivers its mail by itself, and a mail server in trouble, or a kill, costs neither pages nor messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from ceapp.app import create_app
from ceapp.config import load_settings
from ceapp.database import db
from ceapp.learning.models import Answer
from ceapp.mail.models import Message
from ceapp.mail.queries import is_waiting
from ceapp.mail.service import queue
from tests.mail.post_office import Manner, PostOffice
from tests.reliability.installation import Installation
from tests.reliability.journeys import begin, choosing, enrol, page
from tests.reliability.rounds import rounds
from tests.reliability.server import wait_until
from tests.reliability.weakened import weaken

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


@pytest.mark.parametrize("manner", [Manner.HANGS, Manner.BUSY, Manner.REFUSES_RECIPIENT_FOR_NOW, Manner.DROPS])
def test_r18_handing_in_goes_on_and_no_message_is_lost_whatever_the_mail_server_does(
    posting: Installation, office: PostOffice, queue_mail: Queue, manner: Manner
) -> None:
    """No thread that answers waits for mail: more answers are handed in than there are threads, while every sender is held up."""
    office.manner = manner
    queue_mail(4)
    posting.server.start()
    wait_until(lambda: office.connections or posting.count(Message, Message.problem != ""), "a sender has come")
    visitors = [posting.visitor(posting.somebody()) for _ in range(10 * rounds(1, 20))]
    for visitor in visitors:
        enrol(visitor)
        filled = choosing(page(visitor, f"{begin(visitor, 'short')}/1"), 1, "Like it.")
        assert filled.send(visitor).status == 303
    assert posting.count(Answer) == len(visitors)
    assert waiting(posting) == 4
    posting.server.stop()
    office.manner, tried = Manner.TAKES, Counter(mail.message["Message-ID"] for mail in office.arrived)
    _let_leases_end(posting)
    posting.server.start()
    wait_until(lambda: waiting(posting) == 0, "all messages are sent")
    sent = Counter(mail.message["Message-ID"] for mail in office.arrived)
    assert len(sent) == 4
    assert all(count == 1 + tried[message_id] for message_id, count in sent.items())


def test_r18_every_kill_of_the_senders_doubles_at_most_what_they_held(posting: Installation, office: PostOffice, queue_mail: Queue) -> None:
    kills, held = rounds(3, 50), 0
    queue_mail(4 * kills)
    for _ in range(kills):
        office.manner = Manner.HANGS_AFTER_DATA
        before = len(office.arrived)
        posting.server.start()
        office.wait_for(before + 1)
        posting.server.kill()
        held += len(office.arrived) - before
        _let_leases_end(posting)
    assert waiting(posting) == 4 * kills
    office.manner = Manner.TAKES
    posting.server.start()
    wait_until(lambda: waiting(posting) == 0, "all messages are sent")
    sent = Counter(mail.message["Message-ID"] for mail in office.arrived)
    assert len(sent) == 4 * kills
    assert sum(sent.values()) == 4 * kills + held, "a message was doubled that no killed sender held"
    assert held <= 2 * kills


def test_r18_control_a_sender_that_notes_it_before_it_is_sent_loses_messages(
    posting: Installation, office: PostOffice, queue_mail: Queue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Acknowledged too early: the same kill, and what was held is never sent."""
    weaken(
        monkeypatch,
        tmp_path,
        """
        from ceapp.mail import outbox
        outbox.is_still_to_send = lambda taken: outbox.record_after(taken, taken.due_at) is None
        """,
    )
    queue_mail(4)
    office.manner = Manner.HANGS_AFTER_DATA
    posting.server.start()
    office.wait_for(1)
    posting.server.kill()
    assert waiting(posting) < 4


def _let_leases_end(installation: Installation) -> None:
    """As some minutes would, for messages that are being sent and for those that are to be tried again."""
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    with installation.engine() as engine, Session(engine) as session:
        session.execute(update(Message).where(Message.taken_until.is_not(None)).values(taken_until=earlier))
        session.execute(update(Message).where(is_waiting()).values(due_at=earlier))
        session.commit()


def test_without_a_mail_server_the_terminal_says_that_messages_wait(installation: Installation, queue_mail: Queue) -> None:
    queue_mail(2)
    installation.server.start()
    assert installation.server.log.count("2 messages waiting: ceapp mail show prints them.") == 1
    assert waiting(installation) == 2
