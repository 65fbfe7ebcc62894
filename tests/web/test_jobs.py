"""Jobs beside the pages: each has its turn, whatever another one does, and what it raises is logged without a word of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask, current_app

from ceapp.accounts.models import Membership
from ceapp.database import Unscoped, db, scoped_to
from ceapp.web.jobs import Job, Run, jobs_of, register_job, run_due_jobs, wake
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def no_other_jobs(app: Flask) -> None:
    jobs_of(app).clear()


def note(turns: list[datetime]) -> Run:
    def run(now: datetime) -> bool:
        turns.append(now)
        return False

    return run


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_job_has_its_first_turn_at_once_and_then_one_every_so_often(app: Flask) -> None:
    turns: list[datetime] = []
    register_job(app, "reminders", 600, note(turns))
    for seconds in (0, 1, 599, 600, 601, 1200):
        run_due_jobs(app, at(seconds))
    assert turns == [at(0), at(600), at(1200)]


def test_more_to_do_gives_another_turn_at_once(app: Flask) -> None:
    left = [True, True, False]
    register_job(app, "exports", 2, lambda _now: left.pop(0))
    assert [run_due_jobs(app, at(0)) for _ in range(4)] == [["exports"]] * 3 + [[]]


def test_a_job_can_be_woken(app: Flask) -> None:
    turns: list[datetime] = []
    register_job(app, "mail", None, note(turns))
    run_due_jobs(app, at(0))
    wake(app, "mail")
    wake(app, "no such job")
    run_due_jobs(app, at(5))
    run_due_jobs(app, at(6))
    assert turns == [at(5)]


def test_a_job_that_raises_is_logged_without_its_words_and_keeps_no_other(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    turns: list[str] = []

    def broken(_now: datetime) -> bool:
        turns.append("broken")
        raise ValueError("the code is 482913")

    def sound(_now: datetime) -> bool:
        turns.append("sound")
        return False

    register_job(app, "broken", 10, broken)
    register_job(app, "sound", 10, sound)
    for seconds in (0, 5, 10):
        run_due_jobs(app, at(seconds))
    assert turns == ["broken", "sound"] * 2
    assert caplog.messages[0].startswith("job broken: ValueError at ")
    assert "482913" not in caplog.text


def test_a_job_runs_in_an_application_context_of_its_own_without_a_scope(app: Flask) -> None:
    seen: list[str] = []

    def look(_now: datetime) -> bool:
        seen.append(current_app.name)
        with pytest.raises(Unscoped):
            db.session.query(Membership).all()
        return False

    register_job(app, "look", 10, look)
    with scoped_to(UUID(int=1)):
        run_due_jobs(app, at(0))
    assert seen == [app.name]


@pytest.mark.parametrize(
    ("job", "seconds", "left"),
    [
        (Job("new", 10, bool), 0, 0),
        (Job("waiting", 10, bool, due_at=at(7)), 0, 7),
        (Job("due", 10, bool, due_at=at(7)), 7, 0),
        (Job("only when woken", None, bool), 0, None),
        (Job("the clock was set back by an hour", 10, bool, due_at=at(10)), -3600, 0),
    ],
    ids=lambda value: value.name if isinstance(value, Job) else "",
)
def test_how_long_to_sleep(job: Job, seconds: float, left: float | None) -> None:
    assert job.seconds_left(at(seconds)) == left
