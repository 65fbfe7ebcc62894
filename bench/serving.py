"""The server as people meet it: how soon it is ready, how eight of them answer at once, a first PDF, and memory."""

from __future__ import annotations

import hashlib
import re
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bench.figures import Figure, at_most
from bench.servers import memory, our_server
from bench.visitor import Visitor, form
from ceapp.accounts.models import Person, SignIn
from ceapp.app import create_app
from ceapp.certificates.facts import CompletionFacts
from ceapp.certificates.service import issue
from ceapp.config import load_settings
from ceapp.database import db, transaction
from ceapp.learning.models import Answer

PEOPLE = 8
WORKERS = 2
COURSE = "social-media-ethics"
READY_SECONDS = 3.0
ANSWER_MILLISECONDS = 50
PDF_MILLISECONDS = 40
MEGABYTES = 220


def measure() -> list[Figure]:
    """Start a server on a fresh instance and let eight people work through the whole course at once."""
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder)
        with our_server(instance):
            pass
        tokens = _people(instance)
        with our_server(instance) as server:
            visitors = [Visitor(server.port, {"ceapp": token}) for token in tokens]
            acknowledged = _work_at_once(visitors)  # Warms both workers: each renders a text once.
            for visitor in visitors:
                visitor.seconds.clear()
            acknowledged += _work_at_once(visitors)
            stored = _stored_answers(instance)
            pdf = [_first_pdf(visitor) for visitor in visitors]
            megabytes = memory(server.pid, WORKERS)
        seconds = sorted(each for visitor in visitors for each in visitor.seconds)
    return [
        at_most("a later start until it answers", server.seconds, READY_SECONDS, "s"),
        at_most("eight answering at once, p50", 1000 * statistics.median(seconds), ANSWER_MILLISECONDS, "ms"),
        at_most("eight answering at once, p99", 1000 * seconds[int(0.99 * (len(seconds) - 1))], ANSWER_MILLISECONDS, "ms"),
        at_most("answers acknowledged and not stored", abs(acknowledged - stored), 0, f"of {acknowledged}"),
        at_most("a first PDF once warm, median", 1000 * statistics.median(pdf), PDF_MILLISECONDS, "ms"),
        at_most("two workers (PSS)", megabytes, MEGABYTES, "MB"),
    ]


def _people(instance: Path) -> list[str]:
    """People who are signed in, so that hashing passwords is not what is measured; their tokens."""
    now, tokens = datetime.now(UTC), [f"bench-token-{number}" for number in range(PEOPLE)]
    with create_app(load_settings(instance=str(instance))).app_context(), transaction() as session:
        for number, token in enumerate(tokens):
            person = Person(
                email=f"bench{number}@example.org", name=f"Bench Person {number}", time_zone="UTC", password_hash="", created_at=now
            )
            session.add(person)
            session.flush()
            hashed = hashlib.sha256(token.encode()).hexdigest()
            session.add(
                SignIn(
                    person_id=person.id,
                    token_hash=hashed,
                    created_at=now,
                    last_seen_at=now,
                    proved_at=now,
                    expires_at=now + timedelta(days=1),
                )
            )
            _issue(person, now)
    return tokens


def _issue(person: Person, now: datetime) -> None:
    """A certificate to print, so that the first PDF does not depend on how the person answers."""
    facts = CompletionFacts(
        name=person.name,
        course_title="Ethical use of social media in mental health practice",
        course_revision="0" * 64,
        category="ethics",
        contact_hours="0.75",
        started_on=now.date(),
        completed_on=now.date(),
        time_zone="UTC",
        authors=(),
    )
    issue(person_id=person.id, course_slug="bench", cycle=1, facts_input=facts, now=now)


def _work_at_once(visitors: list[Visitor]) -> int:
    """Everybody works through every scenario at the same time; how many answers were acknowledged."""
    counts, errors = [0] * len(visitors), []

    def work(place: int) -> None:
        try:
            counts[place] = _work_through_course(visitors[place])
        except Exception as error:  # noqa: BLE001 - reported below, in the thread that can fail
            errors.append(error)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(visitors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sum(counts)


def _work_through_course(visitor: Visitor) -> int:
    page = visitor.get(f"/courses/{COURSE}")[2]
    if "/enrol" in page:
        action, hidden, _ = form(page, "/enrol")
        visitor.post(action, hidden)
    slugs = dict.fromkeys(re.findall(rf"/courses/{COURSE}/([a-z0-9-]+)\"", visitor.get(f"/courses/{COURSE}")[2]))
    answers = 0
    for slug in slugs:
        answers += _work_through_scenario(visitor, slug)
    return answers


def _work_through_scenario(visitor: Visitor, slug: str) -> int:
    """How many answers were acknowledged: none where nothing can be begun yet, as with closing cases before all is passed."""
    page = visitor.get(f"/courses/{COURSE}/{slug}")[2]
    way = next((each for each in ("/begin", "/practise") if f'{each}"' in page), None)
    if way is None:
        return 0
    action, hidden, _ = form(page, way)
    status, address, page = visitor.post(action, hidden)
    attempt, number = address, 1
    while True:
        try:
            action, hidden, body = form(page, f"/{number}")
        except LookupError:
            return number - 1
        status, _, page = visitor.post(action, hidden + _choices(body))
        if status != 200:
            raise RuntimeError(f"{action} answered {status}")
        number += 1
        status, _, page = visitor.get(f"{attempt}/{number}")
        if status == 404:
            return number - 1


def _choices(body: str) -> list[tuple[str, str]]:
    """Some answer to whatever is asked: the first option, or the places as they stand."""
    places = re.findall(r"<select name=\"(place-[^\"]+)\"", body)
    if places:
        return [(name, str(place)) for place, name in enumerate(places, 1)]
    given = re.findall(r"name=\"given\"[^>]*value=\"([^\"]+)\"", body)
    return [("given", given[0])] if given else [("text", "")]


def _stored_answers(instance: Path) -> int:
    with create_app(load_settings(instance=str(instance))).app_context():
        return db.session.scalar(select(func.count()).select_from(Answer)) or 0


def _first_pdf(visitor: Visitor) -> float:
    """Seconds until a certificate's first PDF."""
    page = visitor.get("/certificates")[2]
    address = re.findall(r"/certificates/[0-9a-f-]{36}(?=\")", page)[0]
    begun = time.perf_counter()
    pdf = visitor.bytes_of(f"{address}.pdf")
    if not pdf.startswith(b"%PDF"):
        raise RuntimeError("that is no PDF")
    return time.perf_counter() - begun
