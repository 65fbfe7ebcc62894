"""Grievances: filed, looked into, closed with an outcome; and how many there were about a course."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.audit.models import AuditEntry
from ceapp.database import db
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.grievances import queries, service
from ceapp.learning.grievances.models import Grievance, GrievanceAnswer
from ceapp.learning.grievances.queries import Counts, grievances_of_course
from ceapp.learning.grievances.service import AnswerInput, GrievanceInput
from ceapp.mail.models import Message
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Member
from tests.harness.pages import Page

pytestmark = pytest.mark.both_databases

WORDS = "MARKER of a grievance: the closing cases ask what the course never said."
KEY = "grievance-form-number-{:020}"
LOOK = AnswerInput("looked into", "", "We are reading the course again.")
Visit = Callable[..., Page]


def filed(
    app: Flask, person: Member, number: int = 1, words: str = WORDS, *, course: str | None = "sample", at: datetime = NOW
) -> Grievance:
    with app.app_context():
        return service.file(person.id, GrievanceInput("course", course, words), form_key=KEY.format(number), now=at)


def answer(app: Flask, grievance: Grievance, ada: Member, given: AnswerInput, after: int = 0) -> None:
    with app.app_context():
        key = f"{grievance.id}-{after}"
        service.answer(grievance.id, given, after_number=after, by=ada.id, form_key=key, now=NOW)


def test_a_learner_files_one_and_sees_each_step(app: Flask, visit: Visit, course: str, tess: Member, ada: Member) -> None:
    page = visit("/courses/sample", person=tess).follow("File one")
    first = page.submit("File the grievance", words=WORDS)
    assert "Status: received" in first.text and WORDS in first.text
    page = visit("/provider/grievances", person=ada).follow("Tess Adeyemi, number 1")
    assert WORDS in page.text
    page = page.submit("Save the answer", step="look", words=LOOK.words)
    assert "being looked into" in visit("/account/grievances", person=tess).text
    page.submit("Save the answer", step="in-part", words="You are right about two of them.")
    mine = visit(first.address, person=tess)
    assert "closed, in part in favour of who filed it" in mine.text
    assert LOOK.words in mine.text and "You are right about two of them." in mine.text
    assert "None is open." in visit("/provider/grievances", person=ada).text
    assert "Tess Adeyemi" in visit("/provider/grievances?show=closed", person=ada).text
    with app.app_context():
        deeds = [row.deed for row in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)) if "grievance" in row.deed]
        assert deeds == ["grievance.filed", "grievance.answered", "grievance.closed"]
        assert b"MARKER" not in db.session.scalars(select(Grievance.ciphertext)).one()
        letters = [(row.letter, row.person_id) for row in db.session.scalars(select(Message).order_by(Message.id))]
        assert letters == [("grievance-filed", ada.id), ("grievance-answered", tess.id), ("grievance-answered", tess.id)]


def test_the_same_form_is_one_grievance_and_one_answer(app: Flask, course: str, tess: Member, omar: Member, ada: Member) -> None:
    grievance = filed(app, tess)
    assert filed(app, tess).id == grievance.id
    for another in (lambda: filed(app, tess, words="Else."), lambda: filed(app, omar), lambda: filed(app, tess, course=None)):
        with pytest.raises(Refused):
            another()
    answer(app, grievance, ada, LOOK)
    answer(app, grievance, ada, LOOK)
    with pytest.raises(Refused):
        answer(app, grievance, ada, AnswerInput("closed", "upheld", LOOK.words))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(GrievanceAnswer)) == 1


def test_many_clicks_at_once_file_and_answer_once(app: Flask, course: str, tess: Member, ada: Member) -> None:
    given = GrievanceInput("other", None, WORDS)
    got = at_once(app, 10, lambda _: service.file(tess.id, given, form_key=KEY.format(7), now=NOW).id)
    assert len(set(got)) == 1
    answers = at_once(app, 10, lambda number: service.answer(got[0], LOOK, after_number=0, by=ada.id, form_key=KEY.format(number), now=NOW))
    assert sum(isinstance(each, GrievanceAnswer) for each in answers) == 1
    assert all(isinstance(each, (GrievanceAnswer, Refused)) for each in answers)


def test_what_is_refused(app: Flask, course: str, tess: Member, omar: Member, ada: Member) -> None:
    grievance = filed(app, tess)
    with app.app_context():
        for given in (GrievanceInput("course", None, " "), GrievanceInput("weather", None, WORDS)):
            with pytest.raises(Malformed):
                service.file(tess.id, given, form_key=KEY.format(2), now=NOW)
        with pytest.raises(Missing):
            service.file(tess.id, GrievanceInput("course", "nonsense", WORDS), form_key=KEY.format(2), now=NOW)
        for wrong in (AnswerInput("closed", "", "x"), AnswerInput("looked into", "upheld", "x"), AnswerInput("received", "", "x")):
            with pytest.raises(Malformed):
                service.answer(grievance.id, wrong, after_number=0, by=ada.id, form_key=KEY.format(3), now=NOW)
        with pytest.raises(Missing):
            service.answer(grievance.id, LOOK, after_number=0, by=omar.id, form_key=KEY.format(3), now=NOW)
    for number in range(2, 1 + service.MOST_OPEN):
        filed(app, tess, number)
    with pytest.raises(Refused, match="are open"):
        filed(app, tess, 99)


def test_how_many_there_were_about_a_course_in_a_year(app: Flask, course: str, tess: Member, ada: Member) -> None:
    rows = [filed(app, tess, number) for number in range(1, 6)]
    filed(app, tess, 6, course=None)
    filed(app, tess, 7, at=datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
    filed(app, tess, 8, at=datetime(2027, 1, 1, tzinfo=UTC))
    answer(app, rows[0], ada, LOOK)
    for row, outcome in zip(rows[1:4], ("upheld", "in part", "not upheld"), strict=True):
        answer(app, row, ada, AnswerInput("closed", outcome, "So it is."))
    answer(app, rows[0], ada, AnswerInput("closed", "upheld", "So it is."), after=1)
    answer(app, rows[0], ada, LOOK, after=2)  # opened again
    with app.app_context():
        assert grievances_of_course("sample", 2026) == Counts(filed=5, open=2, upheld=1, in_part=1, not_upheld=1)
        assert grievances_of_course("sample", 2025) == Counts(filed=1, open=1)
        assert grievances_of_course("sample", 2024) == Counts()
        assert [each.grievance.id for each in queries.open_grievances(1).grievances if each.course_title][-1] != rows[1].id


def test_nothing_typed_is_lost(app: Flask, visit: Visit, course: str, tess: Member, ada: Member) -> None:
    page = visit("/account/grievances/new", person=tess).submit("File the grievance", words="My long story.", status=422)
    assert "My long story." in page.html and "Choose what it is about." in page.text
    grievance = filed(app, tess)
    page = visit(f"/provider/grievances/{grievance.id}", person=ada)
    answer(app, grievance, ada, LOOK)
    again = page.submit("Save the answer", step="upheld", words="My long answer.", status=422)
    assert "My long answer." in again.html and LOOK.words in again.text
    again.submit("Save the answer")
    assert "closed" in visit(f"/account/grievances/{grievance.id}", person=tess).text
