"""`ceapp doctor`: what it prints and how it exits, and that it makes and changes nothing."""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import pytest
from click.testing import CliRunner, Result

import ceapp.operating.doctor as the_doctor
from ceapp.commands.command_line import cli
from ceapp.config import ROOT
from ceapp.errors import Unsafe
from ceapp.operating.doctor import CODES, ERROR, WARNING
from ceapp.operating.doctor.examination import Check, Examination
from ceapp.operating.doctor.findings import Finding, found
from ceapp.operating.doctor.registry import CHECKS
from tests.conftest import NOW
from tests.operating.doctor.faults import PLANTED
from tests.operating.doctor.patients import Patient
from tests.operating.doctor.whole import BALLAST_MB, PUBLIC


@pytest.fixture
def doctor(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """The patient, as the command finds it."""
    monkeypatch.setattr("ceapp.clock.now", lambda: NOW)
    monkeypatch.setenv("CEAPP_INSTANCE", str(patient.folder))
    monkeypatch.setenv("CEAPP_SCENARIOS", str(patient.folder / "scenarios"))
    monkeypatch.setenv("CEAPP_BASE_URL", PUBLIC)
    monkeypatch.setenv("CEAPP_BALLAST_MB", str(BALLAST_MB))
    return patient


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", *arguments])


def test_nothing_found_says_what_was_looked_at(doctor: Patient) -> None:
    result = run()
    assert result.exit_code == 0
    assert result.stdout.startswith("Nothing found. Looked at: ")
    for counted in ("answers", "attempts", "certificates", "completions", "PDFs", "sealed texts", "sign-offs", "triggers"):
        assert re.search(rf"\b[1-9]\d* {counted}\b", result.stdout), counted
    assert "scores" in result.stderr


def test_the_fast_form_looks_at_less(doctor: Patient) -> None:
    doctor.write("DELETE FROM score")
    result = run("--fast")
    assert result.exit_code == 0
    assert result.stdout.startswith("Nothing found. ")
    assert "attempt.not-scored" not in result.stdout
    assert "answers" not in result.stdout


def test_a_warning_alone_exits_0_and_an_error_1(doctor: Patient) -> None:
    doctor.write("UPDATE person SET is_administrator = false")
    warned = run()
    assert warned.exit_code == 0
    assert "Found: 1 warning. " in warned.stdout
    doctor.write("UPDATE rendition SET pdf = x'00'")
    failed = run()
    assert failed.exit_code == 1
    assert "error: certificate.pdf: rendition " in failed.stdout
    assert "Found: 1 error and 1 warning. " in failed.stdout


def test_json(doctor: Patient) -> None:
    doctor.write("UPDATE rendition SET pdf = x'00'")
    result = run("--json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert [(each["code"], each["severity"]) for each in said["findings"]] == [("certificate.pdf", "error")]
    assert said["findings"][0]["remedy"] == CODES["certificate.pdf"][1]
    assert said["looked_at"]["answers"] > 10


def test_it_makes_and_changes_nothing(doctor: Patient) -> None:
    def state() -> dict[str, str]:
        files = [path for path in sorted(doctor.folder.rglob("*")) if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = state()
    assert run().exit_code == 0
    assert state() == before
    shutil.rmtree(doctor.folder / "keys")
    assert run().exit_code == 1
    assert not (doctor.folder / "keys").exists()


def test_where_there_is_no_database_none_is_made(doctor: Patient) -> None:
    (doctor.folder / "ceapp.sqlite3").unlink()
    result = run()
    assert isinstance(result.exception, Unsafe)
    assert "start the server once" in result.exception.message
    assert not (doctor.folder / "ceapp.sqlite3").exists()


def test_a_file_that_is_no_database_is_said_in_one_line(doctor: Patient) -> None:
    (doctor.folder / "ceapp.sqlite3").write_bytes(b"not a database at all" * 1000)
    result = run()
    assert isinstance(result.exception, Unsafe)
    assert result.exception.message == "The database cannot be opened: file is not a database"


def test_no_personal_word_is_printed(doctor: Patient) -> None:
    doctor.write(
        "UPDATE certificate SET facts_sha256 = 'f'",
        "UPDATE person SET is_administrator = true",
        "UPDATE sign_in SET expires_at = '2099-01-01 00:00:00.000000'",
        "UPDATE note SET ciphertext = x'00'",
        "UPDATE answer SET position = position + 100",
        "UPDATE task SET due_on = '2030-01-01'",
    )
    printed = run().stdout
    assert printed.count("error:") > 10
    for word in ("Tess", "Omar", "example.org", "supervisor before I answer"):
        assert word.lower() not in printed.lower()


def test_a_check_that_fails_is_a_finding_and_keeps_no_other(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_examination: Examination) -> object:
        raise ValueError("a word of somebody")

    patient.write("UPDATE rendition SET pdf = x'00'")
    monkeypatch.setattr(the_doctor, "CHECKS", (Check("failing", failing), *CHECKS))  # type: ignore[arg-type]
    findings = patient.examine()
    assert [each.code for each in findings] == ["doctor.not-finished", "certificate.pdf"]
    assert findings[0].what == "failing: ValueError"


def test_many_alike_are_counted(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    def many(_examination: Examination) -> list[Finding]:
        return [found("sealed.broken", f"note {number}") for number in range(250)]

    monkeypatch.setattr(the_doctor, "CHECKS", (Check("many", many),))  # type: ignore[arg-type]
    findings = patient.examine()
    assert len(findings) == the_doctor.MOST_ALIKE + 1
    assert findings[-1].what == "and 150 more like these"


def test_every_code_is_planted_and_in_the_documentation() -> None:
    planted = {code for _, codes in PLANTED.values() for code in codes}
    assert set(CODES) - planted == {"doctor.not-finished"}
    text = (ROOT / "docs" / "operating.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z-]+\.[a-z-]+)` \| (error|warning) \|", text, re.MULTILINE))
    assert rows == {code: severity for code, (severity, _) in CODES.items()}
    assert set(rows.values()) == {ERROR, WARNING}
