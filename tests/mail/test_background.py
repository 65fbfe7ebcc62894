"""The server's own sending: at once when this process queued something; without a mail server the terminal says that mail waits."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from ceapp.commands import background
from ceapp.database import transaction
from ceapp.mail import service
from ceapp.web.jobs import Job, jobs_of, run_due_jobs
from tests.conftest import NOW
from tests.mail.conftest import Outbox
from tests.mail.post_office import Manner, PostOffice


def mail_job(app: Flask) -> Job:
    (job,) = (job for job in jobs_of(app) if job.name == "mail")
    return job


def rest(app: Flask) -> Job:
    """The mail job after its first turn."""
    run_due_jobs(app, NOW)
    return mail_job(app)


def test_what_is_queued_is_sent_by_the_job(app: Flask, outbox: Outbox, office: PostOffice) -> None:
    job = rest(app)
    outbox.queue()
    assert job.woken.is_set()
    run_due_jobs(app, NOW + timedelta(seconds=1))
    assert len(office.arrived) == 1


def test_the_job_is_woken_when_the_queueing_is_saved_and_not_before(app: Flask, outbox: Outbox) -> None:
    job = rest(app)
    with app.app_context(), transaction():
        service.queue("test-letter", "test:1", person_id=None, values={}, now=NOW)
        assert not job.woken.is_set()
    assert job.woken.is_set()


def test_nothing_saved_wakes_nobody(app: Flask, outbox: Outbox) -> None:
    job = rest(app)
    with app.app_context(), pytest.raises(ValueError, match="changed my mind"), transaction():
        service.queue("test-letter", "test:1", person_id=None, values={}, now=NOW)
        raise ValueError("changed my mind")
    with app.app_context(), transaction():
        service.queue("test-letter", "test:1", person_id=None, values={}, now=NOW)
    job.woken.clear()
    with app.app_context(), transaction():
        assert service.queue("test-letter", "test:1", person_id=None, values={}, now=NOW) is None
    assert not job.woken.is_set()


def test_what_another_process_queued_is_found_in_time(app: Flask, outbox: Outbox, office: PostOffice) -> None:
    job = rest(app)
    outbox.queue()
    job.woken.clear()
    run_due_jobs(app, NOW + timedelta(seconds=14))
    assert office.arrived == []
    run_due_jobs(app, NOW + timedelta(seconds=15))
    assert len(office.arrived) == 1


def test_trouble_is_said_once_and_its_end_too(app: Flask, outbox: Outbox, office: PostOffice, caplog: pytest.LogCaptureFixture) -> None:
    office.manner = Manner.HANGS_UP
    for number in (1, 2, 3):
        outbox.queue(number)
    for seconds in (15, 30, 45, 60):
        run_due_jobs(app, NOW + timedelta(seconds=seconds))
    office.manner = Manner.TAKES
    run_due_jobs(app, NOW + timedelta(minutes=9))
    assert caplog.messages == ["mail: no connection to the mail server (SMTPServerDisconnected)", "mail: the mail server takes mail again"]
    assert len(office.arrived) == 3


def test_r18_queueing_and_a_page_touch_no_network(app: Flask, outbox: Outbox, monkeypatch: pytest.MonkeyPatch, visit: Any) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("the network is touched")

    for name in ("create_connection", "getaddrinfo", "getfqdn"):
        monkeypatch.setattr(socket, name, refuse)
    outbox.queue()
    visit("/courses")


class TestWithoutAMailServer:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {}

    def test_nothing_is_sent_and_the_terminal_says_what_waits(
        self, app: Flask, outbox: Outbox, office: PostOffice, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert [job.name for job in jobs_of(app)].count("mail") == 0
        monkeypatch.setattr(background, "_work", lambda _app, _job: None)
        background.start_background(app)
        run_due_jobs(app, NOW)
        assert caplog.messages == []
        outbox.queue(1)
        run_due_jobs(app, NOW + timedelta(seconds=1))
        run_due_jobs(app, NOW + timedelta(seconds=60))
        outbox.queue(2)
        run_due_jobs(app, NOW + timedelta(seconds=61))
        assert caplog.messages == ["1 message waiting: ceapp mail show prints it.", "2 messages waiting: ceapp mail show prints them."]
        assert office.connections == 0
