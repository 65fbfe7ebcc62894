"""Work besides answering: features register jobs, and every server process runs them beside its requests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from blinker import Namespace
from flask import Flask

from ceapp.database.slow_queries import Work, count_into
from ceapp.log_lines import places

log = logging.getLogger(__name__)

job_failed = Namespace().signal("ceapp-job-failed")
"""Sent by the application with `job`, the name of one whose turn ended in an error."""

Run = Callable[[datetime], bool]
"""One turn of a job at this time; whether there is more to do at once.

It runs in an application context of its own, with no scope. Other processes run the same job: whatever it takes up, it has to claim.
"""


@dataclass
class Job:
    """`every` so many seconds it has a turn, the first at once; None: only when somebody wakes it."""

    name: str
    every: float | None
    run: Run
    due_at: datetime | None = None
    woken: threading.Event = field(default_factory=threading.Event)

    def is_due(self, now: datetime) -> bool:
        if self.woken.is_set():
            return True
        if self.every is None:
            return False
        return self.due_at is None or not timedelta() < self.due_at - now <= timedelta(seconds=self.every)  # The clock may be set back.

    def seconds_left(self, now: datetime) -> float | None:
        """How long to sleep before the next turn; None: until it is woken."""
        if self.is_due(now):
            return 0
        return None if self.due_at is None else (self.due_at - now).total_seconds()


def install(app: Flask) -> None:
    app.extensions["ceapp.jobs"] = []


def register_job(app: Flask, name: str, every: float | None, run: Run) -> None:
    """Have `run` called every so many seconds, and once more at once whenever it says that there is more to do."""
    jobs_of(app).append(Job(name, every, run))


def jobs_of(app: Flask) -> list[Job]:
    jobs: list[Job] = app.extensions["ceapp.jobs"]
    return jobs


def wake(app: Flask, name: str) -> None:
    """There is something to do for this job now; nothing happens when there is no such job."""
    for job in jobs_of(app):
        if job.name == name:
            job.woken.set()


def run_due_jobs(app: Flask, now: datetime) -> list[str]:
    """Give every job that is due one turn; the names of those that had one."""
    return [job.name for job in jobs_of(app) if run_if_due(app, job, now)]


def run_if_due(app: Flask, job: Job, now: datetime) -> bool:
    """Give the job a turn when it is due. What it raises is logged, without a word of it, and it has its next turn as usual."""
    if not job.is_due(now):
        return False
    job.woken.clear()
    job.due_at = None if job.every is None else now + timedelta(seconds=job.every)
    if Context().run(_run, app, job, now):
        job.woken.set()
    return True


def _run(app: Flask, job: Job, now: datetime) -> bool:
    count_into(Work(rule=f"job {job.name}"))
    try:
        with app.app_context():
            return job.run(now)
    except Exception as problem:  # noqa: BLE001 - whatever it is, the next turn comes
        log.error("job %s: %s at %s", job.name, type(problem).__name__, places(problem))
        job_failed.send(app, job=job.name)
        return False
