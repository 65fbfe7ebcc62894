"""Evaluation, attestation, and getting a certificate that is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import inspect, select, text

from ceapp.certificates.models import Certificate
from ceapp.database import Model, db, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning import acts
from ceapp.learning.models import Attestation, Completion, Enrolment, EvaluationAnswer
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.harness.pages import Page
from tests.learning.conftest import Learner

SHORT = (("now", ("ask",)),)
RATINGS = {"objective-decide": 5, "learned": 4, "useful": 4, "level": 3, "format": 5}
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def asking(library: Library) -> str:
    library.add_acts()
    return library.publish().slug


@pytest.fixture
def at_the_end(asking: str, learner: Learner) -> Learner:
    """Somebody who has passed everything."""
    learner.enrol()
    learner.work_through(learner.begin())
    assert not learner.work_through(learner.begin("short"), SHORT).completed
    return learner


def rows(app: Flask, table: type[Model]) -> list[Model]:
    with app.app_context():
        return list(db.session.scalars(select(table)))


def evaluate(
    app: Flask, person: Member, ratings: dict[str, int] = RATINGS, comment: str = "Shorter scenes.", now: datetime = LATER
) -> bool:
    with app.app_context():
        return acts.evaluate(person.id, "sample", ratings, {"comment": comment} if comment else {}, now=now)


def attest(app: Flask, person: Member, name: str = "Tess Adeyemi", now: datetime = LATER) -> bool:
    with app.app_context():
        return acts.attest(person.id, "sample", name, now=now)


@pytest.mark.both_databases
def test_the_last_act_completes_and_issues(app: Flask, at_the_end: Learner, tess: Member) -> None:
    assert not evaluate(app, tess)
    assert rows(app, Completion) == []
    assert attest(app, tess, now=LATER + timedelta(days=1))
    (completion,) = rows(app, Completion)
    assert (completion.completed_at, completion.completed_on) == (LATER + timedelta(days=1), date(2026, 11, 21))  # type: ignore[attr-defined]
    assert len(rows(app, Certificate)) == 1
    (signed,) = rows(app, Attestation)
    with app.app_context():
        assert current_keys().unseal(signed.key_id, signed.ciphertext) == "Tess Adeyemi"  # type: ignore[attr-defined]
    assert signed.statement.startswith("I read the scenarios of this course")  # type: ignore[attr-defined]


def test_they_come_in_turn(app: Flask, asking: str, learner: Learner, tess: Member) -> None:
    with pytest.raises(Missing):
        evaluate(app, tess)
    learner.enrol()
    with pytest.raises(Refused, match="when everything before it is done"):
        evaluate(app, tess)
    learner.work_through(learner.begin())
    learner.work_through(learner.begin("short"), SHORT)
    with pytest.raises(Refused, match="when everything before it is done"):
        attest(app, tess)
    evaluate(app, tess)
    assert attest(app, tess, name="  tess  ADEYEMI ")


@pytest.mark.both_databases
def test_a_second_time_changes_nothing(app: Flask, at_the_end: Learner, tess: Member) -> None:
    for _ in range(2):
        evaluate(app, tess)
    assert len(rows(app, EvaluationAnswer)) == len(RATINGS) + 1
    assert [attest(app, tess), attest(app, tess)] == [True, False]
    assert len(rows(app, Attestation)) == 1


def test_another_name_is_not_a_signature(app: Flask, at_the_end: Learner, tess: Member) -> None:
    evaluate(app, tess)
    with pytest.raises(Malformed, match="Tess Adeyemi"):
        attest(app, tess, name="Tess A.")
    assert rows(app, Attestation) == []


@pytest.mark.parametrize(
    ("ratings", "comment"),
    [({"learned": 6}, ""), ({"learned": 0}, ""), ({"nonsense": 3}, ""), ({"comment": 3}, ""), (RATINGS, "x" * 4_001)],
)
def test_what_is_no_evaluation_of_the_course_is_refused(
    app: Flask, at_the_end: Learner, tess: Member, ratings: dict[str, int], comment: str
) -> None:
    with pytest.raises(Malformed):
        evaluate(app, tess, ratings, comment)
    assert rows(app, EvaluationAnswer) == []


@pytest.mark.both_databases
def test_nothing_in_an_answer_says_whose_it_is(app: Flask, at_the_end: Learner, tess: Member) -> None:
    evaluate(app, tess)
    columns = {column.name for column in inspect(EvaluationAnswer).columns}
    assert columns == {"id", "course_slug", "month", "item_id", "rating", "key_id", "ciphertext"}
    for answer in rows(app, EvaluationAnswer):
        assert answer.id.version == 4  # type: ignore[attr-defined]
        assert answer.month == date(2026, 11, 1)  # type: ignore[attr-defined]
        if answer.ciphertext:  # type: ignore[attr-defined]
            with app.app_context():
                key = current_keys().sealing[answer.key_id]  # type: ignore[attr-defined]
            made = Fernet(key).extract_timestamp
            assert datetime.fromtimestamp(made(answer.ciphertext), UTC) == datetime(2026, 11, 1, tzinfo=UTC)  # type: ignore[attr-defined]


def test_sqlite_keeps_no_order_of_writing(app: Flask, at_the_end: Learner, tess: Member) -> None:
    evaluate(app, tess)
    with app.app_context():
        stored = db.session.scalars(text("SELECT id FROM evaluation_answer")).all()
        assert list(stored) == sorted(stored)
        with pytest.raises(Exception, match="no such column: rowid"):
            db.session.execute(text("SELECT rowid FROM evaluation_answer"))


def test_the_pages_from_the_last_pass_to_the_certificate(visit: Callable[..., Page], at_the_end: Learner, tess: Member) -> None:
    page = visit("/courses/sample", person=tess)
    assert "2 of 4 done" in page.text
    page = page.follow("Evaluate: Say what the course was like")
    assert "Not shown with your name" in page.text
    page = page.submit("Send", status=422, **{"item-comment": "Shorter scenes."})
    assert "Shorter scenes." in page.html
    rated = {f"item-{item}": str(rating) for item, rating in RATINGS.items()} | {"item-balance": "0"}
    page = page.submit("Send", **rated)
    assert "3 of 4 done" in page.text
    page = page.follow("Sign: Sign that the work was yours")
    page = page.submit("Sign", status=422, name="Somebody Else")
    assert "Somebody Else" in page.html
    page = page.submit("Sign", name="Tess Adeyemi")
    for words in ("That was the last thing", "All requirements are met", "Open the specimen"):
        assert words in page.text
    for address in ("evaluation", "attestation"):
        assert "Back to the course" in visit(f"/courses/sample/{address}", person=tess).text


def test_the_pages_before_their_turn_lead_to_what_is_left(visit: Callable[..., Page], asking: str, learner: Learner, tess: Member) -> None:
    visit("/courses/sample/evaluation", person=tess, status=404)
    learner.enrol()
    for address in ("evaluation", "attestation"):
        assert visit(f"/courses/sample/{address}", person=tess).link("What is left") == "/courses/sample"


def test_a_course_that_asks_for_neither_has_no_such_pages(visit: Callable[..., Page], course: str, learner: Learner, tess: Member) -> None:
    learner.enrol()
    for address in ("evaluation", "attestation"):
        visit(f"/courses/sample/{address}", person=tess, status=404)


def test_what_became_complete_otherwise_is_taken_with_one_button(
    app: Flask, visit: Callable[..., Page], at_the_end: Learner, tess: Member
) -> None:
    evaluate(app, tess)
    with app.app_context(), transaction() as session:  # As after a correction: nothing was the learner's own last act.
        session.scalars(select(Enrolment)).one().attested_at = NOW
    page = visit("/courses/sample", person=tess)
    assert "the certificate is yours to take" in page.text
    page = page.submit("Get your certificate")
    assert "Open the specimen" in page.text
    assert len(rows(app, Completion)) == 1
