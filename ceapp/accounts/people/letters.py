"""The letter about a deed of an administrator."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, current_app

from ceapp.accounts.people.queries import person_with_id
from ceapp.mail.letters import Letter, Values, register_letter
from ceapp.mail.models import Message


def install_people_letters(app: Flask) -> None:
    register_letter(app, "sign-in-reset", _sign_in_reset)


def _sign_in_reset(message: Message, _values: Values, _now: datetime) -> Letter | None:
    person = person_with_id(message.person_id) if message.person_id else None
    if person is None or person.suspended_at is not None:
        return None
    settings = current_app.extensions["ceapp.settings"]
    help_line = f"If you did not expect this, ask: {settings.contact}\n" if settings.contact else ""
    return Letter(
        person.email,
        "Your sign-in was reset",
        "An administrator reset how you sign in. Your password no longer works, and you are signed out in every browser.\n\n"
        "To sign in, open this page and ask for a code by mail:\n"
        f"{settings.address}/account/sign-in\n\n"
        "Your enrolments, attempts and certificates are as they were. Once you are signed in you can choose a new password under Account.\n"
        f"{help_line}",
    )
