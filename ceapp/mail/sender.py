"""Sending what waits. No page waits for it, and whatever happens here costs no message."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask import current_app

from ceapp.config import Settings
from ceapp.database import db, outside_transaction
from ceapp.errors import Unavailable
from ceapp.keys import current_keys
from ceapp.mail import outbox, queries
from ceapp.mail.letters import Letter, composer
from ceapp.mail.models import Message
from ceapp.mail.smtp import PATIENCE, Post, Refusal, Trouble, written

log = logging.getLogger(__name__)

ROUND = 50
"""Messages in one round of the server's background work; mail servers end a connection that brings many more."""

PATIENT_TRIES = 6
"""Half a minute, where the database is locked."""


class End(StrEnum):
    SENT = "sent"
    CANCELLED = "cancelled"
    LATER = "later"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Round:
    """What became of the messages of one round; `waiting` is how many wait after it. `trouble` is what ended it early."""

    sent: int
    failed: int
    waiting: int
    is_full: bool
    trouble: str


def send_waiting(now: datetime, *, limit: int = ROUND, patience: float = PATIENCE) -> Round:
    """Send the messages that are due, one after the other. Trouble with the mail server ends the round and leaves the rest waiting."""
    outside_transaction("sending mail")
    ends: Counter[End] = Counter()
    trouble = ""
    if queries.has_due(now):
        clock = _passing(now)
        with Post(_settings(), patience) as post:
            while ends.total() < limit and not trouble and (taken := outbox.take_due(clock())) is not None:
                try:
                    ends[_send(taken, post, clock)] += 1
                except Trouble as problem:
                    trouble = str(problem)
                    ends[End.LATER if outbox.try_later(taken, trouble, clock()) else End.FAILED] += 1
    return Round(ends[End.SENT], ends[End.FAILED], queries.waiting_count(), ends.total() == limit and not trouble, trouble)


def _passing(now: datetime) -> Callable[[], datetime]:
    """A clock that begins at `now`: a round may outlast the lease of its last message, counted from the round's first moment."""
    begun = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - begun)


def _send(taken: Message, post: Post, clock: Callable[[], datetime]) -> End:
    try:
        letter = compose(taken, clock())
        message = None if letter is None else written(letter, message_id=taken.id, mail_from=_settings().mail_from, now=clock())
    except Exception as problem:  # noqa: BLE001 - one letter that cannot be composed must not keep the others
        db.session.rollback()
        log.error("mail: the letter %s could not be composed: %s", taken.letter, type(problem).__name__)
        return _later(taken, f"the letter could not be composed ({type(problem).__name__})", clock())
    if message is None:
        outbox.drop(taken, clock())
        return End.CANCELLED
    post.open()  # First, so that a server that is away costs no reminder.
    try:
        if taken.at_most_once:
            return _send_once(taken, lambda: post.hand_over(message), clock())
        if not outbox.is_still_to_send(taken):
            return End.CANCELLED
        post.hand_over(message)
    except Refusal as refusal:
        if not refusal.for_good:
            return _later(taken, str(refusal), clock())
        outbox.give_up(taken, str(refusal), clock())
        return End.FAILED
    _record_after(taken, clock())
    return End.SENT


def _record_after(taken: Message, now: datetime) -> None:
    """More patiently than a page would: if this is not saved, the message goes twice."""
    for _ in range(PATIENT_TRIES):
        try:
            outbox.record_after(taken, now)
        except Unavailable:
            continue
        return
    raise Unavailable


def _send_once(taken: Message, hand_over: Callable[[], None], now: datetime) -> End:
    if not outbox.record_before(taken, now):
        return End.CANCELLED
    try:
        hand_over()
    except (Refusal, Trouble) as problem:
        outbox.note_problem(taken, str(problem))
        if isinstance(problem, Trouble):
            raise
        return End.FAILED
    return End.SENT


def _later(taken: Message, problem: str, now: datetime) -> End:
    return End.LATER if outbox.try_later(taken, problem, now) else End.FAILED


def compose(taken: Message, now: datetime) -> Letter | None:
    """What the message says at this moment; None when there is nothing to say any more."""
    outside_transaction("composing a letter")
    values = json.loads(current_keys().unseal(taken.key_id, taken.values))
    letter = composer(taken.letter)(taken, values, now)
    db.session.commit()  # No read transaction stays open while the mail server is spoken to.
    return letter


def _settings() -> Settings:
    settings: Settings = current_app.extensions["ceapp.settings"]
    return settings
