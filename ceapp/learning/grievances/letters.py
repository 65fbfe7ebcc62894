"""The letters about grievances. None of them holds what was written."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Flask

from ceapp.learning.grievances.queries import answers_to, grievance_with_id
from ceapp.learning.letters import address, open_account
from ceapp.mail.letters import Letter, Values, register_letter
from ceapp.mail.models import Message


def install_letters(app: Flask) -> None:
    register_letter(app, "grievance-filed", _filed)
    register_letter(app, "grievance-answered", _answered)


def _filed(message: Message, values: Values, _now: datetime) -> Letter | None:
    person, grievance_id = open_account(message), UUID(values["grievance"])
    if person is None or not person.is_administrator or grievance_with_id(grievance_id) is None or answers_to(grievance_id):
        return None
    return Letter(
        person.email,
        "A grievance was filed",
        f"Somebody filed a grievance. It stands on this page, where you can answer:\n{address()}/provider/grievances/{grievance_id}\n",
    )


def _answered(message: Message, values: Values, _now: datetime) -> Letter | None:
    person, grievance_id = open_account(message), UUID(values["grievance"])
    if person is None or grievance_with_id(grievance_id) is None:
        return None
    return Letter(
        person.email,
        "About your grievance",
        f"There is an answer to your grievance. It stands here:\n{address()}/account/grievances/{grievance_id}\n",
    )
