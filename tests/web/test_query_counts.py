"""How many statements each page that is opened all the time runs: exactly so many, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from bench.journey import NOT_COUNTED, walk_to_pdf
from bench.population import PASSWORD, SHORT_COURSE, courses
from bench.walker import best_answers
from ceapp.accounts.passwords import hash_password
from ceapp.catalogue.queries import current_course
from ceapp.catalogue.service import sync
from ceapp.certificates import site
from ceapp.database import db
from tests.conftest import NOW, Member
from tests.harness.pages import Page
from tests.learning.test_pages import begin, value_of, work_through

pytestmark = pytest.mark.both_databases

Visit = Callable[..., Page]

PAGES = {
    "a course, nobody signed in": 2,
    "a course": 4,
    "a scenario": 3,
    "a question": 1,
    "feedback": 1,
    "a result": 4,
    "certificates": 3,
    "a certificate": 3,  # with its deeds and whether somebody asked for a correction
    "its PDF, frozen": 2,
    "checking it": 1,
}
"""Who is signed in is one of them wherever somebody is, together with what the page reads first."""

ANSWER = {"sqlite": 3, "postgresql": 6}
"""PostgreSQL locks two rows and reads again; on SQLite nobody else can write anyway."""

JOURNEY = {"sqlite": 77, "postgresql": 96}
"""From signing in by password to the PDF: 26 requests, over one scenario with six questions. Signing in
reads once whether its second factor is asked for next. BEGIN, COMMIT, SAVEPOINT are not counted."""


@pytest.fixture(autouse=True)
def _read_site_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's name is read again every quarter of a minute: on a slow day that would fall into what is counted."""
    monkeypatch.setattr(site, "FRESH_SECONDS", 3600.0)


def test_pages(visit: Visit, course: str, tess: Member) -> None:
    places = _story(visit, tess)
    for person, address in places.values():
        visit(address, person=person)  # What a process reads once is read then.
    assert {name: visit(address, person=person).queries for name, (person, address) in places.items()} == PAGES


def test_an_answer(engine: str, visit: Visit, course: str, tess: Member) -> None:
    question = begin(visit, tess)
    answered = question.submit("Decide", follow=False, given=value_of(question, "Raise it at the next session"))
    assert answered.queries == ANSWER[engine]


def test_a_journey(app: Flask, engine: str, tmp_path: Path, make_person: Callable[..., Member]) -> None:
    with app.app_context():
        sync(courses(tmp_path), now=NOW)
        best, hashed = best_answers(current_course(SHORT_COURSE)), hash_password(PASSWORD)
        database = db.engine
    people = [make_person(f"{name}@example.org", "Ada Berg", password_hash=hashed) for name in ("first", "second")]
    assert walk_to_pdf(app.test_client(), people[0].email, best)  # What a process reads once is read then.
    statements: list[str] = []

    def count(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(NOT_COUNTED):
            statements.append(statement)

    event.listen(database, "before_cursor_execute", count)  # The engine ends with the test.
    assert walk_to_pdf(app.test_client(), people[1].email, best)
    assert len(statements) == JOURNEY[engine]


def _story(visit: Visit, tess: Member) -> dict[str, tuple[Member | None, str]]:
    """Somebody who has done the course and is at it again in practice: the addresses of the pages, with who opens them."""
    asked = begin(visit, tess)
    attempt = asked.address.partition("?")[0]
    work_through(asked)
    last = begin(visit, tess, "short")
    result = last.submit("Decide", given=value_of(last, "Ask who is in it")).follow("See the result")
    certificate = result.link("Open the specimen")
    pdf = visit(certificate, person=tess).visitor.client.get(f"{certificate}.pdf")
    assert pdf.status_code == 200
    held = visit(certificate, person=tess)
    (code,) = held.select("//a[contains(@href, '/verify/')]/@href")[:1]
    practice = visit("/courses/sample/every-kind", person=tess).submit("Practise it again")
    return {
        "a course, nobody signed in": (None, "/courses/sample"),
        "a course": (tess, "/courses/sample"),
        "a scenario": (tess, "/courses/sample/every-kind"),
        "a question": (tess, practice.address),
        "feedback": (tess, f"{attempt}/1"),
        "a result": (tess, f"{attempt}/result"),
        "certificates": (tess, "/certificates"),
        "a certificate": (tess, certificate),
        "its PDF, frozen": (tess, f"{certificate}.pdf"),
        "checking it": (None, code),
    }
