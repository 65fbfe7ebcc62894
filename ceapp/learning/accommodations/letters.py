"""The letters about accommodations. None of them holds what was asked or answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Flask

from ceapp.learning.accommodations.queries import answers_to, request_with_id
from ceapp.learning.letters import address, open_account
from ceapp.mail.letters import Letter, Values, register_letter
from ceapp.mail.models import Message


def install_letters(app: Flask) -> None:
    register_letter(app, "accommodation-asked", _asked)
    register_letter(app, "accommodation-answered", _answered)


def _asked(message: Message, values: Values, _now: datetime) -> Letter | None:
    person, request_id = open_account(message), UUID(values["accommodation"])
    found = request_with_id(request_id)
    if person is None or not person.is_administrator or found is None or answers_to(request_id):
        return None
    return Letter(
        person.email,
        "Somebody asks for an accommodation",
        "Somebody asks for an accommodation. What would help them stands on this page, where you can answer:\n"
        f"{address()}/provider/accommodations/{request_id}\n\n"
        "Your reading is written down, and the person sees it.\n",
    )


def _answered(message: Message, values: Values, _now: datetime) -> Letter | None:
    person, request_id = open_account(message), UUID(values["accommodation"])
    found = request_with_id(request_id)
    if person is None or found is None:
        return None
    return Letter(
        person.email,
        "Your request was answered",
        f"There is an answer to what you asked for. It stands here:\n{address()}/account/accommodations/{request_id}\n",
    )
