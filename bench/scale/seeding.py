"""A server of some years: `python -m bench.scale.seeding FOLDER [DATABASE_URL]`.

10,000 learners with five completions each, 500 supervisors in 200 organisations, a million answers, 50,000 certificates. One learner goes
through the services; the others are copies of their record, so that `ceapp doctor` finds nothing in it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Table, func, insert, select, update

from bench.population import COURSE, shortened
from bench.scale import agencies
from bench.scale.stencil import TABLES, Row, Rows, Stencil, taken
from ceapp.accounts.models import Person, SignIn
from ceapp.audit.service import record
from ceapp.catalogue.service import sync
from ceapp.certificates.models import Certificate, SerialCounter
from ceapp.certificates.provider import ProviderInput, set_provider_facts
from ceapp.commands.demo.learners import work_through
from ceapp.commands.prepare import prepared_app
from ceapp.config import ROOT, load_settings
from ceapp.database import db, new_id, transaction
from ceapp.learning import acts, starting
from ceapp.learning.models import Answer

COURSES = 5
TAKEN = ["friend-request", "colleague-posts-phi", "googling-a-client", "a-post-you-regret"]
"""Twenty-four answers a course: five courses of 10,000 learners are 1.2 million."""
LEARNERS, SUPERVISORS, ORGANISATIONS = 10_000, 500, 200
BATCH = 200
SHIPPED = ROOT / "scenarios"
BEGAN = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
TOKEN = "bench-token-of-"
"""The token of somebody's one browser: this and their address."""


def app_on(folder: Path, database_url: str = "") -> Flask:
    """The application of the instance in this folder, with its courses published."""
    folder.mkdir(parents=True, exist_ok=True)
    scenarios = folder / "scenarios"
    if not scenarios.exists():
        _write_courses(scenarios)
    values = {"instance": str(folder), "scenarios": str(scenarios), "base_url": "http://ce.example.org", "allow_plain_http": "true"}
    app = prepared_app(load_settings({}, **values, database_url=database_url))
    with app.app_context():
        for report in sync(scenarios, now=BEGAN):
            if report.problems:
                raise RuntimeError(str(report.problems[0]))
    return app


def seed(app: Flask, *, learners: int = LEARNERS, supervisors: int = SUPERVISORS, organisations: int = ORGANISATIONS) -> dict[str, int]:
    """Fill a new instance; how much of what there is."""
    with app.app_context():
        administrator = _administrator()
        stencil = _stencil(administrator)
        _tell(f"one learner of {sum(len(rows) for rows in stencil.rows.values())} rows is the pattern")
        learner_ids = [*_copies(stencil, learners)]
        agencies.fill(learner_ids, supervisors=supervisors, organisations=organisations, course=_slug(0), now=BEGAN)
        return {name: db.session.scalar(select(func.count()).select_from(model)) or 0 for name, model in _COUNTED.items()}


_COUNTED = {"people": Person, "answers": Answer, "certificates": Certificate}


def _write_courses(folder: Path) -> None:
    shutil.copytree(SHIPPED / "standards", folder / "standards")
    text = shortened((SHIPPED / COURSE / "course.md").read_text("utf-8"), TAKEN)
    for number in range(COURSES):
        (folder / _slug(number)).mkdir()
        for slug in TAKEN:
            shutil.copy(SHIPPED / COURSE / f"{slug}.md", folder / _slug(number))
        (folder / _slug(number) / "course.md").write_text(text.replace("\ntitle: ", f"\ntitle: Part {number}, ", 1), "utf-8")


def _slug(number: int) -> str:
    return f"ethics-{number}"


def _administrator() -> UUID:
    with transaction() as session:
        person = Person(
            email="ada@example.org", name="Ada Berg", time_zone="UTC", password_hash="", is_administrator=True, created_at=BEGAN
        )
        session.add(person)
        session.flush()
        session.execute(insert(SignIn), [sign_in(person.id, person.email)])
        person_id = person.id
        record("person.made-administrator", actor=None, now=BEGAN, person=person_id)
    facts = ProviderInput(
        name="Scale CE", address="1 Long Street", contact="ce@example.org", responsible_name="Ada Berg", responsible_title="Director"
    )
    set_provider_facts(facts, after_version=0, by=person_id, now=BEGAN)
    return person_id


def _stencil(administrator: UUID) -> Stencil:
    """The record of a learner who completes every course with care."""
    with transaction() as session:
        person = Person(email="pattern@example.org", name="Pattern", time_zone="America/Toronto", password_hash="", created_at=BEGAN)
        session.add(person)
        session.flush()
        person_id = person.id
    now = BEGAN
    for number in range(COURSES):
        enrolment = starting.enrol(person_id, _slug(number), now=now)
        for slug in _scenarios(_slug(number)):
            attempt = starting.begin(person_id, enrolment.course_slug, slug, purpose="credit", form_key=str(new_id()), now=now)
            now = work_through(person_id, attempt.id, 1.0, Random(number), now=now) + timedelta(days=1)
        acts.evaluate(person_id, enrolment.course_slug, {"learned": 4, "useful": 5}, {}, now=now)
        acts.attest(person_id, enrolment.course_slug, "Pattern", now=now)
    return taken(leaving_out=[administrator])


def _scenarios(course: str) -> list[str]:
    from ceapp.catalogue.queries import current_course  # noqa: PLC0415 - read late: courses are published by then

    return [listed.slug for listed in current_course(course).scenarios]


def _copies(stencil: Stencil, learners: int) -> Iterator[UUID]:
    """Store so many copies; the ids of the people."""
    certificates = len(stencil.rows[Certificate.__table__])  # type: ignore[index]
    with transaction() as session:
        counter = session.get_one(SerialCounter, BEGAN.year)
        first, counter.last = counter.last + 1, counter.last + learners * certificates
    serials = (f"{BEGAN.year}-{number:06}" for number in range(first, first + learners * certificates))
    for start in range(1, learners, BATCH):
        batch: Rows = defaultdict(list)
        for number in range(start, min(start + BATCH, learners)):
            rows, _ = stencil.copy(number, [*islice(serials, certificates)])
            for table, given in rows.items():
                batch[table].extend(given)
        people = batch[Person.__table__]  # type: ignore[index]
        store(TABLES, batch)
        store([SignIn.__table__], {SignIn.__table__: [sign_in(each["id"], each["email"]) for each in people]})  # type: ignore[list-item,dict-item]
        yield from (each["id"] for each in people)
        if start // BATCH % 10 == 0:
            _tell(f"{start + BATCH - 1:,} of {learners:,} learners")


def sign_in(person_id: UUID, email: str) -> Row:
    """A browser of this person, signed in now."""
    now = datetime.now(UTC)
    hashed = hashlib.sha256(f"{TOKEN}{email}".encode()).hexdigest()
    times = dict.fromkeys(("created_at", "last_seen_at", "proved_at"), now)
    return {"id": new_id(), "person_id": person_id, "token_hash": hashed, "browser": "", "expires_at": now + timedelta(days=7), **times}


def prove_again(app: Flask) -> None:
    """Everybody has just shown who they are, for the pages that ask for it."""
    now = datetime.now(UTC)
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(proved_at=now, last_seen_at=now, expires_at=now + timedelta(days=7)))


def store(tables: Iterable[Table], rows: Rows) -> None:
    """Store the rows of these tables, in their order, in one transaction."""
    with transaction() as session:
        for table in tables:
            if rows.get(table):
                session.execute(insert(table), rows[table])


def _tell(words: str) -> None:
    print(f"{perf_counter() - _begun:6.0f} s  {words}", file=sys.stderr, flush=True)


_begun = perf_counter()


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2:
        print("usage: python -m bench.scale.seeding FOLDER [DATABASE_URL]", file=sys.stderr)
        return 2
    os.umask(0o077)
    found: dict[str, Any] = seed(app_on(Path(arguments[0]).resolve(), *arguments[1:]))
    print(f"{', '.join(f'{number:,} {name}' for name, number in found.items())} in {perf_counter() - _begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
