"""The control of every harness here: the checker finds nothing in a sound database, and each damage in a damaged one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, InternalError
from sqlalchemy.orm import Session

from ceapp.certificates.models import Certificate
from ceapp.database import Model, db
from ceapp.keys import Keys
from ceapp.learning.models import Answer, Attempt, Completion, CompletionRequirement, Reflection, Score, Series
from tests.conftest import NOW, Member
from tests.learning.conftest import GOOD_PATH, Learner
from tests.reliability.damage import Deed, again, one, unprotected
from tests.reliability.journeys import Filled
from tests.reliability.ledger import Acknowledged, faults_of

TEXT = "These are at least five words."


@dataclass(frozen=True, slots=True)
class History:
    """What a learner was told: a course completed, then one more attempt begun."""

    answers: tuple[Acknowledged, ...]
    beginnings: tuple[Acknowledged, ...]


@pytest.fixture
def history(app: Flask, course: str, tess: Member) -> History:
    learner = Learner(app, tess)
    learner.enrol()
    whole, short, open_one = learner.begin(), learner.begin("short"), learner.begin("every-kind", purpose="practice")
    paths = [(whole, GOOD_PATH), (short, (("now", ("ask",)),)), (open_one, GOOD_PATH[:2])]
    told = []
    for attempt, path in paths:
        for question, given in path:
            key, text = learner.key(), TEXT if question == "note" else ""
            learner.answer(attempt, question, given, text=text, key=key)
            told.append(sent(attempt, question, given, key, text))
    beginnings = [Acknowledged(attempt.id, Filled("/begin", (("key", attempt.form_key),))) for attempt, _ in paths]
    return History(tuple(told), tuple(beginnings))


def sent(attempt: Attempt, question: str, given: tuple[str, ...], key: str, text: str = "") -> Acknowledged:
    """The form by which this answer would have been posted."""
    page_ids = {option_id: page_id for page_id, option_id in attempt.option_order.get(question, [])}
    if question == "order":
        fields = [(f"place-{page_ids[option_id]}", str(place)) for place, option_id in enumerate(given, 1)]
    else:
        fields = [("given", page_ids[option_id]) for option_id in given]
    return Acknowledged(attempt.id, Filled(f"/attempts/{attempt.id}", (("key", key), *fields, *([("text", text)] if text else []))))


def faults(app: Flask, history: History) -> str:
    keys: Keys = app.extensions["ceapp.keys"]
    with app.app_context():
        return "; ".join(faults_of(db.engine, history.answers, history.beginnings, keys))


@pytest.mark.both_databases
def test_nothing_is_found_in_a_sound_database(app: Flask, history: History) -> None:
    assert faults(app, history) == ""


def _lose(table: type[Model], **values: object) -> Deed:
    return lambda session: session.delete(one(session, table, **values))


def _double(table: type[Model], **changes: object) -> Deed:
    return lambda session: again(session, one(session, table), **changes)


def _change(table: type[Model], where: dict[str, object], **changes: object) -> Deed:
    def change(session: Session) -> None:
        row = one(session, table, **where)
        session.execute(update(table).where(table.id == row.id).values(**changes))  # type: ignore[attr-defined]

    return change


def _lose_completion(session: Session) -> None:
    for met in session.query(CompletionRequirement):
        session.delete(met)
    session.delete(one(session, Completion))


def _score_the_open_one(session: Session) -> None:
    again(session, one(session, Score), attempt_id=one(session, Attempt, closed_at=None).id)


def _limit_the_open_one(session: Session) -> None:
    session.execute(update(Series).where(Series.purpose == "practice").values(allowed=0))


DAMAGES: dict[str, tuple[tuple[type[Model], ...], Deed, str]] = {
    "an answer is lost": ((Answer,), _lose(Answer, position=2, question_id="risks"), "acknowledged answer is stored 0 times"),
    "the newest answer is lost": ((Answer,), _lose(Answer, question_id="now"), "acknowledged answer is stored 0 times"),
    "an answer is there twice": ((Answer,), _double(Answer), "acknowledged answer is stored 2 times"),
    "a question is answered twice": (
        (Answer,),
        _double(Answer, form_key="k" * 24, position=9),
        "answer: 2 rows with one attempt_id and question_id",
    ),
    "two answers have one place": ((Answer,), _change(Answer, {"question_id": "risks"}, position=1), "attempt.gap"),
    "an answer is another": (
        (Answer,),
        _change(Answer, {"question_id": "now"}, given=["like"]),
        "acknowledged answer is stored as another",
    ),
    "a text is lost": ((Reflection,), _lose(Reflection), "an acknowledged text is lost"),
    "a text is a draft again": ((Reflection,), _change(Reflection, {}, handed_in_at=None), "an acknowledged text is lost"),
    "a beginning is lost": ((Attempt,), _change(Attempt, {"closed_at": None}, form_key="k" * 24), "an acknowledged beginning is lost"),
    "a score is lost": ((Score,), _lose(Score), "attempt.not-scored"),
    "a score is there twice": ((Score,), _double(Score), "score: 2 rows with one attempt_id and version"),
    "an open attempt is scored": ((Score,), _score_the_open_one, "attempt.scored-early"),
    "a score is wrong": ((Score,), _change(Score, {}, passed=False), "attempt.wrong-score"),
    "an attempt is closed early": ((Attempt,), _change(Attempt, {"closed_at": None}, closed_at=NOW), "attempt.closed-early"),
    "an attempt is open again": ((Attempt,), _change(Attempt, {"closed_at": NOW}, closed_at=None), "attempt.not-closed"),
    "a number is there twice": ((Attempt,), _double(Attempt, form_key="k" * 24), "attempt: 2 rows with one series_id and number"),
    "two attempts are open": (
        (Attempt,),
        lambda session: again(session, one(session, Attempt, closed_at=None), form_key="k" * 24, number=2),
        "2 attempts open at once",
    ),
    "one attempt too many": ((Series, Attempt), _limit_the_open_one, "1 attempts, allowed are 0"),
    "a completion is lost": ((Completion, CompletionRequirement), _lose_completion, "everything is met and it is not complete"),
    "a completion is there twice": ((Completion,), _double(Completion), "completion: 2 rows with one enrolment_id"),
    "a certificate is lost": ((Certificate,), _lose(Certificate), "certificate.missing"),
    "a certificate is there twice": (
        (Certificate,),
        _double(Certificate, code="0" * 27),
        "certificate: 2 rows with one person_id and course_slug and cycle and version",
    ),
    "a code is there twice": ((Certificate,), _double(Certificate, version=2), "certificate: 2 rows with one code"),
    "complete without the answers": ((Attempt, Score), _change(Score, {}, passed=False), "completion.too-early"),
}


NOT_REFUSED = {
    "a text is lost",
    "a text is a draft again",
    "an open attempt is scored",
    "an attempt is closed early",
    "an attempt is open again",
    "one attempt too many",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_c7_every_damage_is_found(app: Flask, history: History, damage: str) -> None:
    tables, deed, words = DAMAGES[damage]
    with app.app_context():
        unprotected(db.engine, *tables)
        with Session(db.engine) as session, session.begin():
            deed(session)
    assert words in faults(app, history)


@pytest.mark.both_databases
def test_the_database_itself_refuses_most_of_it(app: Flask, history: History) -> None:
    """What it does not refuse is written in one transaction with what belongs to it."""
    with app.app_context():
        taken = {damage for damage, (_, deed, _) in DAMAGES.items() if not _is_refused(deed)}
    assert taken == NOT_REFUSED
    assert faults(app, history) == ""


def _is_refused(deed: Deed) -> bool:
    """Whether the database refuses it; it is undone in either case."""
    with Session(db.engine) as session:
        try:
            deed(session)
            session.flush()
        except (IntegrityError, InternalError):
            return True
        finally:
            session.rollback()
    return False
