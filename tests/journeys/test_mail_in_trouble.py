"""While the mail server refuses, hangs or drops, people assign and answer as always; what they are owed by mail comes afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from ceapp.accounts.models import SignIn
from ceapp.database import transaction
from ceapp.mail.sender import Round, send_waiting
from tests.conftest import Agency, Member
from tests.harness.pages import Visitor
from tests.journeys.days import WIDEST_PAGE, Days, answer_one, chosen
from tests.mail.post_office import Manner, PostOffice

QUICK = 0.3
"""Seconds of patience with a server that hangs."""


@pytest.mark.parametrize("manner", [Manner.HANGS, Manner.HANGS_UP, Manner.BUSY, Manner.DROPS, Manner.REFUSES_RECIPIENT_FOR_NOW])
def test_pages_go_on_and_letters_come_later(
    app: Flask,
    days: Days,
    office: PostOffice,
    manner: Manner,
    agency: Agency,
    supervise: Callable[..., UUID],
    browser_of: Callable[[Member], Visitor],
    tess: Member,
    sam: Member,
    ines: Member,
) -> None:
    days.go_to("2026-10-05 10:00")
    supervise(agency, sam, tess, made_at=days.now)
    with app.app_context(), transaction() as session:  # Ines showed a moment ago that it is she.
        session.execute(update(SignIn).where(SignIn.person_id == ines.id).values(proved_at=days.now))
    office.manner = manner
    invites = browser_of(ines).get("/organisations/harbour/invitations/new")
    assert "is invited" in invites.submit("Invite", email="new@example.org", roles=["trainee"]).text

    rounds: list[Round] = []
    sender = threading.Thread(target=lambda: rounds.append(_send(app, days)))
    sender.start()
    supervisor, trainee = browser_of(sam), browser_of(tess)
    supervisor.most_queries = trainee.most_queries = WIDEST_PAGE
    form = supervisor.get("/organisations/harbour/assign")
    preview = form.submit(
        "See what each person gets", status=200, what="scenarios", scenarios=["short", "extra"], people=chosen(form, "Tess Adeyemi")
    )
    assert "Assigned to 1 person." in preview.submit("Assign to 1 person").text
    (short, _extra) = trainee.get("/").select("//a[starts-with(@href, '/assignments/')]/@href")
    assert "Passed" in answer_one(trainee.get(short).submit("Begin")).text
    sender.join()
    assert rounds[0].sent == 0

    office.manner = Manner.TAKES
    office.arrived.clear()
    days.go_to("2026-10-05 14:00")
    came = sorted((mail.recipients[0], str(mail.message["Subject"])) for mail in office.arrived)
    assert came == [("new@example.org", "Invitation to Harbour Clinic"), ("tess@example.org", "New: 1 assignment for Harbour Clinic")]


def _send(app: Flask, days: Days) -> Any:
    with app.app_context():
        return send_waiting(days.now, patience=QUICK)
