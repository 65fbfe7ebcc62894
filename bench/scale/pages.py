"""How long the server works on each page of each role, in a small database and in a large one."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import process_time

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from bench.scale.seeding import TOKEN
from ceapp.accounts.models import Person
from ceapp.certificates.models import Certificate
from ceapp.database import db, everybody
from ceapp.learning.models import Attempt, Series
from ceapp.supervision.models import Assignment, Supervision, Task

TIMES = 9
LEARNER, SUPERVISOR, ADMINISTRATOR = "learner7@example.org", "supervisor3-0@example.org", "ada@example.org"
ADDRESSES = {
    LEARNER: (
        *("/", "/courses", "/courses/ethics-1", "/courses/ethics-1/friend-request", "/attempts/{attempt}/1", "/attempts/{attempt}/result"),
        *("/certificates", "/certificates/{certificate}", "/practice", "/assignments", "/training-record", "/account", "/account/sessions"),
    ),
    SUPERVISOR: (
        *("/", "/organisations/agency-3", "/organisations/agency-3/progress?show=scores"),
        *("/organisations/agency-3/assignments", "/organisations/agency-3/assignments/{assignment}", "/organisations/agency-3/assign"),
        *("/organisations/agency-3/members", "/organisations/agency-3/supervision", "/organisations/agency-3/trainees/{trainee}"),
        *("/organisations/agency-3/trainees/{trainee}/{task}", "/organisations/agency-3/signed-off", "/organisations/agency-3/invitations"),
    ),
    ADMINISTRATOR: (
        "/",
        "/organisations",
        "/people",
        "/people?find=learner1",
        "/people/{learner}",
        "/people/{learner}/enrolments",
        "/outbox",
        "/requests",
        "/exports",
    ),
    "": ("/", "/courses", "/verify/{code}"),
}

Times = dict[str, float]


def page_times(app: Flask, times: int = TIMES) -> Times:
    """Milliseconds of the processor for each page, the median of several."""
    with app.app_context():
        places = _places()
    found: Times = {}
    for person, addresses in ADDRESSES.items():
        client = app.test_client()
        if person:
            client.set_cookie(app.config["SIGN_IN_COOKIE_NAME"], f"{TOKEN}{person}")
        for address in addresses:
            found[f"{person.partition('@')[0] or 'visitor'} {address}"] = _time(client, address.format(**places), times)
    return found


def _time(client: FlaskClient, address: str, times: int) -> float:
    def look() -> float:
        begun = process_time()
        response = client.get(address)
        taken = process_time() - begun
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
        return taken

    look()
    return 1000 * statistics.median(look() for _ in range(times))


def _places() -> dict[str, object]:
    """The ids in the addresses, of this database."""
    one: Callable[..., object] = db.session.scalar
    with everybody("a measurement looks up ids in all organisations"):
        learner = one(select(Person.id).where(Person.email == LEARNER))
        leader = one(select(Person.id).where(Person.email == SUPERVISOR))
        trainee = one(select(Supervision.trainee_id).where(Supervision.supervisor_id == leader).limit(1))
        return {
            "learner": learner,
            "attempt": one(select(Attempt.id).join(Series).where(Series.person_id == learner).limit(1)),
            "certificate": one(select(Certificate.id).where(Certificate.person_id == learner).limit(1)),
            "code": one(select(Certificate.code).where(Certificate.person_id == learner).limit(1)),
            "assignment": one(select(Assignment.id).where(Assignment.assigned_by == leader).limit(1)),
            "trainee": trainee,
            "task": one(select(Task.id).where(Task.trainee_id == trainee).limit(1)),
        }
