"""Two who take an assignment back at the same moment, one from all and one from a single person: neither blocks the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from ceapp.database import db, everybody, new_id, scoped_to, transaction
from ceapp.errors import Unavailable
from ceapp.supervision.assigning import changes
from ceapp.supervision.models import Task
from tests.conftest import Agency, Member
from tests.harness.assignments import assign
from tests.reliability.server import wait_until

pytestmark = pytest.mark.both_databases

SCENARIOS = ["every-kind", "short", "extra"]


@pytest.fixture
def made(app: Flask, agency: Agency, ines: Member, tess: Member, course: str, now: datetime) -> tuple[UUID, list[UUID]]:
    """An assignment to Tess whose rows lie in the file the other way round than by their ids; its id and the tasks' ids, in order."""
    assigned = assign(app, agency, ines, [], course, SCENARIOS, now=now)
    ids = sorted(new_id() for _ in SCENARIOS)
    for position, task_id in reversed(list(enumerate(ids, 1))):
        with app.app_context(), scoped_to(agency.id), transaction() as session:
            session.add(Task(id=task_id, organisation_id=agency.id, assignment_id=assigned.id, position=position, trainee_id=tess.id))
    return assigned.id, ids


@contextmanager
def held(app: Flask, task_id: UUID) -> Iterator[Connection]:
    """Somebody else is just changing this task."""
    with app.app_context(), everybody("the test locks a row"), db.engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT id FROM task WHERE id = :id FOR UPDATE"), {"id": task_id})
        yield connection


def waiting(connection: Connection) -> int:
    return connection.scalar(text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")) or 0


def test_both_ways_of_taking_back_end_without_the_other(
    app: Flask, agency: Agency, ines: Member, tess: Member, made: tuple[UUID, list[UUID]], now: datetime
) -> None:
    assignment_id, _ = made
    deeds: list[tuple[Any, ...]] = [(changes.withdraw_from, assignment_id, tess.id), (changes.withdraw, assignment_id)]
    with ThreadPoolExecutor(2) as threads:
        ends = [threads.submit(_do, app, agency, ines, now, *deed) for deed in deeds]
        assert [end.result() for end in ends] == [None, None]
    with app.app_context(), scoped_to(agency.id):
        assert all(task.withdrawn_at == now for task in db.session.query(Task).where(Task.organisation_id == agency.id))


@pytest.mark.parametrize("in_order", [True, False])
def test_tasks_are_locked_in_one_order(
    app: Flask,
    engine: str,
    agency: Agency,
    ines: Member,
    tess: Member,
    made: tuple[UUID, list[UUID]],
    now: datetime,
    in_order: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On PostgreSQL, where rows are locked one by one. Without the order (the control) both wait for each other, and one is refused."""
    if engine == "sqlite":
        return  # One writer at a time.
    if not in_order:
        monkeypatch.setattr(changes, "lock_tasks", lambda *_: None)
    assignment_id, ids = made
    _scan_in_the_order_of_the_file(app)
    with ThreadPoolExecutor(2) as threads:
        with held(app, ids[0]) as connection:
            from_one = threads.submit(_do, app, agency, ines, now, changes.withdraw_from, assignment_id, tess.id)
            wait_until(lambda: waiting(connection) == 1, "the first waits for the task that is held")
            from_all = threads.submit(_do, app, agency, ines, now, changes.withdraw, assignment_id)
            wait_until(lambda: waiting(connection) == 2, "the second waits as well")
        ends = [from_one.result(), from_all.result()]
    assert [isinstance(end, Unavailable) for end in ends].count(True) == (0 if in_order else 1)
    assert in_order is (ends == [None, None])


def _scan_in_the_order_of_the_file(app: Flask) -> None:
    """An index would hide in which order an UPDATE locks by itself."""
    with app.app_context():
        with db.engine.begin() as connection:
            name = connection.scalar(text("SELECT current_database()"))
            for way in ("indexscan", "bitmapscan"):
                connection.execute(text(f"ALTER DATABASE {name} SET enable_{way} = off"))
        db.engine.dispose()  # It counts for connections made from now on.


def _do(app: Flask, agency: Agency, by: Member, now: datetime, deed: Callable[..., None], *words: Any) -> Unavailable | None:
    with app.app_context(), scoped_to(agency.id):
        try:
            deed(agency.id, by.id, *words, now=now)
        except Unavailable as refusal:
            return refusal
        finally:
            db.session.remove()
    return None
