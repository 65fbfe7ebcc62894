"""Transcripts: what somebody completed, by days and licence, with every state as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from ceapp.accounts.models import Person
from ceapp.audit.models import AuditEntry
from ceapp.certificates import life
from ceapp.certificates.facts import PrintedLicence
from ceapp.certificates.models import Certificate
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.rendering import EXAMPLE, Paper
from ceapp.certificates.service import issue, issue_waiting
from ceapp.certificates.standing import Standing
from ceapp.commands.command_line import cli
from ceapp.database import db, transaction
from ceapp.errors import Missing
from ceapp.reporting import transcript_service
from ceapp.reporting.models import TranscriptCopy
from ceapp.reporting.transcripts import COLUMNS, Entry, Wanted, cells, licence_key, transcript
from tests.certificates.conftest import NOW, completion, provider_input
from tests.conftest import Member
from tests.harness.pages import Page, Visitor

LICENCE = PrintedLicence("Psychologist, California", "PSY 01234")
LATER = NOW + timedelta(days=3)


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"base_url": "https://ce.example.org"}


@pytest.fixture
def provider(app: Flask, ada: Member) -> None:
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)


def give(app: Flask, person: Member, number: int = 1, **changes: Any) -> Certificate:
    with app.app_context(), transaction():
        facts = completion(**{"completed_on": date(2026, 11, number), "started_on": date(2026, 1, 1), **changes})
        return issue(person_id=person.id, course_slug=f"course-{number}", cycle=1, facts_input=facts, now=NOW)


def entry(completed_on: str = "2026-11-20", standing: Standing = Standing.VALID, **changes: Any) -> Entry:
    since = None if standing in (Standing.VALID, Standing.SPECIMEN) else datetime(2026, 12, 1, tzinfo=UTC)
    return Entry(replace(EXAMPLE, completed_on=completed_on, **changes), standing, since)


def read(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (Wanted(), ["2026-01-05", "2026-06-05", "2026-11-20"]),
        (Wanted(first_day=date(2026, 6, 5)), ["2026-06-05", "2026-11-20"]),
        (Wanted(last_day=date(2026, 6, 5)), ["2026-01-05", "2026-06-05"]),
        (Wanted(licence=licence_key(LICENCE.words)), ["2026-06-05"]),
        (Wanted(licence="nonsense"), []),
    ],
)
def test_by_days_and_by_licence_the_first_completion_first(wanted: Wanted, taken: list[str]) -> None:
    every = [entry(), entry("2026-06-05", licences=(LICENCE,)), entry("2026-01-05")]
    found = transcript("Tess", every, wanted, made_on=date(2026, 12, 1))
    assert [each.facts.completed_on for each in found.entries] == taken
    assert (licence_key(LICENCE.words), LICENCE.words) in found.licences


def test_only_what_counts_is_added_up() -> None:
    every = [
        entry(contact_hours="1.5"),
        entry(contact_hours="2", category=""),
        *(entry(standing=standing) for standing in (Standing.REVOKED, Standing.SUPERSEDED, Standing.SPECIMEN)),
    ]
    found = transcript("Tess", every, Wanted(), made_on=date(2026, 12, 1))
    assert found.hours == "3.5"
    assert found.by_category == (("no category", "2"), ("ethics", "1.5"))
    assert {each.state for each in found.entries} == {
        "valid",
        "revoked on 2026-12-01 (UTC)",
        "superseded on 2026-12-01 (UTC)",
        "completed; certificate not issued yet",
    }
    assert all(len(cells(each)) == len(COLUMNS) for each in every)


class TestPages:
    @pytest.mark.both_databases
    def test_every_state_truthfully_on_the_page_the_paper_and_in_the_file(
        self, app: Flask, visit: Callable[..., Page], tess: Member, omar: Member, ada: Member
    ) -> None:
        give(app, tess, 1, course_title="Once a specimen")
        with app.app_context():
            set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
            issue_waiting(by=ada.id, now=LATER)
        old, revoked = give(app, tess, 2, licences=(LICENCE,)), give(app, tess, 3, course_title="Taken back")
        give(app, omar, 4, course_title="Not hers")
        with app.app_context():
            given = life.Correction("Theresa", "2", "ethics", (LICENCE,), renews_approvals=False)
            life.supersede(old.id, given, reason="r", by=ada.id, form_key="k" * 24, now=LATER)
            life.revoke(revoked.id, by=ada.id, reason="r", now=LATER)
        page = visit("/account/transcript", person=tess)
        assert page.text.count("Once a specimen") == 1
        assert "Not hers" not in page.text
        assert "superseded on 2026-11-23" in page.text
        assert "revoked on 2026-11-23" in page.text
        assert "Contact hours of certificates that count5" in page.text
        text = read(visit(page.link("PDF, A4 paper"), person=tess).response.data)
        for told in ("Once a specimen", "superseded on", "revoked on", "PSY 01234", "5 contact hours in all"):
            assert told in " ".join(text.split())
        lines = list(csv.reader(io.StringIO(visit(page.link("CSV"), person=tess).response.data.decode("utf-8-sig"))))
        assert len(lines) == 1 + 4
        chosen = visit("/account/transcript", person=tess, query={"licence": licence_key(LICENCE.words)})
        assert "Taken back" not in chosen.text
        assert chosen.form("transcript").values("licence") == [licence_key(LICENCE.words)]
        assert len(visit(chosen.link("CSV"), person=tess).response.data.decode().splitlines()) == 3

    def test_empty_and_wrong(self, visit: Callable[..., Page], tess: Member) -> None:
        assert "Nothing was completed yet" in visit("/account/transcript", person=tess).text
        wrong = visit("/account/transcript?first_day=2026-12-01&last_day=2026-01-01", person=tess, status=422)
        assert "before the first one" in wrong.text
        visit("/account/transcript.csv?first_day=soon", person=tess, status=400)
        visit("/account/transcript.pdf?paper=a5", person=tess, status=404)

    def test_two_hundred_completions(self, app: Flask, tess: Member, provider: None) -> None:
        """All of them by one statement, on as many sheets as they need, each under the heads of its columns."""
        with app.app_context(), transaction():
            for number in range(200):
                facts = completion(course_title=f"Course number {number:03}", licences=(LICENCE,))
                issue(person_id=tess.id, course_slug=f"c-{number}", cycle=1, facts_input=facts, now=NOW)
        with app.app_context():
            found = transcript_service.transcript_of(db.session.get_one(Person, tess.id), Wanted(), now=NOW)
            pages = PdfReader(io.BytesIO(transcript_service.pdf_of(found, Paper.LETTER))).pages
        texts = [page.extract_text() for page in pages]
        assert all("Serial and code" in text for text in texts)
        assert all(f"Course number {number:03}" in "".join(texts) for number in range(200))
        assert f"sheet {len(texts)} of {len(texts)}" in texts[-1]

    @pytest.mark.both_databases
    def test_an_administrator_gives_a_reason_that_the_person_reads(
        self, app: Flask, browser_of: Callable[[Member], Visitor], visit: Callable[..., Page], tess: Member, ada: Member, provider: None
    ) -> None:
        give(app, tess)
        page = browser_of(ada).get(f"/people/{tess.id}").follow("Transcript")
        assert "Give a reason" in page.submit("Make the transcript", status=422, reason=" ").text
        for _ in range(2):
            made = page.submit("Make the transcript", status=200, kind="csv", reason="The board asked")
            assert "Tess Adeyemi" in made.response.data.decode()
        page.submit("Make the transcript", status=422, reason="x" * 401)
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(TranscriptCopy)) == 1
            (deed,) = db.session.scalars(select(AuditEntry).where(AuditEntry.deed == "transcript.made"))
            assert (deed.actor_id, deed.subjects["person"]) == (ada.id, str(tess.id))
            assert "board" not in str(deed.subjects)
            with pytest.raises(Missing):
                transcript_service.note_copy(tess.id, reason="r", by=tess.id, form_key="z" * 24, now=NOW)
        assert "Reason: The board asked" in visit("/account/transcript", person=tess).text
        visit(f"/people/{tess.id}/transcript", person=tess, status=404)


def test_f7_no_cell_is_a_formula(app: Flask, visit: Callable[..., Page], tess: Member, provider: None) -> None:
    give(app, tess, name='=HYPERLINK("x")', course_title="+1", licences=(PrintedLicence("@SUM(A1)", "-2"),))
    text = visit("/account/transcript.csv", person=tess).response.data.decode("utf-8-sig")
    for cell in (cell for line in csv.reader(io.StringIO(text)) for cell in line):
        assert cell[:1] not in tuple("=+-@")


def test_in_the_terminal(app: Flask, tess: Member, provider: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(app, tess)
    settings = app.extensions["ceapp.settings"]
    for name in ("instance", "database_url", "base_url"):
        monkeypatch.setenv(f"CEAPP_{name.upper()}", getattr(settings, name))
    for name in ("t.csv", "t.pdf"):
        out = tmp_path / name
        result = CliRunner().invoke(cli, ["export", "transcript", "TESS@example.org", "--out", str(out)])
        assert result.exit_code == 0, result.output
        assert out.stat().st_size > 100
    refused = CliRunner().invoke(cli, ["export", "transcript", "nobody@example.org", "--out", str(tmp_path / "x.csv")])
    assert refused.exit_code == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(TranscriptCopy).where(TranscriptCopy.made_by.is_(None))) == 2
