"""An application with a mail server, and letters to send with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from ceapp.database import db
from ceapp.mail import service
from ceapp.mail.letters import Letter, Values, register_letter
from ceapp.mail.models import Message
from ceapp.mail.sender import Round, send_waiting
from tests.conftest import NOW
from tests.mail.post_office import PostOffice

SECRET = "482913"
QUICK = 0.3
"""Seconds of patience with a server that hangs."""


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as made:
        yield made


@pytest.fixture
def settings_overrides(office: PostOffice) -> dict[str, Any]:
    return {"mail_url": office.url(), "mail_from": "CE office <ce@example.org>"}


@dataclass
class Outbox:
    """Queues messages and sends them, at times after NOW."""

    app: Flask
    before: Callable[[Message], None] = lambda _message: None
    """Called while a message is composed, in the sender's thread."""

    def compose(self, message: Message, values: Values, now: datetime) -> Letter | None:
        self.before(message)
        if values.get("over"):
            return None
        return Letter(values["to"], values.get("subject", "Your code"), f"Hello,\n\nyour code is {SECRET}.\n\n{now:%H:%M}\n")

    def queue(self, number: int = 1, *, to: str = "", at_most_once: bool = False, person_id: UUID | None = None, **values: Any) -> UUID:
        with self.app.app_context():
            made = service.queue(
                "test-letter",
                f"test:{number}",
                person_id=person_id,
                values={"to": to or f"person{number}@example.org", **values},
                now=NOW + timedelta(microseconds=number),
                at_most_once=at_most_once,
            )
        assert made is not None
        return made

    def send(self, *, minutes: float = 1, limit: int = 50) -> Round:
        with self.app.app_context():
            return send_waiting(NOW + timedelta(minutes=minutes), limit=limit, patience=QUICK)

    def message(self, message_id: UUID) -> Message:
        with self.app.app_context():
            found = db.session.get(Message, message_id)
            assert found is not None
            return found


@pytest.fixture
def outbox(app: Flask) -> Outbox:
    made = Outbox(app)
    register_letter(app, "test-letter", made.compose)
    return made
