"""How long the server works on the page of 500 trainees and 20 scenarios, alone and among a million answers of others.

`make bench` puts a fifth of the million beside it, which takes half a minute; `python -m bench.progress --full` all of it.
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import process_time
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert

from bench.fixture import write_folder
from ceapp.accounts.models import Membership, Organisation, Person, SignIn
from ceapp.catalogue.queries import PublishedCourse, current_course
from ceapp.catalogue.service import sync
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.database import Model, db, new_id, scoped_to, transaction
from ceapp.learning.models import Answer, Attempt, Score, Series
from ceapp.supervision.models import AssignedScenario, Assignment, Supervision, Task

TRAINEES = 500
SCENARIOS = 20
QUESTIONS = 5
OTHER_ANSWERS = 200_000
ALL_OTHER_ANSWERS = 1_000_000
MILLISECONDS = 200
QUERIES = 10
SLOWER = 1.3
TIMES = 25
_TOKEN = "bench-token"
_GRADED = tuple(f"question-{number}" for number in (1, 3, 5, 7, 9))

Rows = dict[type[Model], list[dict[str, Any]]]


def measure(other_answers: int = OTHER_ANSWERS) -> list[dict[str, Any]]:
    """Build the organisation, look at its page, put everybody else's answers beside it, and look again."""
    with tempfile.TemporaryDirectory() as folder:
        app = _app(Path(folder))
        with app.app_context():
            course = current_course("course-0")
            held = agency(course, "agency", TRAINEES, _TOKEN)
            keep(*held)
        alone, queries = _page(app)
        with app.app_context():
            stored = _others(course, other_answers)
        among, _ = _page(app)
        file = _file(app)
    name = f"progress page, {TRAINEES} trainees, {SCENARIOS} scenarios"
    return [
        _row(name, alone, MILLISECONDS, "ms"),
        _row(f"the same beside {stored:,} answers of others", among, MILLISECONDS, "ms"),
        _row("the second as a multiple of the first", among / alone, SLOWER, "times"),
        _row("queries of that page", queries, QUERIES, "queries"),
        _row("all of it as CSV", file, 10 * MILLISECONDS, "ms"),
    ]


def _app(folder: Path) -> Flask:
    write_folder(folder / "scenarios", SCENARIOS)
    app = prepared_app(load_settings({}, instance=str(folder), database_url=f"sqlite:///{folder / 'ceapp.sqlite3'}"))
    with app.app_context():
        for report in sync(folder / "scenarios", now=datetime.now(UTC)):
            if report.problems:
                raise RuntimeError(str(report.problems[0]))
    return app


def _page(app: Flask) -> tuple[float, int]:
    """Milliseconds of the processor for the page, the median of many, and how many statements it runs."""
    client, statements = _client(app), []
    with app.app_context():
        engine = db.engine

    def counted(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    _look(client, 1)  # The first look reads the texts of the scenarios into the process.
    event.listen(engine, "before_cursor_execute", counted)
    _look(client, 1)
    event.remove(engine, "before_cursor_execute", counted)
    return 1000 * statistics.median(_look(client, 1 + time % 3) for time in range(TIMES)), len(statements)


def _look(client: FlaskClient, page: int) -> float:
    begin = process_time()
    response = client.get(f"/organisations/agency/progress?page={page}&show=scores")
    seconds = process_time() - begin
    if response.status_code != 200 or response.get_data(as_text=True).count("</tr>") < 20:
        raise RuntimeError(f"the page answered {response.status_code}")
    return seconds


def _file(app: Flask) -> float:
    client, begin = _client(app), process_time()
    response = client.get("/organisations/agency/progress.csv?show=scores")
    lines = response.get_data(as_text=True).count("\r\n")
    if lines != TRAINEES + 1:
        raise RuntimeError(f"the file has {lines} lines")
    return 1000 * (process_time() - begin)


def _client(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(app.config["SIGN_IN_COOKIE_NAME"], _TOKEN)
    return client


def agency(course: PublishedCourse, slug: str, trainees: int, token: str, *, answers: bool = True) -> tuple[UUID, Rows]:
    """An organisation with one supervisor and one assignment of all scenarios; three of four trainees have handed each in."""
    now, organisation_id, supervisor_id, assignment_id = datetime.now(UTC), new_id(), new_id(), new_id()
    rows: Rows = {model: [] for model in _IN_ORDER}
    rows[Organisation].append({"id": organisation_id, "slug": slug, "name": slug.title(), "time_zone": "UTC", "created_at": now})
    rows[Person].append(_person(supervisor_id, now))
    rows[SignIn].append(_sign_in(supervisor_id, token, now))
    rows[Membership].append(_membership(organisation_id, supervisor_id, now, is_supervisor=True))
    rows[Assignment].append(
        {"id": assignment_id, "organisation_id": organisation_id, "kind": "course", "title": "All", "time_zone": "UTC"}
        | {"accepts_own_pass": False, "form_key": str(new_id()), "assigned_by": supervisor_id, "assigned_at": now - timedelta(days=30)}
    )
    scenarios = course.scenarios[:SCENARIOS]
    for position, listed in enumerate(scenarios, 1):
        rows[AssignedScenario].append(
            {"assignment_id": assignment_id, "position": position, "organisation_id": organisation_id, "course_slug": course.slug}
            | {"scenario_slug": listed.slug, "title": listed.title, "due_on": now.date() - timedelta(days=position % 5)}
        )
    for number in range(trainees):
        trainee_id = new_id()
        rows[Person].append(_person(trainee_id, now))
        rows[Membership].append(_membership(organisation_id, trainee_id, now, is_trainee=True))
        rows[Supervision].append(
            {"id": new_id(), "organisation_id": organisation_id, "supervisor_id": supervisor_id, "trainee_id": trainee_id}
            | {"scope": "answers", "first_day": now.date() - timedelta(days=60), "made_by": supervisor_id, "made_at": now}
        )
        for position, listed in enumerate(scenarios, 1):
            series_id = new_id() if (number + position) % 4 else None
            rows[Task].append(
                {"id": new_id(), "organisation_id": organisation_id, "assignment_id": assignment_id, "position": position}
                | {"trainee_id": trainee_id, "series_id": series_id, "series_purpose": "assigned"}
            )
            if series_id:
                attempt_id = _attempt(rows, trainee_id, series_id, course.slug, listed.slug, listed.revision_id, now)
                if answers:
                    _answers(rows, attempt_id, now)
    return organisation_id, rows


def _others(course: PublishedCourse, answers: int) -> int:
    """Organisations of the same size and kind, until there are so many answers; how many there are."""
    stored = 0
    while stored < answers:
        organisation_id, rows = agency(course, f"other-{stored}", min(TRAINEES, 1 + (answers - stored) // 75), f"other-{stored}")
        keep(organisation_id, rows)
        stored += len(rows[Answer])
    return stored


def _attempt(rows: Rows, person_id: UUID, series_id: UUID, course: str, slug: str, revision_id: str, now: datetime) -> UUID:
    attempt_id = new_id()
    rows[Series].append({"id": series_id, "person_id": person_id, "course_slug": course, "scenario_slug": slug, "purpose": "assigned"})
    rows[Attempt].append(
        {"id": attempt_id, "series_id": series_id, "number": 1, "scenario_revision_id": revision_id, "option_order": {}, "pass_mark": 80}
        | {"scoring": "graded", "form_key": str(attempt_id), "began_at": now, "closed_at": now}
    )
    rows[Score].append(
        {
            "id": new_id(),
            "attempt_id": attempt_id,
            "version": 1,
            "percent": 70,
            "passed": slug.endswith("3"),
            "credits": {},
            "scored_at": now,
        }
    )
    return attempt_id


def _answers(rows: Rows, attempt_id: UUID, now: datetime) -> None:
    for position, question in enumerate(_GRADED[:QUESTIONS], 1):
        rows[Answer].append(
            {"id": new_id(), "attempt_id": attempt_id, "question_id": question, "position": position, "given": [_options()[question]]}
            | {"form_key": f"{attempt_id}-{position}", "answered_at": now}
        )


_known_options: dict[str, str] = {}


def _options() -> dict[str, str]:
    """A chosen option for each question; the scenarios of the fixture all have the same."""
    if not _known_options:
        from ceapp.catalogue.queries import published_scenario  # noqa: PLC0415 - once, when a course is there

        scenario = published_scenario(current_course("course-0").scenarios[0].revision_id).scenario
        _known_options.update({each: scenario.question(each).options[2].id for each in _GRADED})
    return _known_options


def _person(person_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": person_id,
        "email": f"{person_id}@example.org",
        "name": f"Person {str(person_id)[-8:]}",
        "password_hash": "",
        "created_at": now,
    }


def _sign_in(person_id: UUID, token: str, now: datetime) -> dict[str, Any]:
    hashed = hashlib.sha256(token.encode()).hexdigest()
    times = dict.fromkeys(("created_at", "last_seen_at", "proved_at"), now)
    return {"id": new_id(), "person_id": person_id, "token_hash": hashed, "expires_at": now + timedelta(days=1), **times}


def _membership(organisation_id: UUID, person_id: UUID, now: datetime, **roles: bool) -> dict[str, Any]:
    held = {"is_trainee": False, "is_supervisor": False, "is_administrator": False, **roles}
    return {
        "id": new_id(),
        "organisation_id": organisation_id,
        "person_id": person_id,
        "joined_on": now.date() - timedelta(days=90),
        **held,
    }


_IN_ORDER: tuple[type[Model], ...] = (
    Organisation,
    Person,
    SignIn,
    Membership,
    Assignment,
    AssignedScenario,
    Supervision,
    Series,
    Attempt,
    Score,
    Answer,
    Task,
)


def keep(organisation_id: UUID, rows: Rows) -> None:
    with scoped_to(organisation_id), transaction() as session:
        for model in _IN_ORDER:
            for some in _batches(rows[model]):
                session.execute(insert(model), some)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while some := list(islice(remaining, 10_000)):
        yield some


def _row(name: str, ours: float, floor: float, unit: str) -> dict[str, Any]:
    return {"name": name, "ours": round(ours, 2), "floor": floor, "ratio": round(ours / floor, 3), "unit": unit}


if __name__ == "__main__":
    for each in measure(ALL_OTHER_ANSWERS if "--full" in sys.argv else OTHER_ANSWERS):
        print(f"{each['name']:55} {each['ours']:>10} {each['unit']} (target {each['floor']})")
