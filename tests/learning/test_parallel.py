"""B3, B4, R7, R8: double clicks, second tabs, and many starts of a last attempt at the same instant, on both databases.

Each has a control: the same storm on a database without the protection breaks the rule, so that a green result means something.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.certificates.models import Certificate
from ceapp.database import Model, db, transaction
from ceapp.errors import CeappError
from ceapp.learning.models import Answer, Attempt, Completion, Score
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.learning.conftest import Learner

pytestmark = pytest.mark.both_databases


def at_once(deeds: list[Callable[[], object]]) -> list[object]:
    """Run all deeds at the same instant, each in a thread of its own; what they returned, or the refusal they raised."""
    barrier = Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return deed()
        except CeappError as refusal:
            return refusal

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def rows(app: Flask, table: type[Model]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def last_attempt_of(app: Flask, library: Library, person: Member) -> Learner:
    library.edit("sample/course.md", "attempts: unlimited", "attempts: 1")
    library.publish()
    learner = Learner(app, person)
    learner.enrol()
    return learner


def test_forty_starts_of_a_last_attempt_are_one(app: Flask, library: Library, tess: Member) -> None:
    learner = last_attempt_of(app, library, tess)
    keys = [f"key-of-start-{number:020}" for number in range(40)]
    begun = at_once([lambda key=key: learner.begin("short", key=key) for key in keys])  # type: ignore[misc]
    assert rows(app, Attempt) == 1
    assert len({attempt.id for attempt in begun if isinstance(attempt, Attempt)}) == 1


def test_control_without_the_database_rules_a_storm_breaks_the_limit(app: Flask, library: Library, tess: Member) -> None:
    """Count, then insert, as the naive way does it, on a table without its unique keys."""
    learner = last_attempt_of(app, library, tess)
    attempt = learner.begin("short")
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE naive (series VARCHAR(40), number INTEGER)")
    counted = Barrier(8)

    def start() -> None:
        with app.app_context():
            with db.engine.begin() as connection:
                number = connection.exec_driver_sql("SELECT count(*) FROM naive").scalar_one()
            counted.wait()
            if number < 1:
                with transaction() as session:
                    session.execute(db.text("INSERT INTO naive VALUES (:series, 1)"), {"series": str(attempt.series_id)})

    at_once([start] * 8)
    with app.app_context():
        assert db.session.execute(db.text("SELECT count(*) FROM naive")).scalar_one() == 8


def test_twenty_posts_of_one_form_are_one_answer_with_one_receipt(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin()
    receipts = at_once([lambda: learner.answer(attempt, "first", ("raise",), key="k" * 24)] * 20)
    assert rows(app, Answer) == 1
    assert {receipt.position for receipt in receipts} == {1}  # type: ignore[attr-defined]


def test_of_two_tabs_one_answer_stands_and_the_other_is_told(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin()
    choices = ("raise", "lines", "wait", "public") * 3
    receipts = at_once([lambda choice=choice: learner.answer(attempt, "first", (choice,)) for choice in choices])  # type: ignore[misc]
    assert rows(app, Answer) == 1
    assert sorted(receipt.was_answered for receipt in receipts) == [False] + [True] * 11  # type: ignore[attr-defined]


def test_two_last_scenarios_closed_at_the_same_instant_complete_once(app: Flask, learner: Learner) -> None:
    learner.enrol()
    long, short = learner.begin(), learner.begin("short")
    learner.work_through(
        long, (("first", ("raise",)), ("risks", ("see", "blur")), ("needed", ("yes",)), ("order", ("consult", "talk", "write")))
    )
    receipts = at_once([lambda: learner.answer(long, "note", ()), lambda: learner.answer(short, "now", ("ask",))])
    assert sorted(receipt.completed for receipt in receipts) == [False, True]  # type: ignore[attr-defined]
    assert (rows(app, Score), rows(app, Completion), rows(app, Certificate)) == (2, 1, 1)


def test_the_last_answer_posted_twice_at_once_completes_once(app: Flask, learner: Learner) -> None:
    learner.enrol()
    learner.work_through(learner.begin())
    short = learner.begin("short")
    at_once([lambda: learner.answer(short, "now", ("ask",), key="k" * 24)] * 10)
    assert (rows(app, Score), rows(app, Completion), rows(app, Certificate)) == (2, 1, 1)


def test_enrolling_and_beginning_at_once(app: Flask, learner: Learner) -> None:
    assert len(set(at_once([learner.enrol] * 12))) == 1
    begun = at_once([lambda key=f"start-{number:024}": learner.begin(key=key, now=NOW) for number in range(12)])  # type: ignore[misc]
    assert len({attempt.id for attempt in begun}) == 1  # type: ignore[attr-defined]
