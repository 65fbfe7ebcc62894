"""Who and what the measured pages show: a reader with work done and under way, and many people who are about to answer or to sign in."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import insert

from bench.load import Request
from bench.progress import agency, keep
from bench.walker import best_answers, work_through
from ceapp.accounts.models import Person, SignIn
from ceapp.accounts.passwords import hash_password
from ceapp.catalogue.queries import current_course, published_scenario
from ceapp.catalogue.service import sync
from ceapp.certificates.facts import CompletionFacts
from ceapp.certificates.models import Certificate
from ceapp.certificates.service import issue
from ceapp.commands.prepare import prepared_app
from ceapp.config import ROOT, load_settings
from ceapp.database import new_id, transaction
from ceapp.learning.forms import AnswerForm
from ceapp.learning.models import Attempt, Enrolment, Series
from ceapp.scenarios.learner import shuffled

COURSE, SCENARIO = "social-media-ethics", "friend-request"
SHORT_COURSE = "one-scenario"
PASSWORD = "a quiet heron at dusk"
TRAINEES = 20
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Population:
    """What there is to ask for, and the answers by text with which a scenario is passed."""

    reader: str  # the cookies of somebody with one attempt done and another under way
    question: str
    result: str
    verify: str
    frozen_pdf: str
    first_pdfs: tuple[str, ...]  # of the reader; nobody has opened them yet
    progress: str
    supervisor: str
    answers: tuple[Request, ...]  # each of another person, to be sent once
    newcomers: tuple[str, ...]  # addresses of people who can sign in with PASSWORD
    best: frozenset[str]


def courses(folder: Path) -> Path:
    """Our scenarios, and a course of one of them, so that a journey ends in a certificate."""
    root = folder / "scenarios"
    shutil.copytree(ROOT / "scenarios", root)
    short = root / SHORT_COURSE
    short.mkdir()
    shutil.copy(root / COURSE / f"{SCENARIO}.md", short)
    text = shortened((root / COURSE / "course.md").read_text("utf-8"), [SCENARIO])
    text = text.replace("scoring: graded\n", "scoring: graded\nevaluation: none\nattestation: none\n")
    (short / "course.md").write_text(text.replace("title: Ethical use", "title: One of them, ethical use", 1), "utf-8")
    return root


def shortened(text: str, scenarios: list[str]) -> str:
    """The shipped course with these scenarios only, all required, and without closing cases."""
    modules = f"modules:\n  - id: contact\n    title: Contact\n    scenarios: [{', '.join(scenarios)}]\n"
    text = re.sub(r"^modules:\n.*?(?=^preview:)", modules, text, flags=re.S | re.M)
    return re.sub(r"^closing: .*\n", "", text, flags=re.M)


def populate(instance: Path, scenarios: Path, database_url: str, *, answers: int, newcomers: int, first_pdfs: int) -> Population:
    """Prepare an installation with all of it."""
    os.umask(0o077)  # As `ceapp serve` has it, which refuses a database that others may read.
    app = prepared_app(load_settings({}, instance=str(instance), scenarios=str(scenarios), database_url=database_url))
    now = datetime.now(UTC)
    with app.app_context():
        for report in sync(scenarios, now=now):
            if report.problems:
                raise RuntimeError(str(report.problems[0]))
        reader, token = _person("reader@example.org", now)
        organisation_id, rows = agency(current_course(COURSE), "agency", TRAINEES, "bench-supervisor", answers=False)
        keep(organisation_id, rows)
        certificates = [_certificate(reader, number, now) for number in range(first_pdfs + 1)]
        best = best_answers(current_course(COURSE))
        known = _newcomers(newcomers, now)
        posts = _answers(app, answers, now)
    client = _signed_in(app, token)
    done, _ = work_through(client, COURSE, SCENARIO, best)
    under_way, _ = work_through(client, COURSE, "colleague-posts-phi", best, steps=0)
    frozen = f"/certificates/{certificates[0].id}.pdf"
    if not client.get(frozen).data.startswith(b"%PDF"):
        raise RuntimeError("that is no PDF")
    return Population(
        reader=_cookies(client),
        question=f"{under_way}/1",
        result=f"{done}/result",
        verify=f"/verify/{certificates[0].code}",
        frozen_pdf=frozen,
        first_pdfs=tuple(f"/certificates/{each.id}.pdf" for each in certificates[1:]),
        progress="/organisations/agency/progress",
        supervisor=_cookies(_signed_in(app, "bench-supervisor")),
        answers=posts,
        newcomers=known,
        best=best,
    )


def _signed_in(app: Flask, token: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(app.config["SIGN_IN_COOKIE_NAME"], token)
    client.get("/courses")  # Brings the cookie of forms, as the first page does in a browser.
    return client


def _cookies(client: FlaskClient) -> str:
    """Everything that a browser would send, as a header."""
    names = (client.application.config["SIGN_IN_COOKIE_NAME"], client.application.config["SESSION_COOKIE_NAME"])
    found = [(name, client.get_cookie(name)) for name in names]
    return "; ".join(f"{name}={cookie.value}" for name, cookie in found if cookie)


def _person(email: str, now: datetime) -> tuple[Person, str]:
    token = secrets.token_urlsafe(32)
    with transaction() as session_:
        person = Person(email=email, name="Bench Reader", time_zone="UTC", password_hash="", created_at=now)
        session_.add(person)
        session_.flush()
        session_.add(SignIn(**_sign_in(person.id, token, now)))
    return person, token


def _sign_in(person_id: Any, token: str, now: datetime) -> dict[str, Any]:
    hashed = hashlib.sha256(token.encode()).hexdigest()
    times = dict.fromkeys(("created_at", "last_seen_at", "proved_at"), now)
    return {"id": new_id(), "person_id": person_id, "token_hash": hashed, "browser": "", "expires_at": now + timedelta(days=1), **times}


def _certificate(person: Person, number: int, now: datetime) -> Certificate:
    facts = CompletionFacts(
        name=person.name,
        course_title="Ethical use of social media in mental health practice",
        course_revision="0" * 64,
        category="ethics",
        contact_hours="0.75",
        started_on=now.date(),
        completed_on=now.date(),
        time_zone="UTC",
        authors=("Ida Berg, PhD",),
    )
    return issue(person_id=person.id, course_slug=f"bench-{number}", cycle=1, facts_input=facts, now=now)


def _newcomers(count: int, now: datetime) -> tuple[str, ...]:
    """People with a password and a name; one hash serves all of them."""
    hashed, emails = hash_password(PASSWORD), tuple(f"newcomer{number}@example.org" for number in range(count))
    rows = [_row_of_person(email, now) | {"password_hash": hashed} for email in emails]
    _store(Person, rows)
    return emails


def _row_of_person(email: str, now: datetime) -> dict[str, Any]:
    return {"id": new_id(), "email": email, "name": "Bench Person", "time_zone": "UTC", "password_hash": "", "created_at": now}


def _answers(app: Flask, count: int, now: datetime) -> tuple[Request, ...]:
    """The posted answer of so many people to their first question, each of whom has just begun."""
    course = current_course(COURSE)
    listed = course.listed(SCENARIO)
    assert listed is not None
    scenario = published_scenario(listed.revision_id).scenario
    order = {
        asked: [[secrets.token_hex(5), option_id] for option_id in ids] for asked, ids in shuffled(scenario, secrets.SystemRandom()).items()
    }
    question = next(question for scene in scenario.scenes for question in scene.questions)
    given = next(page_id for page_id, option_id in order[question.id] if option_id == question.options[0].id)
    rows: dict[Any, list[dict[str, Any]]] = {model: [] for model in (Person, SignIn, Enrolment, Series, Attempt)}
    posts = []
    with app.test_request_context():
        seal, cookie = generate_csrf(), app.session_interface.get_signing_serializer(app).dumps(dict(session))  # type: ignore[attr-defined]
        for number in range(count):
            token, person, attempt = secrets.token_urlsafe(32), _row_of_person(f"answering{number}@example.org", now), new_id()
            enrolment, series = new_id(), new_id()
            rows[Person].append(person)
            rows[SignIn].append(_sign_in(person["id"], token, now))
            place = {"person_id": person["id"], "course_slug": COURSE}
            rows[Enrolment].append({"id": enrolment, **place, "cycle": 1, "course_revision_id": course.id, "began_at": now})
            rows[Series].append({"id": series, **place, "enrolment_id": enrolment, "scenario_slug": SCENARIO, "purpose": "credit"})
            rows[Attempt].append(
                {"id": attempt, "series_id": series, "number": 1, "scenario_revision_id": listed.revision_id, "option_order": order}
                | {"pass_mark": 80, "scoring": "graded", "form_key": str(attempt), "began_at": now}
            )
            form = AnswerForm(formdata=None)
            form.seal_shown(attempt, 1, now)
            fields = {"csrf_token": seal, "key": secrets.token_urlsafe(18), "shown": form.shown.data, "given": given}
            cookies = f"{app.config['SIGN_IN_COOKIE_NAME']}={token}; {app.config['SESSION_COOKIE_NAME']}={cookie}"
            posts.append(Request("POST", f"/attempts/{attempt}/1", cookies, urlencode(fields)))
    for model, some in rows.items():
        _store(model, some)
    return tuple(posts)


def _store(model: Any, rows: list[dict[str, Any]]) -> None:
    with transaction() as session_:
        for batch in _batches(rows):
            session_.execute(insert(model), batch)


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
