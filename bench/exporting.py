"""How long exports of many certificates take, and how much memory they hold; `floor` is the target."""

from __future__ import annotations

import hashlib
import re
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import insert

from ceapp.accounts.models import Person
from ceapp.certificates import codes
from ceapp.certificates.facts import CompletionFacts, Facts, canonical, from_json, sha256
from ceapp.certificates.models import Certificate, Rendition
from ceapp.certificates.rendering import Paper
from ceapp.certificates.service import issue
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.database import db, new_id, transaction
from ceapp.reporting import exporting, queries, rosters
from ceapp.reporting.selection import Selection
from ceapp.web.archives import zip_stream

ARCHIVED, ARCHIVE_SECONDS, ARCHIVE_MEGABYTES = 10_000, 60, 100
LISTED, ROSTER_SECONDS = 50_000, 20
PDF_BYTES = 62_000  # what a certificate takes
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
_BATCH = 1_000


def measure(archived: int = ARCHIVED, listed: int = LISTED) -> list[dict[str, Any]]:
    """Stream an archive and write rosters of certificates that are stored already, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        app = prepared_app(load_settings({}, instance=folder))
        with app.app_context():
            _fill(archived, listed)
            db.session.remove()
            _forget_peak()
            idle = _peak()
            seconds, size = _timed(zip_stream(exporting.archive(Selection(first_day=date(2026, 1, 1)), Paper.LETTER, now=NOW)))
            held = _peak() - idle
            lines, _ = _timed(line.encode() for line in rosters.lines_of(queries.rows_of(Selection())))
            sheet, _ = _timed(rosters.spreadsheet(queries.rows_of(Selection())))
    return [
        _row(f"ZIP of {archived} frozen certificates ({size // 1_000_000} MB)", seconds, ARCHIVE_SECONDS, "s"),
        _row("memory of that above idle", held, ARCHIVE_MEGABYTES, "MB"),
        _row(f"roster of {listed} rows, CSV", lines, ROSTER_SECONDS, "s"),
        _row(f"roster of {listed} rows, XLSX", sheet, ROSTER_SECONDS, "s"),
    ]


def _fill(archived: int, listed: int) -> None:
    """So many certificates, the first of them with a PDF of the usual size."""
    with transaction() as session:
        maker = Person(email="first@example.org", name="First", time_zone="UTC", password_hash="", created_at=NOW)
        session.add(maker)
        session.flush()
        model = issue(person_id=maker.id, course_slug="first", cycle=1, facts_input=_facts(), now=NOW)
        facts = _printed(model)
    for start in range(0, listed, _BATCH):
        _add(facts, range(start, min(start + _BATCH, listed)), with_pdf=archived)


def _add(facts: Facts, numbers: range, *, with_pdf: int) -> None:
    people = [
        {"id": new_id(), "email": f"p{n}@example.org", "name": f"Person {n}", "time_zone": "UTC", "password_hash": "", "created_at": NOW}
        for n in numbers
    ]
    certificates = [_certificate(facts, person, number) for number, person in zip(numbers, people, strict=True)]
    pdfs = [_pdf(each["id"]) for number, each in zip(numbers, certificates, strict=True) if number < with_pdf]
    with transaction() as session:
        session.execute(insert(Person), people)
        session.execute(insert(Certificate), certificates)
        if pdfs:
            session.execute(insert(Rendition), pdfs)


def _certificate(facts: Facts, person: dict[str, Any], number: int) -> dict[str, Any]:
    code, serial = codes.new_code(), f"2026-{number:06}"
    text = canonical(replace(facts, learner=person["name"], code=code, serial=serial))
    place = {"person_id": person["id"], "course_slug": "ethics", "cycle": 1, "version": 1, "basis": "completion", "reason": ""}
    return {"id": new_id(), **place, "code": code, "serial": serial, "facts": text, "facts_sha256": sha256(text), "issued_at": NOW}


def _pdf(certificate_id: Any) -> dict[str, Any]:
    content = b"%PDF-" + secrets.token_bytes(PDF_BYTES)
    digest = hashlib.sha256(content).hexdigest()
    return {"id": new_id(), "certificate_id": certificate_id, "paper": "letter", "sha256": digest, "pdf": content, "made_at": NOW}


def _facts() -> CompletionFacts:
    return CompletionFacts(
        name="First",
        course_title="Ethical use of social media in mental health practice",
        course_revision="0" * 64,
        category="ethics",
        contact_hours="3",
        started_on=date(2026, 11, 2),
        completed_on=date(2026, 11, 20),
        time_zone="America/Toronto",
        authors=("Ida Berg, PhD",),
    )


def _printed(model: Certificate) -> Facts:
    return from_json(model.facts)


def _timed(pieces: Iterable[bytes]) -> tuple[float, int]:
    begun = perf_counter()
    size = sum(len(piece) for piece in pieces)
    return perf_counter() - begun, size


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
    return int(found[1]) / 1024 if found else 0


def _row(name: str, ours: float, floor: float, unit: str) -> dict[str, Any]:
    return {"name": name, "ours": round(ours, 2), "floor": floor, "ratio": round(ours / floor, 2), "unit": unit}
