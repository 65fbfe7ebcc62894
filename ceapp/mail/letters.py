"""What a mail says: features register a composer for each letter, which runs when the mail is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app

from ceapp.mail.models import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, ready to go. `text` is plain text."""

    to: str
    subject: str
    text: str


Values = dict[str, Any]
Composer = Callable[[Message, Values, datetime], Letter | None]
"""From the message, its values and the time to the letter; None when there is nothing to say any more, which cancels the message.

It may write (mint a code, in a transaction of its own); it runs outside any transaction.
"""


def register_letter(app: Flask, name: str, compose: Composer) -> None:
    """Say how the letter of this name is composed."""
    app.extensions["ceapp.letters"][name] = compose


def composer(name: str) -> Composer:
    found: Composer = current_app.extensions["ceapp.letters"][name]
    return found
