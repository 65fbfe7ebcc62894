"""The operator's page: what an administrator reads about the installation, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.mail.models import Message
from ceapp.operating import examinations
from ceapp.operating.doctor.findings import found
from ceapp.operating.overview import duration, size
from tests.conftest import NOW, Member
from tests.harness.pages import Page, Visitor

pytestmark = pytest.mark.both_databases


def lines(page: Page) -> dict[str, str]:
    """The page's lines by name."""
    names, values = page.select("//main//dt"), page.select("//main//dd")
    return {" ".join(name.itertext()): " ".join(value.itertext()) for name, value in zip(names, values, strict=True)}


def test_it_says_how_the_installation_is(app: Flask, visit: Callable[..., Page], ada: Member, engine: str) -> None:
    with app.app_context():
        record("backup.made", actor=None, now=NOW - timedelta(days=3))
        record("backup.made", actor=None, now=NOW - timedelta(hours=2))
        with transaction() as session:
            for number, failed_at in enumerate((None, NOW, NOW)):
                values = {"letter": "reminder", "occurrence": f"{number}", "key_id": "0001", "values": b"", "at_most_once": False}
                session.add(Message(**values, queued_at=NOW, due_at=NOW, failed_at=failed_at))
    page = visit("/operating", person=ada)
    said = lines(page)
    assert said["Kind"].startswith("SQLite 3." if engine == "sqlite" else "PostgreSQL ")
    assert said["Saved by"] == ("WAL" if engine == "sqlite" else "synchronous_commit on")
    assert said["Mail"] == "1 message waiting, 2 given up"
    assert said["Last backup"] == "20 November 2026, 08:00"  # Toronto
    assert said["Last restore"] == "never"
    assert said["Shape"] and said["Size"].endswith(("kB", "MB"))
    assert "No backup was made" not in page.text


def test_without_a_backup_and_an_export_of_the_keys_it_warns(app: Flask, visit: Callable[..., Page], ada: Member, tmp_path: Path) -> None:
    page = visit("/operating", person=ada)
    assert "No backup was made yet" in page.text
    assert "Sealing keys that nobody exported: 0001" in page.text
    (tmp_path / "keys" / "exported").write_text("0001\n")
    assert "nobody exported" not in visit("/operating", person=ada).text


def test_the_slowest_requests_are_named_by_their_route(app: Flask, visit: Callable[..., Page], ada: Member, course: str) -> None:
    visit(f"/courses/{course}", person=ada)
    visit("/verify/PLANTED-CODE", person=ada, status=404)
    page = visit("/operating", person=ada)
    routes = {" ".join(each.itertext()) for each in page.select("//tbody//th")}
    assert {"GET /courses/<course_slug>", "GET /verify/<code>"} <= routes
    assert "PLANTED" not in page.html


def test_the_doctor_looks_when_asked_and_every_process_shows_it(
    app: Flask, visit: Callable[..., Page], ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "has not looked yet" in visit("/operating", person=ada).text
    finding = found("keys.missing", "instance/keys")
    monkeypatch.setattr(examinations, "examine", lambda **_: iter([finding]))
    page = visit("/operating", person=ada).submit("Have the doctor look now")
    assert finding.code in page.text
    assert finding.remedy in page.text
    monkeypatch.setattr(examinations, "examine", lambda **_: iter([]))
    assert "and found nothing" in visit("/operating", person=ada).submit("Have the doctor look now").text


def test_the_doctor_really_looks(app: Flask, visit: Callable[..., Page], ada: Member) -> None:
    page = visit("/operating", person=ada).submit("Have the doctor look now")
    assert "not-finished" not in page.text
    assert "The doctor looked" in page.text
    assert "<code>ceapp backup</code>" in page.html


def test_a_spoilt_note_of_the_last_look_keeps_the_page_open(visit: Callable[..., Page], ada: Member, tmp_path: Path) -> None:
    (tmp_path / "doctor.json").write_text('{"at": 3}')
    assert "has not looked yet" in visit("/operating", person=ada).text


@pytest.mark.parametrize("address", ["/operating", "/operating/look"])
def test_nobody_else_opens_it(
    browser_of: Callable[[Member | None], Visitor], visit: Callable[..., Page], tess: Member, address: str
) -> None:
    if address == "/operating":
        visit(address, person=tess, status=404)
    else:
        seal = visit("/account", person=tess).select("//input[@name='csrf_token']/@value")[0]
        browser_of(tess).post(address, {"csrf_token": [seal]}, status=404)


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (7_350_000, "7.3 MB"), (123_456_789, "123 MB"), (5e12, "5.0 TB")],
)
def test_sizes_in_words(count: float, words: str) -> None:
    assert size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "under a second"), (1, "1 second"), (61, "1 minute 1 second"), (90_000, "1 day 1 hour"), (172_800, "2 days")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words
