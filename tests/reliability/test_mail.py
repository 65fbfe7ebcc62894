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

from bench.visitor import Visitor
from ceapp.app import create_app
from ceapp.config import load_settings
from ceapp.database import db
from ceapp.learning.models import Answer
from ceapp.mail.models import Message
from ceapp.mail.queries import is_waiting
from ceapp.mail.service import queue
from tests.mail.post_office import Manner, PostOffice
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.journeys import begin, choosing, enrol, page
from tests.reliability.rounds import WORKERS, rounds
from tests.reliability.server import wait_until
from tests.reliability.weakened import weaken

Queue = Callable[[int], None]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as made:
        yield made


@pytest.fixture
def posting(installation: Installation, office: PostOffice) -> Installation:
    """An installation that sends its mail to the post office."""
    settings = f'mail_url = "{office.url()}"\nmail_from = "CE office <ce@example.org>"\nworkers = {WORKERS}\n'
    (installation.instance / "settings.toml").write_text(settings)
    return installation


@pytest.fixture
def queue_mail(installation: Installation) -> Iterator[Queue]:
    """Queue so many messages to people of their own, from a process beside the server."""
    folders = {"instance": str(installation.instance), "scenarios": str(installation.scenarios)}
    app: Flask = create_app(load_settings({}, **folders, database_url=installation.server.database_url))

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


@pytest.mark.full_form
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


@pytest.mark.full_form
@pytest.mark.parametrize("manner", [Manner.HANGS, Manner.BUSY, Manner.REFUSES_RECIPIENT_FOR_NOW, Manner.DROPS])
def test_r18_handing_in_goes_on_and_no_message_is_lost_whatever_the_mail_server_does(
    posting: Installation, office: PostOffice, queue_mail: Queue, manner: Manner, figures: Callable[..., Figures]
) -> None:
    """No thread that answers waits for mail: more answers are handed in than there are threads, while every sender is held up."""
    row = figures("R18 handing in", manner.name.lower().replace("_", " "), 10 * rounds(1, 20))
    office.manner = manner
    queue_mail(4)
    posting.server.start()
    wait_until(lambda: office.connections or posting.count(Message, Message.problem != ""), "a sender has come")
    visitors = [posting.visitor(posting.somebody()) for _ in range(row.asked)]
    for visitor in visitors:
        _hand_in(visitor)
        row.done, row.acknowledged = row.done + 1, row.acknowledged + 1
    row.lost = row.acknowledged - posting.count(Answer)
    assert row.lost == 0
    assert waiting(posting) == 4
    posting.server.stop()
    office.manner, tried = Manner.TAKES, Counter(mail.message["Message-ID"] for mail in office.arrived)
    _let_leases_end(posting)
    posting.server.start()
    wait_until(lambda: waiting(posting) == 0, "all messages are sent")
    sent = Counter(mail.message["Message-ID"] for mail in office.arrived)
    assert len(sent) == 4
    assert all(count == 1 + tried[message_id] for message_id, count in sent.items())


def test_r18_every_kill_of_the_senders_doubles_at_most_what_they_held(
    posting: Installation, office: PostOffice, queue_mail: Queue, figures: Callable[..., Figures]
) -> None:
    row, held = figures("R18 kills", rounds=rounds(1, 50)), 0
    queue_mail(4 * row.asked)
    while row.done < row.asked:
        office.manner = Manner.HANGS_AFTER_DATA
        before = len(office.arrived)
        posting.server.start()
        office.wait_for(before + 1)
        _hand_in(posting.visitor(posting.somebody()))  # While its sender waits for the mail server.
        posting.server.kill()
        held, row.done = held + len(office.arrived) - before, row.done + 1
        _let_leases_end(posting)
    assert posting.count(Answer) == row.asked
    assert waiting(posting) == 4 * row.asked
    office.manner = Manner.TAKES
    posting.server.start()
    wait_until(lambda: waiting(posting) == 0, "all messages are sent")
    queue_mail(1)  # The server finds it by itself: no page of it was told.
    wait_until(lambda: waiting(posting) == 0, "a later message is sent")
    sent = Counter(mail.message["Message-ID"] for mail in office.arrived)
    row.acknowledged = 4 * row.asked + 1
    row.lost, row.note = row.acknowledged - len(sent), f"{sent.total() - len(sent)} of {held} held messages were doubled"
    assert row.lost == 0
    assert sent.total() == row.acknowledged + held, "a message was doubled that no killed sender held"
    assert held <= 2 * row.asked
    assert "@example.org" not in posting.server.log


def test_r18_control_a_sender_that_notes_it_before_it_is_sent_loses_messages(
    posting: Installation,
    office: PostOffice,
    queue_mail: Queue,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    figures: Callable[..., Figures],
) -> None:
    """Acknowledged too early: the same kill, and what was held is never sent."""
    row = figures("R18 kills", "control", 1)
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
    row.done, row.lost = 1, 4 - waiting(posting)
    row.control = "tripped" if row.lost else "did NOT trip"
    assert row.lost > 0


def _hand_in(visitor: Visitor) -> None:
    enrol(visitor)
    filled = choosing(page(visitor, f"{begin(visitor, 'short')}/1"), 1, "Like it.")
    assert filled.send(visitor).status == 303


def _let_leases_end(installation: Installation) -> None:
    """As some minutes would, for messages that are being sent and for those that are to be tried again."""
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    with installation.engine() as engine, Session(engine) as session:
        session.execute(update(Message).where(Message.taken_until.is_not(None)).values(taken_until=earlier))
        session.execute(update(Message).where(is_waiting()).values(due_at=earlier))
        session.commit()


@pytest.mark.full_form
def test_without_a_mail_server_the_terminal_says_that_messages_wait(installation: Installation, queue_mail: Queue) -> None:
    queue_mail(2)
    installation.server.start()
    assert installation.server.log.count("2 messages waiting: ceapp mail show prints them.") == 1
    assert waiting(installation) == 2
