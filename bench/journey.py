"""A whole journey: sign in, a course, every step of a scenario, the result, the certificate. Alone, and eight people at a time."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event

from bench.figures import Figure, at_least, at_most
from bench.population import PASSWORD, SCENARIO, SHORT_COURSE, Population
from bench.visitor import form
from bench.walker import Tested, work_through
from bench.wire import Wire
from ceapp.app import create_app
from ceapp.config import load_settings
from ceapp.database import db

ALONE, AT_ONCE, EACH = 15, 8, 10
MILLISECONDS, PER_SECOND, STATEMENTS = 80, 20, 70
NOT_COUNTED = ("BEGIN", "SAVEPOINT", "RELEASE")


class Walking:
    """A visitor as `walker` wants it."""

    def __init__(self, visitor: Wire) -> None:
        self._visitor = visitor

    def page(self, path: str) -> str:
        reply = self._visitor.send("GET", path)
        if reply.status != 200:
            raise RuntimeError(f"{path} answered {reply.status}")
        return reply.page

    def sent(self, path: str, fields: list[tuple[str, str]]) -> str:
        reply = self._visitor.send("POST", path, fields)
        if reply.status != 303:
            raise RuntimeError(f"{path} answered {reply.status}")
        return reply.location


def walk(browser: Any, email: str, best: frozenset[str]) -> bytes | str:
    """The journey of one person; what the certificate's PDF is."""
    action, hidden, _ = form(browser.page(f"/account/sign-in?next=/courses/{SHORT_COURSE}"), f"/courses/{SHORT_COURSE}")
    browser.sent(action, [*hidden, ("email", email), ("password", PASSWORD)])
    attempt, _ = work_through(browser, SHORT_COURSE, SCENARIO, best)
    result = browser.page(f"{attempt}/result")
    certificate = result.partition('href="/certificates/')[2].partition('"')[0]
    if not certificate:
        raise RuntimeError("the scenario was not passed: no certificate on the page of the result")
    return certificate


def measure(people: Population, port: int) -> list[Figure]:
    """Milliseconds of a journey alone, the median; and journeys a second by eight people at a time."""
    emails, sources = iter(people.newcomers), itertools.count()
    _journey(people, port, next(emails), next(sources))
    _journey(people, port, next(emails), next(sources))
    alone = [_timed(people, port, next(emails), next(sources)) for _ in range(ALONE)]
    begun = time.perf_counter()
    _at_once(people, port, [[next(emails) for _ in range(EACH)] for _ in range(AT_ONCE)], sources)
    seconds = time.perf_counter() - begun
    requests = statistics.median(requests for _, requests in alone)
    return [
        at_most("journey alone, median", 1000 * statistics.median(seconds for seconds, _ in alone), MILLISECONDS, "ms"),
        at_least("journeys of eight people at a time", AT_ONCE * EACH / seconds, PER_SECOND, "journeys/s"),
        {
            "name": "requests of a journey",
            "ours": requests,
            "floor": requests,
            "ratio": 1.0,
            "unit": "requests",
            "target": None,
            "met": True,
        },
    ]


def counted(people: Population, instance: Path, scenarios: Path, url: str) -> list[Figure]:
    """How many statements a journey runs, in a process that knows the texts."""
    app = create_app(load_settings({}, instance=str(instance), scenarios=str(scenarios), database_url=url))
    statements = Counter[str]()

    def count(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(NOT_COUNTED):
            statements["all"] += 1

    with app.app_context():
        engine = db.engine
    walk_to_pdf(app.test_client(), people.newcomers[-1], people.best)
    event.listen(engine, "before_cursor_execute", count)
    walk_to_pdf(app.test_client(), people.newcomers[-2], people.best)
    event.remove(engine, "before_cursor_execute", count)
    return [at_most("SQL statements of a journey", statements["all"], STATEMENTS, "statements")]


def walk_to_pdf(client: FlaskClient, email: str, best: frozenset[str]) -> bytes:
    """The journey of one person in this process; the PDF that it ends with."""
    certificate = walk(Tested(client), email, best)
    pdf: bytes = client.get(f"/certificates/{certificate}.pdf").data
    if not pdf.startswith(b"%PDF"):
        raise RuntimeError("that is no PDF")
    return pdf


def _journey(people: Population, port: int, email: str, source: int) -> int:
    visitor = Wire(port, {}, f"127.0.{1 + source // 200}.{1 + source % 200}")  # Guesses are counted by address.
    try:
        certificate = walk(Walking(visitor), email, people.best)
        if not visitor.bytes_of(f"/certificates/{certificate}.pdf").startswith(b"%PDF"):
            raise RuntimeError("that is no PDF")
    finally:
        visitor.close()
    return visitor.requests


def _timed(people: Population, port: int, email: str, source: int) -> tuple[float, int]:
    begun = time.perf_counter()
    requests = _journey(people, port, email, source)
    return time.perf_counter() - begun, requests


def _at_once(people: Population, port: int, emails: list[list[str]], sources: Any) -> None:
    errors: list[Exception] = []
    places = [[(email, next(sources)) for email in some] for some in emails]

    def work(mine: list[tuple[str, int]]) -> None:
        try:
            for email, source in mine:
                _journey(people, port, email, source)
        except Exception as error:  # noqa: BLE001 - reported below, in the thread that can fail
            errors.append(error)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
