"""What a server process does beside answering: the jobs that features registered, each in a thread that ends with the process."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from flask import Flask

from ceapp import clock
from ceapp.mail.background import JOB
from ceapp.mail.queries import waiting_count
from ceapp.web.jobs import Job, jobs_of, register_job, run_if_due

log = logging.getLogger(__name__)


def start_background(app: Flask) -> None:
    """Run the jobs from now on. A job that takes long or hangs keeps neither pages nor other jobs waiting."""
    if not app.extensions["ceapp.settings"].mail_url:
        register_job(app, JOB, None, _tell_waiting)
    for job in jobs_of(app):
        threading.Thread(target=_work, args=(app, job), name=f"job-{job.name}", daemon=True).start()


def _work(app: Flask, job: Job) -> None:
    while True:
        run_if_due(app, job, clock.now())
        job.woken.wait(job.seconds_left(clock.now()))


def _tell_waiting(_now: datetime) -> bool:
    if words := waiting_words():
        log.warning("%s", words)
    return False


def waiting_words() -> str:
    """That messages wait and nobody sends them; empty when none does."""
    count = waiting_count()
    if not count:
        return ""
    return "1 message waiting: ceapp mail show prints it." if count == 1 else f"{count} messages waiting: ceapp mail show prints them."
