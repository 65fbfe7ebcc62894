"""R18: whatever the mail server does, and whenever the sender is killed, no message is lost; reminders go at most once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from ceapp.database import transaction
from ceapp.errors import Unavailable
from ceapp.mail import outbox as box
from ceapp.mail import sender, service
from ceapp.mail.models import Message
from ceapp.mail.outbox import MOST_TRIES, pause_after
from ceapp.mail.smtp import Post
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Member
from tests.mail.conftest import QUICK, SECRET, Outbox
from tests.mail.post_office import Manner, PostOffice

pytestmark = pytest.mark.both_databases


class Killed(BaseException):
    """What a process feels that is killed: nothing after it runs."""


def kill(*_arguments: object) -> Any:
    raise Killed


def ids(office: PostOffice) -> list[str]:
    return [mail.message["Message-ID"] for mail in office.arrived]


def test_a_message_is_sent_once_and_its_values_are_gone(outbox: Outbox, office: PostOffice) -> None:
    made = outbox.queue()
    done = outbox.send()
    assert (done.sent, done.failed, done.waiting) == (1, 0, 0)
    (mail,) = office.arrived
    assert (mail.sender, mail.recipients) == ("ce@example.org", ["person1@example.org"])
    assert SECRET in mail.text
    message = outbox.message(made)
    assert (message.state, message.values, message.problem) == ("sent", b"", "")
    assert outbox.send(minutes=90).sent == 0
    assert len(office.arrived) == 1


def test_many_go_over_one_connection_in_the_order_of_queueing(outbox: Outbox, office: PostOffice) -> None:
    for number in range(1, 6):
        outbox.queue(number)
    assert outbox.send(limit=3).is_full
    assert not outbox.send().is_full
    assert [mail.recipients for mail in office.arrived] == [[f"person{number}@example.org"] for number in range(1, 6)]
    assert office.connections == 2


def test_a_message_that_is_not_due_waits(outbox: Outbox, office: PostOffice) -> None:
    outbox.queue()
    assert outbox.send(minutes=-1).waiting == 1
    assert office.connections == 0


def test_there_is_never_a_second_message_about_the_same(app: Flask, outbox: Outbox) -> None:
    outbox.queue()
    with app.app_context():
        assert service.queue("test-letter", "test:1", person_id=None, values={}, now=NOW) is None


@pytest.mark.parametrize("manner", [Manner.HANGS, Manner.DRIBBLES, Manner.HANGS_UP, Manner.BUSY, Manner.REFUSES_SENDER])
def test_r18_trouble_with_the_server_leaves_everything_waiting(outbox: Outbox, office: PostOffice, manner: Manner) -> None:
    office.manner = manner
    made = [outbox.queue(number, at_most_once=manner is not Manner.REFUSES_SENDER) for number in (1, 2, 3)]
    done = outbox.send()
    assert (done.sent, done.failed, done.waiting) == (0, 0, 3)
    assert office.connections == 1, "the round ends at the first trouble"
    assert outbox.message(made[0]).problem == done.trouble != ""
    office.manner = Manner.TAKES
    assert outbox.send(minutes=3).sent == 3
    assert sorted(mail.recipients[0] for mail in office.arrived) == [f"person{number}@example.org" for number in (1, 2, 3)]


def test_r18_a_refused_connection_leaves_everything_waiting(outbox: Outbox, office: PostOffice) -> None:
    office.close()
    outbox.queue()
    done = outbox.send()
    assert (done.sent, done.waiting, done.trouble) == (0, 1, "no connection to the mail server (ConnectionRefusedError)")


@pytest.mark.parametrize("manner", [Manner.DROPS, Manner.HANGS_AFTER_DATA])
def test_r18_taken_and_then_dropped_is_sent_again_and_can_be_recognised(outbox: Outbox, office: PostOffice, manner: Manner) -> None:
    office.manner = manner
    outbox.queue()
    assert outbox.send().waiting == 1
    office.manner = Manner.TAKES
    assert outbox.send(minutes=3).sent == 1
    assert len(ids(office)) == 2
    assert len(set(ids(office))) == 1


@pytest.mark.parametrize("manner", [Manner.DROPS, Manner.HANGS_AFTER_DATA, Manner.REFUSES_RECIPIENT_FOR_NOW, Manner.REFUSES_MESSAGE])
def test_r18_at_most_once_is_never_handed_over_twice(outbox: Outbox, office: PostOffice, manner: Manner) -> None:
    office.manner = manner
    made = outbox.queue(at_most_once=True)
    done = outbox.send()
    assert (done.sent, done.failed, done.waiting) == (0, 1, 0)
    message = outbox.message(made)
    assert (message.state, message.values, bool(message.problem)) == ("perhaps sent", b"", True)
    office.manner = Manner.TAKES
    for minutes in (3, 60, 3000):
        assert outbox.send(minutes=minutes).sent == 0
    assert len(office.arrived) <= 1


def test_r18_at_most_once_waits_for_a_server_that_is_away(outbox: Outbox, office: PostOffice) -> None:
    office.manner = Manner.HANGS_UP
    outbox.queue(at_most_once=True)
    assert outbox.send().waiting == 1
    office.manner = Manner.TAKES
    assert outbox.send(minutes=3).sent == 1


def test_a_recipient_refused_for_good_is_given_up_and_the_others_go(outbox: Outbox, office: PostOffice) -> None:
    office.refused.add("person1@example.org")
    refused, _ = outbox.queue(1), outbox.queue(2)
    done = outbox.send()
    assert (done.sent, done.failed, done.waiting) == (1, 1, 0)
    message = outbox.message(refused)
    assert (message.state, message.problem) == ("given up", "the mail server refuses the recipient (550)")


def test_a_recipient_refused_for_now_is_tried_again_later_and_later(outbox: Outbox, office: PostOffice) -> None:
    office.manner = Manner.REFUSES_RECIPIENT_FOR_NOW
    made = outbox.queue()
    at = 1.0
    for number in range(1, MOST_TRIES):
        assert outbox.send(minutes=at).waiting == 1
        message = outbox.message(made)
        pause = pause_after(number)
        assert (message.tries, message.taken_until) == (number, None)
        assert pause <= message.due_at - (NOW + timedelta(minutes=at)) < pause + timedelta(minutes=1)
        assert outbox.send(minutes=at + pause.total_seconds() / 60 - 0.1).waiting == 1
        assert outbox.message(made).tries == number, "not before its time"
        at += pause.total_seconds() / 60 + 1
    assert outbox.send(minutes=at).failed == 1
    assert (message.problem, outbox.message(made).state) == ("the mail server refuses the recipient (450)", "given up")
    assert at < 27 * 60


def test_a_letter_that_cannot_be_composed_keeps_no_other(outbox: Outbox, office: PostOffice, app: Flask) -> None:
    broken, fine = outbox.queue(1), outbox.queue(2)

    def break_first(message: Message) -> None:
        if message.id == broken:
            raise ValueError(f"the secret {SECRET}")

    outbox.before = break_first
    with app.app_context():
        unknown = service.queue("no-such-letter", "test:3", person_id=None, values={}, now=NOW)
    assert unknown is not None
    done = outbox.send()
    assert (done.sent, done.failed, done.waiting) == (1, 0, 2)
    assert outbox.message(fine).state == "sent"
    assert outbox.message(broken).problem == "the letter could not be composed (ValueError)"
    assert outbox.message(unknown).problem == "the letter could not be composed (KeyError)"
    outbox.before = lambda _message: None
    assert outbox.send(minutes=3).sent == 1


def test_a_letter_with_nothing_to_say_is_cancelled(outbox: Outbox, office: PostOffice) -> None:
    made = outbox.queue(over=True)
    assert outbox.send().waiting == 0
    message = outbox.message(made)
    assert (message.state, message.values, office.arrived) == ("cancelled", b"", [])


def test_r18_killed_between_taking_and_sending(outbox: Outbox, office: PostOffice) -> None:
    outbox.queue()
    outbox.before = kill
    with pytest.raises(Killed):
        outbox.send(minutes=1)
    outbox.before = lambda _message: None
    assert outbox.send(minutes=5).sent == 0, "another sender may still be at work"
    assert outbox.send(minutes=7).sent == 1
    assert len(office.arrived) == 1


def test_r18_killed_between_sending_and_recording_gives_one_duplicate(
    outbox: Outbox, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.queue()
    with monkeypatch.context() as patch:
        patch.setattr(box, "record_after", kill)
        with pytest.raises(Killed):
            outbox.send()
    assert outbox.send(minutes=7).sent == 1
    assert len(ids(office)) == 2
    assert len(set(ids(office))) == 1


def test_r18_a_database_that_is_locked_for_a_while_costs_no_duplicate(
    outbox: Outbox, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.queue()
    record_after, refusals = box.record_after, [Unavailable(), Unavailable()]

    def locked(*arguments: Any) -> None:
        if refusals:
            raise refusals.pop()
        record_after(*arguments)

    monkeypatch.setattr(box, "record_after", locked)
    assert outbox.send().sent == 1
    assert outbox.send(minutes=60).sent == 0
    assert len(office.arrived) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_r18_killed_at_most_once_is_not_sent_again(
    outbox: Outbox, office: PostOffice, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    outbox.queue(at_most_once=True)
    hand_over = Post.hand_over

    def dying(post: Post, message: Any) -> None:
        if moment == "after":
            hand_over(post, message)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Post, "hand_over", dying)
        with pytest.raises(Killed):
            outbox.send()
    assert outbox.send(minutes=7).sent == 0
    assert len(office.arrived) == (1 if moment == "after" else 0)


def test_r18_senders_at_the_same_time_send_each_message_once(app: Flask, outbox: Outbox, office: PostOffice) -> None:
    made = {outbox.queue(number, at_most_once=bool(number % 2)) for number in range(1, 25)}
    rounds = at_once(app, 4, lambda _number: sender.send_waiting(NOW + timedelta(minutes=1), patience=30))
    assert sum(each.sent for each in rounds) == len(made)
    assert len(ids(office)) == len(set(ids(office))) == len(made)


def test_control_senders_without_the_lease_send_twice(
    app: Flask, outbox: Outbox, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the test above means something."""
    monkeypatch.setattr(box, "LEASE", timedelta())
    monkeypatch.setattr(box, "is_still_to_send", lambda _taken: True)
    for number in range(1, 13):
        outbox.queue(number)
    at_once(app, 4, lambda _number: sender.send_waiting(NOW + timedelta(minutes=1), patience=30))
    assert len(ids(office)) > 12


def suspended(app: Flask, person_id: UUID) -> None:
    with app.app_context(), transaction():
        service.cancel_mail_of(person_id, now=NOW + timedelta(minutes=1))


def test_a6_suspension_cancels_what_waits_and_what_was_given_up(app: Flask, outbox: Outbox, office: PostOffice, tess: Member) -> None:
    office.refused.add("person1@example.org")
    given_up, other = outbox.queue(1, person_id=tess.id), outbox.queue(2)
    assert outbox.send().failed == 1
    waiting = outbox.queue(3, person_id=tess.id)
    suspended(app, tess.id)
    for each in (given_up, waiting):
        assert (outbox.message(each).state, outbox.message(each).values) == ("cancelled", b"")
    assert outbox.send(minutes=9).sent == 0
    assert outbox.message(other).state == "sent"


@pytest.mark.parametrize("at_most_once", [False, True])
def test_a6_suspension_also_cancels_what_a_sender_has_taken(
    app: Flask, outbox: Outbox, office: PostOffice, tess: Member, at_most_once: bool
) -> None:
    made = outbox.queue(person_id=tess.id, at_most_once=at_most_once)

    def meanwhile(_message: Message) -> None:
        (result,) = at_once(app, 1, lambda _number: suspended(app, tess.id))
        assert result is None

    outbox.before = meanwhile
    assert outbox.send().sent == 0
    assert office.arrived == []
    assert outbox.message(made).state == "cancelled"


def test_a_sender_that_lost_its_message_does_not_hand_it_over(app: Flask, outbox: Outbox, office: PostOffice) -> None:
    """It composed for so long that another one took the message."""
    made = outbox.queue()

    def another(_message: Message) -> None:
        outbox.before = lambda _message: None
        (result,) = at_once(app, 1, lambda _number: sender.send_waiting(NOW + timedelta(minutes=10), patience=QUICK))
        assert result.sent == 1

    outbox.before = another
    assert outbox.send().sent == 0
    assert len(office.arrived) == 1
    assert outbox.message(made).state == "sent"


@pytest.mark.parametrize("manner", [*Manner])
def test_h2_no_log_line_and_no_problem_tells_of_a_letter(
    outbox: Outbox, office: PostOffice, caplog: pytest.LogCaptureFixture, manner: Manner
) -> None:
    caplog.set_level("INFO")
    office.manner = manner
    made = [outbox.queue(number, to="hidden.person@example.org", subject="Hidden subject") for number in (1, 2)]
    made.append(outbox.queue(3, to="hidden\r\nBcc: eve@example.org"))

    def break_second(message: Message) -> None:
        if message.id == made[1]:
            raise ValueError(f"hidden.person@example.org {SECRET}")

    outbox.before = break_second
    for minutes in (1, 3, 9):
        outbox.send(minutes=minutes)
    told = caplog.text.lower() + "".join(outbox.message(each).problem.lower() for each in made)
    assert "could not be composed" in told
    for word in ("hidden", "eve@", SECRET, "no such mailbox"):
        assert word not in told


def test_nothing_is_sent_inside_a_transaction(app: Flask) -> None:
    with app.app_context(), pytest.raises(RuntimeError, match="must not run inside"), transaction():
        sender.send_waiting(NOW)
