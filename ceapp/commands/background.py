"""What a server process does beside answering: the jobs that features registered, each in a thread that ends with the process."""

from __future__ import annotations

import threading
from datetime import datetime

import click
from flask import Flask

from ceapp import clock
from ceapp.mail.background import JOB
from ceapp.mail.queries import waiting_count
from ceapp.web.jobs import Job, jobs_of, register_job, run_if_due


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
    tell_waiting()
    return False


def tell_waiting() -> None:
    """Say in the terminal that messages wait and nobody sends them."""
    count = waiting_count()
    if count:
        click.echo(
            "1 message waiting: ceapp mail show prints it." if count == 1 else f"{count} messages waiting: ceapp mail show prints them."
        )
