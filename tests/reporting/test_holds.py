"""Legal holds: what is held stays, whatever the rules say, until it is lifted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from ceapp.accounts.models import SignIn
from ceapp.audit.models import AuditEntry
from ceapp.database import db, everybody, new_id, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.models import EvaluationAnswer
from ceapp.mail.models import Message
from ceapp.reporting.retention import holds
from ceapp.reporting.retention.models import HoldLifting, LegalHold
from ceapp.reporting.retention.queries import counted_at_once, ids_due
from ceapp.reporting.retention.rules import Kind
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import GOOD_PATH, Learner

LATE = date(2060, 1, 1)
KEY = "hold-{:020}"


@pytest.fixture
def world(
    app: Flask, learner: Learner, learner_of: Callable[[Member], Learner], agency: Agency, omar: Member, sam: Member, tess: Member
) -> Agency:
    """Of Tess and of Omar something of almost every kind."""
    for each in (learner, learner_of(omar)):
        each.complete()
        practice = each.begin(purpose="practice")
        for question, given in GOOD_PATH:
            each.answer(practice, question, given, text="Six words that somebody wrote here." if question == "note" else "")
    assign(app, agency, sam, [tess, omar], "sample", ["short"], now=NOW)
    with app.app_context(), transaction() as session:
        for person in (tess, omar):
            about = {"letter": "x", "occurrence": str(person.id), "person_id": person.id}
            sealed = {"key_id": "", "values": b"", "at_most_once": False}
            session.add(Message(**about, **sealed, queued_at=NOW, due_at=NOW, sent_at=NOW))
        session.add(EvaluationAnswer(course_slug="sample", month=date(2026, 1, 1), item_id="a", rating=4))
    return agency


def due(app: Flask) -> dict[Kind, int]:
    with app.app_context():
        return {kind: len(ids_due(kind, LATE)) for kind in Kind}


def place(app: Flask, by: Member, number: int = 0, **about: Any) -> UUID:
    with app.app_context():
        return holds.place("An audit.", by=by.id, form_key=KEY.format(number), now=NOW, **about).id


PERSONAL = (Kind.COMPLETED, Kind.TRAINING, Kind.REFLECTIONS, Kind.PRACTICE, Kind.MAILS)


@pytest.mark.both_databases
def test_h6_a_hold_keeps_what_it_is_about_and_nothing_else(app: Flask, world: Agency, ada: Member, tess: Member) -> None:
    before = due(app)
    assert all(before[kind] >= 2 for kind in PERSONAL)
    hold = place(app, ada, person_id=tess.id)
    after = due(app)
    assert all(after[kind] == before[kind] // 2 for kind in PERSONAL), after
    assert after[Kind.EVALUATIONS] == before[Kind.EVALUATIONS] == 1
    with app.app_context():
        holds.lift(hold, "It is over.", by=ada.id, now=NOW)
    assert due(app) == before


@pytest.mark.both_databases
def test_h6_a_course_and_everything(app: Flask, world: Agency, ada: Member) -> None:
    before = due(app)
    course = place(app, ada, 1, course_slug="sample")
    assert {kind: number for kind, number in due(app).items() if number} == {Kind.MAILS: before[Kind.MAILS]}
    with app.app_context():
        holds.lift(course, "It is over.", by=ada.id, now=NOW)
    place(app, ada, 2)
    assert set(due(app).values()) == {0}


def test_h6_whom_work_was_signed_or_assigned_by_is_held_too(app: Flask, world: Agency, ada: Member, sam: Member) -> None:
    place(app, ada, person_id=sam.id)
    assert due(app)[Kind.TRAINING] == 0


def test_h6_two_holds_on_one_person_are_both_lifted_before_anything_goes(app: Flask, world: Agency, ada: Member, tess: Member) -> None:
    first, second = (place(app, ada, number, person_id=tess.id) for number in (1, 2))
    held = due(app)
    with app.app_context():
        holds.lift(first, "It is over.", by=ada.id, now=NOW)
    assert due(app) == held
    with app.app_context():
        holds.lift(second, "It is over.", by=ada.id, now=NOW)
    assert due(app)[Kind.COMPLETED] == 2


def test_the_counts_say_what_is_held_instead(app: Flask, world: Agency, ada: Member, tess: Member) -> None:
    place(app, ada, person_id=tess.id)
    with app.app_context():
        seen = {each.rule.kind: each for each in counted_at_once(asdict(app.extensions["ceapp.settings"]), LATE)}
    assert (seen[Kind.COMPLETED].rows, seen[Kind.COMPLETED].due, seen[Kind.COMPLETED].held) == (2, 1, 1)


def test_only_administrators_with_a_reason_and_each_form_once(app: Flask, ada: Member, tess: Member, course: str) -> None:
    place(app, ada, person_id=tess.id)
    assert place(app, ada, person_id=tess.id) == place(app, ada, person_id=tess.id)
    with app.app_context():
        with pytest.raises(Refused):
            holds.place("Another reason.", by=ada.id, form_key=KEY.format(0), now=NOW, person_id=tess.id)
        with pytest.raises(Missing):
            holds.place("An audit.", by=tess.id, form_key=KEY.format(1), now=NOW)
        with pytest.raises(Missing):
            holds.place("An audit.", by=ada.id, form_key=KEY.format(1), now=NOW, person_id=new_id())
        with pytest.raises(Malformed):
            holds.place("  ", by=ada.id, form_key=KEY.format(1), now=NOW)
        hold = db.session.scalars(select(LegalHold.id)).one()
        holds.lift(hold, "It is over.", by=ada.id, now=NOW)
        holds.lift(hold, "It is over.", by=ada.id, now=NOW)
        with pytest.raises(Refused):
            holds.lift(hold, "Otherwise.", by=ada.id, now=NOW)
        with pytest.raises(Missing):
            holds.lift(new_id(), "It is over.", by=ada.id, now=NOW)
        deeds = [entry.deed for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)) if entry.deed.startswith("hold.")]
        assert deeds == ["hold.placed", "hold.lifted"]


@pytest.mark.both_databases
def test_h6_the_database_keeps_a_hold(app: Flask, ada: Member, tess: Member) -> None:
    hold = place(app, ada, person_id=tess.id)
    with app.app_context():
        holds.lift(hold, "It is over.", by=ada.id, now=NOW)
        for deed in (
            update(LegalHold).values(kind="everything", person_id=None),
            delete(LegalHold),
            update(HoldLifting).values(lifted_at=NOW + timedelta(days=1)),
            delete(HoldLifting),
        ):
            with pytest.raises(IntegrityError), everybody("a test"), transaction() as session:
                session.execute(deed)


# The pages


def test_placing_and_lifting_on_the_pages(
    browser_of: Callable[[Member], Visitor], visit: Callable[..., Page], ada: Member, tess: Member, course: str
) -> None:
    hers = browser_of(ada)
    page = hers.get("/retention").follow("Legal holds").follow("Place a hold")
    refused = page.submit("Place the hold", status=422, kind="person", email="nobody@example.org", reason="Her board asks.")
    assert "Nobody has an account" in refused.text
    assert "Her board asks." in refused.html
    page = page.submit("Place the hold", kind="person", email="TESS@example.org", reason="Her board asks.")
    assert "Tess Adeyemi" in page.text
    assert "Her board asks." in page.text
    address = page.select("//a[contains(@href, '/lifting')]/@href")[0]
    page = hers.get(address).submit("Lift the hold", reason="Her board has it.")
    assert "Her board has it." in page.text
    assert "It was lifted" in hers.get(address).text
    visit(address, person=tess, status=404)
    visit("/retention/holds", person=tess, status=404)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"kind": "person", "email": "", "reason": "x"}, "Type the address"),
        ({"kind": "course", "course": "", "reason": "x"}, "Choose the course"),
        ({"kind": "everything", "reason": ""}, "Give a reason"),
    ],
)
def test_what_is_missing_is_said(
    browser_of: Callable[[Member], Visitor], ada: Member, course: str, typed: dict[str, str], told: str
) -> None:
    page = browser_of(ada).get("/retention/holds/new")
    assert told in page.submit("Place the hold", status=422, **typed).text


def test_a_hold_asks_for_a_fresh_proof(app: Flask, browser_of: Callable[[Member], Visitor], ada: Member) -> None:
    hers = browser_of(ada)
    page = hers.get("/retention/holds/new")
    with app.app_context(), transaction() as session:
        session.scalars(select(SignIn).where(SignIn.person_id == ada.id)).one().proved_at -= timedelta(minutes=16)
    page.submit("Place the hold", status=403, kind="everything", reason="An audit.")
    with app.app_context():
        assert db.session.scalars(select(LegalHold.id)).all() == []
