"""Reading what waits in the outbox, as a sender would: composing a letter mints its code or link."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Flask

from ceapp.database import db
from ceapp.mail import queries
from ceapp.mail.letters import Letter
from ceapp.mail.sender import compose


def letters(app: Flask, now: datetime, letter: str | None = None) -> list[Letter]:
    """All waiting messages (or those of one letter) as they would be sent now, the oldest first; nothing is marked as sent."""
    with app.app_context():
        composed = []
        for message_id in queries.waiting_ids():
            message = queries.message(message_id)
            if letter is None or message.letter == letter:
                composed.append(compose(message, now))
        db.session.rollback()
        return [each for each in composed if each is not None]


def code_in(letter: Letter) -> str:
    """The six digits of a letter that carries a code."""
    found = re.findall(r"^ +([0-9]{6})$", letter.text, re.MULTILINE)
    assert len(found) == 1, letter.text
    return str(found[0])


def newest_code(app: Flask, now: datetime) -> str:
    """The code in the newest letter that has one."""
    return code_in([each for each in letters(app, now) if re.search(r"^ +[0-9]{6}$", each.text, re.MULTILINE)][-1])
