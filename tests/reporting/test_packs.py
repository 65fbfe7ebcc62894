"""Audit packs: all of it is there, it can be verified with a hash alone, and what must not be in it is not."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from ceapp.audit.models import AuditEntry
from ceapp.catalogue.queries import published_scenario
from ceapp.certificates.models import Certificate
from ceapp.certificates.provider import set_provider_facts
from ceapp.commands.command_line import cli
from ceapp.database import db
from ceapp.learning.models import Enrolment
from tests.certificates.conftest import provider_input
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import GOOD_PATH, Learner
from tests.learning.test_record import opened

SECRET = "MARKER-of-a-reflection that nobody else may ever read here"
Files = dict[str, bytes]


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"base_url": "https://ce.example.org"}


@pytest.fixture
def completed(app: Flask, learner: Learner, ada: Member) -> UUID:
    """Tess has completed the course, with a failed attempt before, and has practised; her certificate."""
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    learner.enrol()
    practice = learner.begin(purpose="practice")
    for question, given in GOOD_PATH:
        learner.answer(practice, question, given, text=SECRET if question == "note" else "")
    learner.answer(learner.begin("short"), "now", ("like",))
    attempt = learner.begin()
    for question, given in GOOD_PATH:
        learner.answer(attempt, question, given, text=SECRET if question == "note" else "")
    learner.answer(learner.begin("short"), "now", ("ask",))
    with app.app_context():
        return db.session.scalars(select(Certificate.id)).one()


def unpacked(content: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def taken(browser: Visitor, address: str) -> Files:
    """The pack behind the button of this page."""
    page = browser.get(address)
    (token,) = page.select("//form[contains(@action, 'audit-pack')]//input[@name='csrf_token']/@value")
    response = browser.post(address, {"csrf_token": token}, status=200, follow=False).response
    assert response.mimetype == "application/zip"
    assert re.fullmatch(r"attachment; filename=[a-z0-9-]+\.zip", response.headers["Content-Disposition"])
    return unpacked(response.data)


def verified(files: Files) -> None:
    """As the README says: every file by the manifest, the facts by their hash, every seal by its text."""
    manifest = json.loads(files["manifest.json"])
    assert {each["name"] for each in manifest["files"]} == files.keys() - {"manifest.json"}
    for each in manifest["files"]:
        assert hashlib.sha256(files[each["name"]]).hexdigest() == each["sha256"], each["name"]
    (record,) = [json.loads(files[name]) for name in files if name.endswith("audit-record.json")]
    for entry in record["entries"]:
        seal = entry["seal"]
        assert hashlib.sha256(seal["text"].encode()).hexdigest() == seal["sha256"]
        said = json.loads(seal["text"])
        assert said[1:4] == [seal["chain"], seal["number"], seal["previous"]]
        assert (said[4], said[7], said[8]) == (entry["entry"], entry["deed"], entry["subjects"])
    (certificates,) = [json.loads(files[name])["certificates"] for name in files if name.endswith("certificates.json")]
    for each in certificates:
        (facts,) = [files[name] for name in files if name.endswith(f"{each['serial']}.facts.json")]
        assert hashlib.sha256(facts).hexdigest() == each["facts_sha256"]


def test_a_person_takes_their_own_with_two_clicks(
    app: Flask, browser_of: Callable[[Member], Visitor], visit: Callable[..., Page], tess: Member, completed: UUID
) -> None:
    (address,) = visit(f"/certificates/{completed}", person=tess).select("//a[.='Audit pack']/@href")
    files = taken(browser_of(tess), address)
    verified(files)
    names = {re.sub(r"[0-9a-f]{12}|\d{4}-\d{6}", "…", name) for name in files}
    assert names == {
        "README.txt",
        "manifest.json",
        "sample-1-certificate-….facts.json",
        "sample-1-certificate-…-letter.pdf",
        "sample-1-certificates.json",
        "sample-1-completion.json",
        "sample-1-course-….md",
        "sample-1-course-….json",
        "sample-1-attempt-01-short-1.json",
        "sample-1-attempt-02-every-kind-1.json",
        "sample-1-attempt-03-short-2.json",
        "sample-1-attempts.pdf",
        "sample-1-audit-record.json",
    }
    attempt = json.loads(files["sample-1-attempt-02-every-kind-1.json"])
    assert [step["words_written"] for step in attempt["steps"]] == [None, None, None, None, 8]
    first = attempt["steps"][0]
    assert {option["text"] for option in first["options_in_the_order_shown"] if option["chosen"]} == {"Raise it at the next session."}
    assert len(first["options_in_the_order_shown"]) == 4
    assert attempt["scores"][0]["percent"] == 100
    deeds = [entry["deed"] for entry in json.loads(files["sample-1-audit-record.json"])["entries"]]
    assert sorted(set(deeds)) == ["attempt.begun", "certificate.issued", "course.completed", "enrolment.begun"]
    assert deeds.count("attempt.begun") == 3
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.deed == "export.audit-pack")).one()
        assert (entry.actor_id, entry.subjects["person"]) == (tess.id, str(tess.id))


def test_the_attempts_can_be_read(browser_of: Callable[[Member], Visitor], tess: Member, completed: UUID) -> None:
    files = taken(browser_of(tess), f"/certificates/{completed}/audit-pack")
    reader = PdfReader(io.BytesIO(files["sample-1-attempts.pdf"]))
    words = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for wanted in ("What do you do first?", "Raise it at the next session.", "Can we talk here?", "A text of 8 words was handed in."):
        assert wanted in words
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_h4_no_reflection_and_no_practice_is_in_it(browser_of: Callable[[Member], Visitor], tess: Member, completed: UUID) -> None:
    for name, content in taken(browser_of(tess), f"/certificates/{completed}/audit-pack").items():
        assert b"MARKER" not in content, name
        if name.endswith(".pdf"):
            assert "MARKER" not in "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        assert b'"purpose": "practice"' not in content, name


def test_nobody_takes_somebody_elses(visit: Callable[..., Page], omar: Member, ada: Member, completed: UUID) -> None:
    for person in (omar, ada):
        visit(f"/certificates/{completed}/audit-pack", person=person, status=404)


def test_an_administrator_takes_one_in_an_opened_record_and_it_has_the_sources(
    app: Flask, browser_of: Callable[[Member], Visitor], visit: Callable[..., Page], tess: Member, ada: Member, completed: UUID
) -> None:
    with app.app_context():
        enrolment = db.session.scalars(select(Enrolment.id)).one()
    address = f"/people/{tess.id}/record/{enrolment}/audit-pack"
    visit(address, person=ada, status=303)
    page = opened(visit, ada, tess, enrolment)
    assert page.select("//a[.='Audit pack']/@href") == [address]
    files = taken(browser_of(ada), address)
    verified(files)
    sources = [name for name in files if re.fullmatch(r"sample-1-scenario-(every-kind|short)-[0-9a-f]{12}\.md", name)]
    assert len(sources) == 2
    assert any(b"KEYMARK-discuss" in files[name] for name in sources)
    assert not [name for name, content in files.items() if SECRET.encode() in content]
    assert "record.opened" in [entry["deed"] for entry in json.loads(files["sample-1-audit-record.json"])["entries"]]
    visit(f"/people/{tess.id}/record/{tess.id}/audit-pack", person=ada, status=404)


def test_b1_the_key_of_closing_cases_that_stay_closed_is_in_the_reviewers_only(
    app: Flask, browser_of: Callable[[Member], Visitor], visit: Callable[..., Page], library: Library, learner: Learner, ada: Member
) -> None:
    library.add_closing_cases()
    library.publish()
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    enrolment = learner.enrol()
    learner.work_through(learner.begin())
    learner.answer(learner.begin("short"), "now", ("ask",))
    for given in ("wait", "ask"):
        attempt = learner.begin("closing-a")
        with app.app_context():
            question = published_scenario(attempt.scenario_revision_id).scenario.scenes[0].questions[0].id
        learner.answer(attempt, question, (given,))
    with app.app_context():
        certificate = db.session.scalars(select(Certificate.id)).one()
    own = taken(browser_of(learner.person), f"/certificates/{certificate}/audit-pack")
    failed, passed = (json.loads(own[name]) for name in sorted(own) if "-closing-" in name)
    assert (failed["key_included"], passed["key_included"]) == (False, True)
    assert "KEYMARK" not in json.dumps(failed) and "KEYMARK" in json.dumps(passed)
    opened(visit, ada, learner.person, enrolment)
    all_of_it = taken(browser_of(ada), f"/people/{learner.person.id}/record/{enrolment}/audit-pack")
    assert all(json.loads(all_of_it[name])["key_included"] for name in all_of_it if "-attempt-" in name)


def test_the_command_writes_one_for_a_certificate_or_a_person(
    app: Flask, completed: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.extensions["ceapp.settings"]
    monkeypatch.setenv("CEAPP_INSTANCE", str(settings.instance_path))
    monkeypatch.setenv("CEAPP_DATABASE_URL", settings.database)
    monkeypatch.setenv("CEAPP_BASE_URL", "https://ce.example.org")
    with app.app_context():
        serial = db.session.scalars(select(Certificate.serial)).one()
    for number, wanted in enumerate((["--certificate", str(serial)], ["--person", "Tess@example.org"])):
        out = tmp_path / f"pack-{number}.zip"
        result = CliRunner().invoke(cli, ["export", "audit-pack", *wanted, "--out", str(out)])
        assert result.exit_code == 0, result.output
        files = unpacked(out.read_bytes())
        verified(files)
        assert [name for name in files if name.startswith("sample-1-scenario-")]
    for wrong in ([], ["--certificate", "1", "--person", "x"]):
        assert CliRunner().invoke(cli, ["export", "audit-pack", *wrong, "--out", str(tmp_path / "x.zip")]).exit_code == 2
    nobody = CliRunner().invoke(cli, ["export", "audit-pack", "--person", "nobody@example.org", "--out", str(tmp_path / "x.zip")])
    assert nobody.exit_code == 1 and not (tmp_path / "x.zip").exists()
