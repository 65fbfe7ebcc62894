"""Handing in: stored once, scored at the end, complete with the last requirement; all on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from ceapp.certificates.models import Certificate
from ceapp.database import Model, db
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.models import Answer, Attempt, Completion, CompletionRequirement, Reflection, Score
from tests.conftest import NOW, Member
from tests.learning.conftest import GOOD_PATH, Learner

pytestmark = pytest.mark.both_databases


def rows(app: Flask, table: type[Model]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_b2_the_last_answer_scores_and_closes(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin()
    receipt = learner.work_through(attempt)
    assert receipt.closed
    assert not receipt.completed
    with app.app_context():
        score = db.session.scalars(select(Score)).one()
        assert (score.percent, score.passed, score.credits) == (100, True, {"first": "1", "risks": "1", "needed": "1", "order": "1"})
        assert db.session.get_one(Attempt, attempt.id).closed_at == NOW


@pytest.mark.parametrize(
    ("first", "percent", "passed"),
    [("raise", 100, True), ("lines", 95, True), ("wait", 80, True), ("public", 75, False)],
)
def test_grades_count_as_the_format_says(app: Flask, learner: Learner, first: str, percent: int, passed: bool) -> None:
    learner.enrol()
    learner.work_through(learner.begin(), (("first", (first,)), *GOOD_PATH[1:]))
    with app.app_context():
        score = db.session.scalars(select(Score)).one()
        assert (score.percent, score.passed) == (percent, passed)


def test_the_same_form_twice_is_one_answer_with_one_receipt(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin()
    first = learner.answer(attempt, "first", ("raise",), key="k" * 24)
    again = learner.answer(attempt, "first", ("raise",), key="k" * 24)
    assert (first.position, again.position, again.was_answered) == (1, 1, False)
    assert rows(app, Answer) == 1


def test_b4_the_same_form_with_another_answer_is_refused(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin()
    learner.answer(attempt, "first", ("raise",), key="k" * 24)
    with pytest.raises(Refused, match="another answer, which stands"):
        learner.answer(attempt, "first", ("wait",), key="k" * 24)


def test_a_second_tab_gets_the_first_answer(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin()
    learner.answer(attempt, "first", ("raise",))
    receipt = learner.answer(attempt, "first", ("wait",))
    assert (receipt.position, receipt.was_answered) == (1, True)
    with app.app_context():
        assert db.session.scalars(select(Answer)).one().given == ["raise"]


@pytest.mark.parametrize(
    ("question", "given", "error"),
    [
        ("order", ("consult", "talk", "write"), Refused),  # out of turn
        ("first", (), Malformed),
        ("first", ("raise", "wait"), Malformed),
        ("first", ("see",), Malformed),
        ("nonsense", ("raise",), Refused),
    ],
)
def test_b6_b10_what_cannot_be_an_answer_changes_nothing(
    app: Flask, learner: Learner, question: str, given: tuple[str, ...], error: type
) -> None:
    learner.enrol()
    attempt = learner.begin()
    with pytest.raises(error):
        learner.answer(attempt, question, given)
    assert rows(app, Answer) == 0


def test_b5_a_closed_attempt_takes_no_more(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin("short")
    learner.answer(attempt, "now", ("like",))
    with pytest.raises(Refused, match="closed"):
        learner.answer(attempt, "other", ("ask",))


def test_somebody_elses_attempt_does_not_exist(learner: Learner, learner_of: object, rita: Member) -> None:
    learner.enrol()
    attempt = learner.begin()
    with pytest.raises(Missing):
        learner_of(rita).answer(attempt, "first", ("raise",))  # type: ignore[operator]


def test_b5_answers_and_scores_cannot_be_rewritten(app: Flask, learner: Learner) -> None:
    learner.enrol()
    learner.answer(learner.begin("short"), "now", ("like",))
    for statement in ("UPDATE answer SET given = '[]'", "DELETE FROM answer", "UPDATE score SET passed = true", "DELETE FROM score"):
        with app.app_context(), pytest.raises(DatabaseError, match="kept as they were written"), db.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_c7_the_last_requirement_completes_and_issues_in_the_same_act(app: Flask, learner: Learner) -> None:
    receipt = learner.complete()
    assert receipt.completed
    with app.app_context():
        completion = db.session.scalars(select(Completion)).one()
        met = db.session.scalars(select(CompletionRequirement)).all()
        certificate = db.session.scalars(select(Certificate)).one()
        assert (completion.completed_at, completion.completed_on, completion.time_zone) == (NOW, date(2026, 11, 20), "America/Toronto")
        assert {each.scenario_slug for each in met} == {"every-kind", "short"}
        assert (certificate.version, certificate.basis, certificate.person_id) == (1, "completion", learner.person.id)


def test_nothing_more_happens_after_completion(app: Flask, learner: Learner) -> None:
    learner.complete()
    learner.answer(learner.begin("short"), "now", ("ask",))
    assert (rows(app, Completion), rows(app, Certificate)) == (1, 1)


def test_the_completion_day_is_that_of_the_learners_zone(app: Flask, learner: Learner) -> None:
    learner.complete(now=datetime(2026, 11, 21, 3, 0, tzinfo=UTC))  # still the 20th in Toronto
    with app.app_context():
        assert db.session.scalars(select(Completion)).one().completed_on == date(2026, 11, 20)


def test_if_the_certificate_cannot_be_made_the_answer_is_not_stored_either(
    app: Flask, learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_values: object) -> None:
        raise RuntimeError

    learner.enrol()
    learner.work_through(learner.begin())
    attempt = learner.begin("short")
    monkeypatch.setattr("ceapp.learning.service.issue", broken)
    with pytest.raises(RuntimeError):
        learner.answer(attempt, "now", ("ask",))
    with app.app_context():
        assert db.session.get_one(Attempt, attempt.id).is_open
    assert (rows(app, Answer), rows(app, Completion)) == (5, 0)


def test_h4_a_reflection_is_encrypted_and_may_be_left_out(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin()
    learner.work_through(attempt, GOOD_PATH[:-1])
    with pytest.raises(Malformed, match="at least 5 words; there are 2"):
        learner.answer(attempt, "note", (), text="too short")
    learner.answer(attempt, "note", (), text="PLANTED words that nobody else reads")
    with app.app_context():
        text = db.session.scalars(select(Reflection)).one()
        answer = db.session.scalars(select(Answer).where(Answer.question_id == "note")).one()
        assert b"PLANTED" not in text.ciphertext
        assert (answer.text_id, answer.words, answer.given) == (text.id, 6, [])


def test_time_that_runs_backwards_does_not_break_the_record(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin(now=NOW + timedelta(hours=1))
    learner.work_through(attempt, now=NOW)
    assert rows(app, Score) == 1
