"""R7, R8, C1 at the level of services, on both databases: many at once, one effect; and controls without the protection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from ceapp.certificates.models import Certificate
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.rendering import Paper
from ceapp.certificates.service import issue
from ceapp.database import Model, db, new_id, transaction
from ceapp.errors import Refused
from ceapp.learning import service
from ceapp.learning.models import Answer, Attempt, Completion
from ceapp.learning.queries import OpenedAttempt
from ceapp.learning.seen import attempt_seen
from ceapp.learning.service import Receipt
from ceapp.reporting import exporting
from ceapp.reporting.models import Export
from ceapp.reporting.selection import Selection
from tests.accounts.parallel import at_once
from tests.certificates.conftest import PUBLIC, completion, png, provider_input
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.learning.conftest import Learner
from tests.reliability.damage import unprotected
from tests.reliability.ledger import faults_of
from tests.reliability.rounds import rounds, together

pytestmark = pytest.mark.both_databases

AT_ONCE = 40
RIVALS = 8


@pytest.fixture
def limited(library: Library) -> None:
    """The sample course with two attempts, completed by its two shortest scenarios."""
    library.edit("sample/course.md", "attempts: unlimited", "attempts: 2")
    library.edit("sample/course.md", "[every-kind, short]", "[extra, short]")
    library.edit("sample/course.md", "optional: [extra]", "optional: [every-kind]")
    assert not library.publish().problems


@pytest.fixture
def anybody(app: Flask, limited: None, make_person: Callable[..., Member]) -> Callable[[int], Learner]:
    """A new learner, enrolled."""

    def make(number: int) -> Learner:
        learner = Learner(app, make_person(f"learner-{number}@example.org", f"Learner {number}"))
        learner.enrol()
        return learner

    return make


def faults(app: Flask) -> list[str]:
    with app.app_context():
        return faults_of(db.engine)


def rows(app: Flask, table: type[Model]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def begun_at_once(app: Flask, learner: Learner) -> list[Any]:
    keys = [learner.key() for _ in range(AT_ONCE)]
    return at_once(app, AT_ONCE, lambda number: learner.begin("short", key=keys[number]))


def test_r8_forty_starts_of_a_last_attempt_begin_one(app: Flask, anybody: Callable[[int], Learner]) -> None:
    for number in range(rounds(1, 20)):
        learner = anybody(number)
        learner.answer(learner.begin("short"), "now", ("like",))
        begun = begun_at_once(app, learner)
        assert len({attempt.id for attempt in begun}) == 1
        learner.answer(begun[0], "now", ("like",))
        assert all(isinstance(each, Refused) for each in begun_at_once(app, learner))
    assert rows(app, Attempt) == 2 * rounds(1, 20)
    assert faults(app) == []


@pytest.mark.parametrize("protected", [True, False])
def test_r8_control_counting_before_inserting(app: Flask, anybody: Callable[[int], Learner], protected: bool) -> None:
    """Starts that only count before they insert: the unique number holds the limit, and without it the checker sees them."""
    learner = anybody(0)
    last = learner.begin("short")
    learner.answer(last, "now", ("like",))
    with app.app_context():
        if not protected:
            unprotected(db.engine, Attempt)
        begun = together([_count_then_insert(db.engine, last)] * RIVALS)
    inserted = sum(each is None for each in begun)
    assert sum(isinstance(each, IntegrityError) for each in begun) == RIVALS - inserted
    assert (inserted == 1) is protected
    assert (faults(app) == []) is protected


def _count_then_insert(engine: Engine, like: Attempt) -> Callable[[], None]:
    counted = threading.Barrier(RIVALS)
    table = Attempt.__table__

    def start() -> None:
        with engine.connect() as connection:
            count = connection.scalar(select(func.count()).where(table.c.series_id == like.series_id)) or 0
        counted.wait()
        assert count < 2
        values = {column.name: getattr(like, column.name) for column in table.columns}
        fresh = {"id": new_id(), "number": count + 1, "form_key": str(new_id()), "closed_at": None}
        with engine.begin() as connection:
            connection.execute(table.insert().values({**values, **fresh}))

    return start


def test_r7_forty_identical_posts_are_one_answer(app: Flask, anybody: Callable[[int], Learner]) -> None:
    for number in range(rounds(1, 20)):
        learner = anybody(number)
        attempt = learner.begin("short")
        receipts = at_once(app, AT_ONCE, lambda _: learner.answer(attempt, "now", ("ask",), key=f"{number:024}"))
        assert {receipt.position for receipt in receipts} == {1}
        assert not any(receipt.was_answered for receipt in receipts)
        assert sum(receipt.closed for receipt in receipts) == 1
    assert rows(app, Answer) == rounds(1, 20)
    assert faults(app) == []


def test_r7_of_two_answers_at_once_one_stands_and_the_other_is_told(app: Flask, anybody: Callable[[int], Learner]) -> None:
    for number in range(rounds(3, 60)):
        learner = anybody(number)
        attempt = learner.begin("short")
        given = [("ask",), ("like",)]
        receipts: list[Receipt] = at_once(app, 2, lambda place: learner.answer(attempt, "now", given[place]))
        (stands,) = [given[place] for place, receipt in enumerate(receipts) if not receipt.was_answered]
        with app.app_context():
            assert tuple(db.session.scalars(select(Answer).where(Answer.attempt_id == attempt.id)).one().given) == stands
    assert faults(app) == []


def last_two(learner: Learner) -> list[Callable[[], Receipt]]:
    attempts = [learner.begin("extra"), learner.begin("short")]
    return [lambda attempt=attempt: learner.answer(attempt, "now", ("ask",)) for attempt in attempts]


def test_c1_two_last_scenarios_at_once_complete_once(app: Flask, anybody: Callable[[int], Learner]) -> None:
    for number in range(rounds(3, 60)):
        deeds = last_two(anybody(number))
        receipts = at_once(app, 2, lambda place: deeds[place]())
        assert sorted(receipt.completed for receipt in receipts) == [False, True]
    assert rows(app, Completion) == rows(app, Certificate) == rounds(3, 60)
    assert faults(app) == []


def test_c1_the_last_answer_sent_often_completes_once(app: Flask, anybody: Callable[[int], Learner]) -> None:
    for number in range(rounds(1, 20)):
        learner = anybody(number)
        learner.answer(learner.begin("extra"), "now", ("ask",))
        last = learner.begin("short")
        receipts = at_once(app, AT_ONCE, lambda _: learner.answer(last, "now", ("ask",), key="k" * 24 + str(number)))
        assert sum(receipt.completed for receipt in receipts) == 1
    assert rows(app, Completion) == rows(app, Certificate) == rounds(1, 20)
    assert faults(app) == []


def test_r7_enrolling_and_beginning_at_once(app: Flask, limited: None, tess: Member) -> None:
    learner = Learner(app, tess)
    assert len(set(at_once(app, AT_ONCE, lambda _: learner.enrol()))) == 1
    assert len({attempt.id for attempt in begun_at_once(app, learner)}) == 1
    assert faults(app) == []


def test_c1_control_without_the_lock_each_misses_the_other(
    app: Flask, engine: str, anybody: Callable[[int], Learner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL, where writers meet. On SQLite the second is kept out until the first gives up waiting for it."""
    both_have_scored, both_have_decided, complete = threading.Barrier(2), threading.Barrier(2), service.complete_if_all_met

    def unlocked(person_id: UUID, attempt_id: UUID) -> tuple[OpenedAttempt, tuple[Answer, ...], UUID | None]:
        found = attempt_seen(person_id, attempt_id)
        assert found is not None
        return *found, found[0].enrolment.id if found[0].enrolment else None

    def wait(enrolment_id: UUID, *, now: datetime) -> bool:
        both_have_scored.wait(20 if engine == "postgresql" else 0.5)
        completed = complete(enrolment_id, now=now)
        both_have_decided.wait(20)
        return completed

    monkeypatch.setattr(service, "_locked", unlocked)
    monkeypatch.setattr(service, "lock_enrolment", lambda _: None)
    monkeypatch.setattr(service, "complete_if_all_met", wait)
    receipts = together(last_two(anybody(0)))
    if engine == "sqlite":
        assert [type(each) for each in receipts] == [threading.BrokenBarrierError] * 2
        assert faults(app) == []
    else:
        assert [each.completed for each in receipts] == [False, False]
        assert "everything is met and it is not complete" in "; ".join(faults(app))


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"base_url": PUBLIC}


@pytest.mark.parametrize("remembers", [True, False])
def test_r7_forty_askings_for_the_same_archive_are_one_export(
    app: Flask, course: str, make_person: Callable[..., Member], ada: Member, monkeypatch: pytest.MonkeyPatch, remembers: bool
) -> None:
    """The control forgets what was just asked for."""
    if not remembers:
        monkeypatch.setattr(exporting, "_serves", lambda *_: False)
    holder = make_person("one@example.org")
    with app.app_context():
        set_provider_facts(provider_input(signature=png()), after_version=0, by=ada.id, now=NOW)
        with transaction():
            issue(person_id=holder.id, course_slug=course, cycle=1, facts_input=completion(), now=NOW)
    asked = at_once(app, AT_ONCE, lambda _: exporting.ask(ada.id, Selection(), Paper.LETTER, now=NOW))
    assert (len(set(asked)) == rows(app, Export) == 1) is remembers
