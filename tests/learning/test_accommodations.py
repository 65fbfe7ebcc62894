"""What people ask for so that they can take part: their words, who reads them, the answer, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.audit.models import AuditEntry
from ceapp.database import db, new_id
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.accommodations import queries, service
from ceapp.learning.accommodations.models import AccommodationAnswer, AccommodationReading, AccommodationRequest
from ceapp.mail.models import Message
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Member
from tests.harness.pages import Page

pytestmark = pytest.mark.both_databases

WORDS = "MARKER of what would help: more time, and letters that are larger."
KEY = "accommodation-number-{:020}"
Visit = Callable[..., Page]


def asked(app: Flask, person: Member, number: int = 1, words: str = WORDS) -> AccommodationRequest:
    with app.app_context():
        return service.ask(person.id, "sample", words, form_key=KEY.format(number), now=NOW)


def status(app: Flask, person: Member) -> list[str]:
    with app.app_context():
        return [each.status for each in queries.own_requests(person.id, 1).requests]


def test_a_learner_asks_an_administrator_reads_and_answers(app: Flask, visit: Visit, course: str, tess: Member, ada: Member) -> None:
    page = visit("/courses/sample", person=tess).follow("Ask for one")
    first = page.submit("Send the request", words=WORDS)
    assert "asked; not answered yet" in first.text and WORDS in first.text and "No administrator has opened it." in first.text
    page = visit("/provider/accommodations", person=ada).follow("Tess Adeyemi, number 1")
    assert "MARKER" not in page.html
    page = page.submit("Read what they wrote")
    assert WORDS in page.text
    page.submit("Save the answer", answer="granted", words="You have as long as you like.")
    mine = visit(first.address, person=tess)
    assert "You have as long as you like." in mine.text and "Ada Lindqvist" in mine.text and "granted" in mine.text
    assert "Withdraw" in mine.text
    gone = mine.submit("Withdraw the request")
    assert "MARKER" not in gone.html and "withdrawn" in gone.text
    with app.app_context():
        deeds = [row.deed for row in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)) if "accommodation" in row.deed]
        assert deeds == ["accommodation.asked", "accommodation.read", "accommodation.granted", "accommodation.withdrawn"]
        row = db.session.scalars(select(AccommodationRequest)).one()
        assert row.ciphertext == b""
        letters = {row.letter: row.person_id for row in db.session.scalars(select(Message))}
        assert (letters["accommodation-asked"], letters["accommodation-answered"]) == (ada.id, tess.id)
        assert not [row for row in db.session.scalars(select(Message)) if b"MARKER" in (row.values or b"")]


def test_what_was_written_is_encrypted_and_opens_for_half_an_hour_in_one_browser(
    app: Flask, course: str, tess: Member, ada: Member, make_person: Callable[..., Member]
) -> None:
    request, browser = asked(app, tess), new_id()
    berta = make_person("berta@example.org", "Berta", is_administrator=True)
    with app.app_context():
        assert b"MARKER" not in db.session.scalars(select(AccommodationRequest.ciphertext)).one()
        for by in (tess, berta):
            assert queries.reading_that_counts(request.id, by.id, browser, NOW) is None
        with pytest.raises(Missing):
            service.read(request.id, by=tess.id, sign_in_id=browser, now=NOW)
        first = service.read(request.id, by=ada.id, sign_in_id=browser, now=NOW)
        assert service.read(request.id, by=ada.id, sign_in_id=browser, now=NOW).id == first.id
        for by, at, later, counts in (
            (ada, browser, timedelta(minutes=29), True),
            (ada, browser, timedelta(minutes=31), False),
            (ada, new_id(), timedelta(), False),
            (berta, browser, timedelta(), False),
        ):
            assert (queries.reading_that_counts(request.id, by.id, at, NOW + later) is not None) is counts
        assert db.session.scalar(select(func.count()).select_from(AccommodationReading)) == 1


def test_the_same_form_is_one_request_and_one_answer(app: Flask, course: str, tess: Member, omar: Member, ada: Member) -> None:
    request = asked(app, tess)
    assert asked(app, tess).id == request.id
    with pytest.raises(Refused):
        asked(app, tess, words="Something else.")
    with pytest.raises(Refused):
        asked(app, omar)
    with app.app_context():
        said = {"by": ada.id, "form_key": "k" * 30, "now": NOW}
        first = service.answer(request.id, "declined", "Not this time.", after_number=0, **said)
        assert service.answer(request.id, "declined", "Not this time.", after_number=0, **said).id == first.id
        with pytest.raises(Refused, match="sent before"):
            service.answer(request.id, "granted", "Not this time.", after_number=0, **said)
        with pytest.raises(Refused, match="a moment ago"):
            service.answer(request.id, "granted", "Yes.", after_number=0, **{**said, "form_key": "j" * 30})
        service.answer(request.id, "granted", "After all.", after_number=1, **{**said, "form_key": "j" * 30})
    assert status(app, tess) == ["granted"]


def test_many_clicks_at_once_ask_and_answer_once(app: Flask, course: str, tess: Member, ada: Member) -> None:
    got = at_once(app, 10, lambda _: service.ask(tess.id, "sample", WORDS, form_key=KEY.format(7), now=NOW).id)
    assert len(set(got)) == 1
    answers = at_once(
        app, 10, lambda number: service.answer(got[0], "granted", "Yes.", after_number=0, by=ada.id, form_key=KEY.format(number), now=NOW)
    )
    assert sum(isinstance(each, AccommodationAnswer) for each in answers) == 1
    assert all(isinstance(each, (AccommodationAnswer, Refused)) for each in answers)


def test_what_is_refused(app: Flask, course: str, tess: Member, omar: Member, ada: Member) -> None:
    request = asked(app, tess)
    with app.app_context():
        for words in ("", "   ", "x" * (service.LONGEST_WORDS + 1)):
            with pytest.raises(Malformed):
                service.ask(tess.id, None, words, form_key=KEY.format(2), now=NOW)
        with pytest.raises(Missing):
            service.ask(tess.id, "nonsense", WORDS, form_key=KEY.format(2), now=NOW)
        with pytest.raises(Malformed):
            service.answer(request.id, "withdrawn", "No.", after_number=0, by=ada.id, form_key=KEY.format(3), now=NOW)
        with pytest.raises(Missing):
            service.answer(request.id, "granted", "Yes.", after_number=0, by=omar.id, form_key=KEY.format(3), now=NOW)
        with pytest.raises(Missing):
            service.withdraw(omar.id, request.id, form_key=KEY.format(4), now=NOW)
        service.withdraw(tess.id, request.id, form_key=KEY.format(4), now=NOW)
        service.withdraw(tess.id, request.id, form_key=KEY.format(5), now=NOW)
        with pytest.raises(Refused, match="withdrawn"):
            service.answer(request.id, "granted", "Yes.", after_number=1, by=ada.id, form_key=KEY.format(6), now=NOW)
        assert db.session.scalar(select(func.count()).select_from(AccommodationAnswer)) == 1


def test_ten_wait_at_most(app: Flask, course: str, tess: Member) -> None:
    for number in range(service.MOST_WAITING):
        asked(app, tess, number)
    with pytest.raises(Refused, match="wait for an answer"):
        asked(app, tess, 99)


def test_nothing_typed_is_lost(app: Flask, visit: Visit, course: str, tess: Member, ada: Member) -> None:
    page = visit("/account/accommodations/new", person=tess).submit("Send the request", words="x" * 4001, status=422)
    assert "x" * 4001 in page.html
    request = asked(app, tess)
    page = visit(f"/provider/accommodations/{request.id}", person=ada).submit("Read what they wrote")
    with app.app_context():
        service.answer(request.id, "declined", "Berta was first.", after_number=0, by=ada.id, form_key=KEY.format(1), now=NOW)
    again = page.submit("Save the answer", status=422, answer="granted", words="My long answer.")
    assert "My long answer." in again.html and "Berta was first." in again.text
    again.submit("Save the answer")
    assert status(app, tess) == ["granted"]
