"""How long somebody worked: as a table of cases, as properties, and as the record gives it on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from ceapp.database import db
from ceapp.learning import starting
from ceapp.learning.time_spent import AnsweredStep, WorkedAttempt, allowance, seconds_worked
from ceapp.learning.times import time_spent, times_spent
from tests.conftest import NOW, Member
from tests.learning.conftest import Learner

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def attempt(*steps: tuple[int | None, int], began: int = 0, words: int = 100) -> WorkedAttempt:
    """An attempt whose steps are (shown, answered) in seconds after noon."""
    return WorkedAttempt(
        at(began), tuple(AnsweredStep(None if shown is None else at(shown), at(answered), words) for shown, answered in steps)
    )


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [
        ([], 0),
        ([attempt()], 0),
        ([attempt((0, 60))], 60),
        ([attempt((0, 60), (90, 150))], 150),  # half a minute with the feedback
        ([attempt((None, 60))], 60),
        ([attempt((0, 28_800))], 600),  # a night over one question
        ([attempt((0, 60), (28_800, 28_860))], 60 + 600 + 60),  # a night between two
        ([attempt((0, 28_800), words=1_000)], 1_200),  # a long text: four times five minutes
        ([attempt((0, 300)), attempt((100, 400), began=100)], 400),  # two tabs
        ([attempt((0, 300)), attempt((300, 400), began=300)], 400),
        ([attempt((0, 60)), attempt((86_400, 86_430), began=86_400)], 90),
        ([attempt((50, 20))], 20),  # the clock was set back
        ([attempt((0, 60), (30, 90))], 90),
        ([attempt((0, 60), (10, 20))], 60),
    ],
)
def test_seconds_worked(attempts: list[WorkedAttempt], seconds: int) -> None:
    assert seconds_worked(attempts) == seconds


def test_the_allowance_grows_with_the_text() -> None:
    assert [allowance(words) // timedelta(seconds=1) for words in (0, 500, 501, 2_000)] == [600, 600, 601, 2_400]


@st.composite
def attempts(draw: st.DrawFn) -> WorkedAttempt:
    """Any attempt, also one whose clock went backwards."""
    moments = st.integers(0, 20_000)
    steps = draw(st.lists(st.tuples(st.none() | moments, moments, st.integers(0, 3_000)), max_size=5))
    began = at(draw(moments))
    return WorkedAttempt(began, tuple(AnsweredStep(None if s is None else at(s), at(a), words) for s, a, words in steps))


@given(st.lists(attempts(), max_size=4))
def test_never_more_than_the_time_that_passed_nor_than_the_allowances(given_attempts: list[WorkedAttempt]) -> None:
    worked = seconds_worked(given_attempts)
    began = [each.began_at for each in given_attempts if each.steps]
    ended = [step.answered_at for each in given_attempts for step in each.steps]
    assert 0 <= worked <= (max(timedelta(0), max(ended) - min(began)) // timedelta(seconds=1) if ended else 0)
    allowances = [allowance(step.words) for each in given_attempts for step in each.steps]
    assert worked <= 2 * sum(allowances, timedelta(0)) // timedelta(seconds=1)


@given(st.lists(attempts(), max_size=4), attempts())
def test_more_work_never_counts_less_and_nothing_counts_twice(given_attempts: list[WorkedAttempt], further: WorkedAttempt) -> None:
    before, alone = seconds_worked(given_attempts), seconds_worked([further])
    together = seconds_worked([*given_attempts, further])
    assert max(before, alone) <= together <= before + alone + 1  # each sum is cut to whole seconds
    assert seconds_worked([*given_attempts, *given_attempts]) == before
    assert seconds_worked(reversed(given_attempts)) == before


@pytest.mark.both_databases
class TestRecord:
    def test_credit_counts_and_practice_does_not(self, app: Flask, learner: Learner) -> None:
        enrolment_id = learner.enrol()
        begun = learner.begin("short")
        learner.answer(begun, "now", ("like",), now=NOW + timedelta(seconds=90))
        again = learner.begin("short", now=NOW + timedelta(seconds=200))
        learner.answer(again, "now", ("ask",), now=NOW + timedelta(seconds=230))
        practice = learner.begin("short", purpose="practice", now=NOW + timedelta(seconds=300))
        learner.answer(practice, "now", ("ask",), now=NOW + timedelta(seconds=400))
        with app.app_context():
            assert time_spent(enrolment_id) == 120
            assert times_spent([enrolment_id])[enrolment_id].by_scenario == {"short": 120}

    def test_an_assigned_attempt_counts_when_it_is_done_and_only_since_the_enrolment(self, app: Flask, learner: Learner) -> None:
        _assigned(app, learner, NOW - timedelta(days=1))
        enrolment_id = learner.enrol()
        _assigned(app, learner, NOW + timedelta(minutes=1))
        with app.app_context():
            assert time_spent(enrolment_id) == 45

    def test_what_comes_after_the_completion_does_not_count(self, app: Flask, learner: Learner) -> None:
        enrolment_id = learner.enrol()
        learner.complete(NOW)
        _assigned(app, learner, NOW + timedelta(hours=1))
        with app.app_context():
            assert time_spent(enrolment_id) == 0

    def test_an_enrolment_without_answers(self, app: Flask, learner: Learner) -> None:
        enrolment_id = learner.enrol()
        learner.begin()
        with app.app_context():
            assert time_spent(enrolment_id) == 0

    def test_many_enrolments_in_one_statement(
        self, app: Flask, course: str, tess: Member, omar: Member, learner_of: Callable[[Member], Learner]
    ) -> None:
        enrolments = []
        for person in (tess, omar):
            one = learner_of(person)
            enrolments.append(one.enrol())
            one.answer(one.begin("short"), "now", ("ask",), now=NOW + timedelta(seconds=30))
        with app.app_context():
            times_spent(enrolments)  # the texts are in memory then
            statements: list[str] = []
            event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
            assert [each.seconds for each in times_spent(enrolments).values()] == [30, 30]
            assert len(statements) == 1


def _assigned(app: Flask, learner: Learner, began: datetime) -> None:
    """An assigned attempt that takes three quarters of a minute."""
    with app.app_context():
        begun = starting.begin_assigned(
            learner.person.id, "sample", "short", series_id=None, allowed=None, form_key=learner.key(), now=began
        )
    learner.answer(begun, "now", ("ask",), now=began + timedelta(seconds=45))
