"""Exports of certificates: the selection, the archive, the roster; on the web and in the terminal."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select

from ceapp.audit.models import AuditEntry
from ceapp.certificates.life import revoke
from ceapp.certificates.models import Certificate, Rendition
from ceapp.certificates.rendering import Paper
from ceapp.certificates.renditions import pdf_of
from ceapp.commands.command_line import cli
from ceapp.database import db, transaction
from ceapp.errors import Refused
from ceapp.learning.models import Completion, Enrolment
from ceapp.reporting import exporting, queries
from ceapp.reporting.models import Export
from ceapp.reporting.selection import Selection
from ceapp.web.archives import zip_stream
from tests.conftest import NOW, Agency, Member
from tests.harness.pages import Page, Visitor

Issued = Callable[..., Certificate]

HOSTILE = [
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "@SUM(A1)",
    "-2+3|cmd",
    "＝1+1",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    '"; rm',
]


def opened(pieces: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(pieces))
    assert archive.testzip() is None
    return archive


def manifest_of(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))


@pytest.mark.both_databases
def test_an_archive_holds_the_kept_pdfs_and_a_manifest_of_their_hashes(
    app: Flask, provider: None, issued: Issued, tess: Member, omar: Member
) -> None:
    first, second = issued(tess), issued(omar, name="Omar Demir")
    with app.app_context():
        kept = {each.serial: pdf_of(each, Paper.LETTER, now=NOW).pdf for each in (first, second)}
        archive = opened(b"".join(zip_stream(exporting.archive(Selection(), Paper.LETTER, now=NOW))))
    rows = manifest_of(archive)
    assert [row["Name"] for row in rows] == ["Tess Adeyemi", "Omar Demir"]
    for row in rows:
        content = archive.read(row["File"])
        assert content == kept[row["Serial"]]
        assert hashlib.sha256(content).hexdigest() == row["SHA-256"]
    assert set(archive.namelist()) == {row["File"] for row in rows} | {"manifest.csv"}


@pytest.mark.both_databases
def test_revoked_superseded_and_specimens_stay_out(
    app: Flask, provider: None, issued: Issued, tess: Member, omar: Member, ada: Member
) -> None:
    issued(tess)
    gone = issued(omar)
    with app.app_context():
        revoke(gone.id, by=ada.id, reason="Issued in error", now=NOW)
        assert queries.count(Selection()) == queries.Counts(2, 1)
        assert queries.without_pdf(Selection(), Paper.LETTER) == 1
        assert [row.revoked_at is not None for row in queries.rows_of(Selection())] == [False, True]


@pytest.mark.both_databases
def test_a_selection_goes_by_course_completed_day_and_organisation(
    app: Flask, provider: None, issued: Issued, course: str, tess: Member, omar: Member, rita: Member, agency: Agency, elsewhere: Agency
) -> None:
    for person, slug in ((tess, course), (omar, "other-course"), (rita, course)):
        issued(person, slug=slug)
    with app.app_context(), transaction() as session:
        revision = session.execute(select(func.min(Certificate.course_slug))).scalar_one()
        assert revision
        _completed(tess, course, date(2026, 10, 1))
    with app.app_context():
        chosen = {
            "all": Selection(),
            "course": Selection(course_slug=course),
            "october": Selection(first_day=date(2026, 10, 1), last_day=date(2026, 10, 31)),
            "november": Selection(first_day=date(2026, 11, 1)),
            "harbour": Selection(organisation_id=agency.id),
            "elsewhere": Selection(organisation_id=elsewhere.id),
        }
        found = {name: [row.email[:4] for row in queries.rows_of(selection)] for name, selection in chosen.items()}
        assert found == {
            "all": ["tess", "omar", "rita"],
            "course": ["tess", "rita"],
            "october": ["tess"],
            "november": ["omar", "rita"],
            "harbour": ["tess", "omar"],
            "elsewhere": ["rita"],
        }
        assert {name: queries.count(selection).certificates for name, selection in chosen.items()} == {
            name: len(emails) for name, emails in found.items()
        }


def _completed(person: Member, slug: str, day: date) -> None:
    with transaction() as session:
        revision_id = session.scalars(select(db.metadatas[None].tables["course"].c.revision_id)).first()
        enrolment = Enrolment(person_id=person.id, course_slug=slug, cycle=1, course_revision_id=revision_id, began_at=NOW)
        session.add(enrolment)
        session.flush()
        session.add(
            Completion(
                enrolment_id=enrolment.id, course_revision_id=revision_id, completed_at=NOW, completed_on=day, time_zone="America/Toronto"
            )
        )


def test_rows_are_read_piece_by_piece_and_each_once(app: Flask, provider: None, issued: Issued, make_person: Callable[..., Member]) -> None:
    people = [make_person(f"p{number}@example.org", f"Person {number}") for number in range(7)]
    for person in people:
        issued(person, name=person.name)
    with app.app_context():
        pieces = list(queries.pieces_of(Selection(), piece=3))
    assert [len(piece) for piece in pieces] == [3, 3, 1]
    assert [row.email for piece in pieces for row in piece] == [person.email for person in people]


@pytest.mark.both_databases
def test_the_missing_pdfs_are_made_by_the_job_a_few_at_a_time(
    app: Flask, provider: None, issued: Issued, make_person: Callable[..., Member], ada: Member
) -> None:
    for number in range(12):
        issued(make_person(f"p{number}@example.org", f"Person {number}"), name=f"Person {number}")
    with app.app_context():
        export_id = exporting.ask(ada.id, Selection(), Paper.LETTER, now=NOW)
        seen = []
        while exporting.prepare_some(NOW):
            export = db.session.get_one(Export, export_id)
            seen.append((export.ready, export.finished_at is not None))
            db.session.rollback()
        assert seen == [(10, False), (12, True)]
        assert db.session.scalar(select(func.count()).select_from(Rendition)) == 12


def test_an_export_that_another_process_holds_is_left_to_it_until_it_falls_silent(
    app: Flask, provider: None, issued: Issued, tess: Member, ada: Member
) -> None:
    issued(tess)
    with app.app_context():
        export_id = exporting.ask(ada.id, Selection(), Paper.LETTER, now=NOW)
        with transaction() as session:
            session.get_one(Export, export_id).taken_until = NOW + timedelta(seconds=30)
        assert exporting.prepare_some(NOW) is False
        assert exporting.prepare_some(NOW + timedelta(seconds=31)) is True
        assert db.session.get_one(Export, export_id).finished_at is not None


def test_a_name_that_no_font_has_does_not_stop_the_others(
    app: Flask, provider: None, issued: Issued, tess: Member, omar: Member, ada: Member
) -> None:
    strange = issued(tess, name="Tess \U00012000\U00012001")  # cuneiform
    issued(omar)
    with app.app_context():
        export_id = exporting.ask(ada.id, Selection(), Paper.LETTER, now=NOW)
        while exporting.prepare_some(NOW):
            pass
        export = db.session.get_one(Export, export_id)
        assert (export.finished_at, export.ready, export.unprintable) == (NOW, 1, [strange.serial])
        archive = opened(b"".join(zip_stream(exporting.archive(Selection(), Paper.LETTER, now=NOW))))
        assert strange.serial in archive.read("not-included.txt").decode()
        assert len(manifest_of(archive)) == 1


def test_an_empty_selection_is_refused_with_a_way_on(app: Flask, provider: None, ada: Member) -> None:
    with app.app_context(), pytest.raises(Refused, match="widen it"):
        exporting.ask(ada.id, Selection(), Paper.LETTER, now=NOW)


def page_of(visit: Callable[..., Page], ada: Member, browser_of: Callable[[Member | None], Visitor]) -> Page:
    browser_of(ada).most_queries = 8  # Courses, organisations and earlier archives are offered besides the selection.
    return visit("/exports", person=ada)


def test_the_administrator_looks_exports_and_downloads(
    app: Flask,
    provider: None,
    issued: Issued,
    tess: Member,
    omar: Member,
    ada: Member,
    agency: Agency,
    visit: Callable[..., Page],
    browser_of: Callable[[Member | None], Visitor],
) -> None:
    issued(tess)
    issued(omar, name="Omar Demir")
    page = page_of(visit, ada, browser_of)
    assert "2 certificates selected" in page.text
    narrowed = page.submit("Look", organisation="harbour", status=200)
    assert "2 certificates selected" in narrowed.text
    waiting = narrowed.submit("PDFs as one ZIP")
    assert "0 of 2 PDFs are made" in waiting.text
    progress = browser_of(ada).get(f"{waiting.address}/progress").response.get_json()
    assert progress == {"percent": 0, "ready": 0, "total": 2, "finished": False}
    with app.app_context():
        while exporting.prepare_some(NOW):
            pass
    ready = browser_of(ada).get(waiting.address)
    answer = ready.submit("Download the archive", status=200).response
    assert answer.headers["Content-Disposition"] == "attachment; filename=certificates-all-courses.zip"
    assert {row["Name"] for row in manifest_of(opened(answer.get_data()))} == {"Tess Adeyemi", "Omar Demir"}
    with app.app_context():
        deeds = list(db.session.scalars(select(AuditEntry.deed).where(AuditEntry.deed.startswith("export."))))
    assert deeds == ["export.asked", "export.certificates"]


def roster_as(kind: str, page: Page) -> bytes:
    button = {"csv": "Roster as CSV", "xlsx": "Roster as XLSX"}[kind]
    return page.submit(button, status=200).response.get_data()


def test_f7_rosters_hold_no_formula_whatever_people_are_called(
    app: Flask,
    provider: None,
    issued: Issued,
    make_person: Callable[..., Member],
    ada: Member,
    visit: Callable[..., Page],
    browser_of: Callable[[Member | None], Visitor],
) -> None:
    for number, name in enumerate(HOSTILE):
        issued(make_person(f"p{number}@example.org", name), name=name, course_title=name)
    page = page_of(visit, ada, browser_of)
    sheet = load_workbook(io.BytesIO(roster_as("xlsx", page))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type in ("s", "n") and (cell.value is None or isinstance(cell.value, str)) for cell in cells)
    assert {row[1].value for row in sheet.iter_rows(min_row=2)} == set(HOSTILE)
    rows = list(csv.reader(io.StringIO(roster_as("csv", page).decode("utf-8-sig"))))
    assert len(rows) == len(HOSTILE) + 1
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r＝" and cell]
    assert rows[0][:2] == ["Serial", "Name"]


def test_a_roster_is_what_the_screen_lists(
    app: Flask,
    provider: None,
    issued: Issued,
    tess: Member,
    rita: Member,
    ada: Member,
    agency: Agency,
    elsewhere: Agency,
    visit: Callable[..., Page],
    browser_of: Callable[[Member | None], Visitor],
) -> None:
    issued(tess)
    issued(rita, name="Rita Blom")
    page = page_of(visit, ada, browser_of).submit("Look", organisation="elsewhere", status=200)
    assert "Rita Blom" in page.text
    assert "Tess" not in page.text
    roster = roster_as("csv", page).decode()
    assert "Rita Blom" in roster
    assert "Tess" not in roster


def test_a_first_day_after_the_last_is_said(
    visit: Callable[..., Page], ada: Member, browser_of: Callable[[Member | None], Visitor], provider: None
) -> None:
    page = page_of(visit, ada, browser_of).submit("Look", first_day="2026-12-01", last_day="2026-11-01", status=422)
    assert "before the first one" in page.text
    assert page.form("exports").values("first_day") == ["2026-12-01"]


def test_nobody_opens_the_export_of_another_administrator(
    app: Flask, provider: None, issued: Issued, tess: Member, ada: Member, make_person: Callable[..., Member], visit: Callable[..., Page]
) -> None:
    issued(tess)
    with app.app_context():
        export_id = exporting.ask(ada.id, Selection(), Paper.LETTER, now=NOW)
    other = make_person("bo@example.org", "Bo", is_administrator=True)
    visit(f"/exports/{export_id}", person=other, status=404)
    visit(f"/exports/{export_id}/progress", person=other, status=404)


def test_d12_an_old_sign_in_is_asked_to_prove_itself(app: Flask, ada: Member, browser_of: Callable[[Member | None], Visitor]) -> None:
    from sqlalchemy import update

    from ceapp.accounts.models import SignIn

    visitor = browser_of(ada)
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(proved_at=datetime.now(UTC) - timedelta(minutes=16)))
    assert visitor.get("/exports", status=303).response.headers["Location"].startswith("/account/prove?next=")


def test_h8_a_learner_takes_all_of_their_own(
    provider: None, issued: Issued, tess: Member, omar: Member, visit: Callable[..., Page], browser_of: Callable[[Member | None], Visitor]
) -> None:
    issued(tess)
    issued(tess, slug="second-course")
    issued(omar, name="Omar Demir")
    answer = visit("/certificates", person=tess).follow("All as one ZIP, letter").response
    names = opened(answer.get_data()).namelist()
    assert len(names) == 2
    assert all(name.endswith(".pdf") for name in names)


def test_who_has_none_is_told(visit: Callable[..., Page], tess: Member) -> None:
    assert "no certificate that counts" in visit("/certificates/all.zip", person=tess, status=409).text


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch, settings_overrides: dict[str, Any]) -> Callable[..., Any]:
    """Run `ceapp …` on the test's instance."""
    settings = app.extensions["ceapp.settings"]
    for name in ("instance", "database_url", "base_url"):
        monkeypatch.setenv(f"CEAPP_{name.upper()}", getattr(settings, name))
    return lambda *words: CliRunner().invoke(cli, list(words))


def test_the_terminal_writes_archive_and_roster(
    provider: None, issued: Issued, tess: Member, omar: Member, agency: Agency, run: Callable[..., Any], tmp_path: Path
) -> None:
    issued(tess)
    issued(omar, name="Omar Demir")
    archive, sheet, table = tmp_path / "all.zip", tmp_path / "roster.xlsx", tmp_path / "roster.csv"
    said = run("export", "certificates", "--organisation", "harbour", "--out", str(archive))
    assert said.exit_code == 0, said.output
    assert "2 certificates are in" in said.output
    assert len(manifest_of(opened(archive.read_bytes()))) == 2
    assert run("export", "roster", "--out", str(sheet)).exit_code == 0
    assert run("export", "roster", "--from", "2026-11-01", "--to", "2026-11-30", "--out", str(table)).exit_code == 0
    assert "Omar Demir" in table.read_text("utf-8-sig")
    assert load_workbook(sheet).active is not None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["certificates", "--organisation", "nowhere"], "no organisation"),
        (["certificates", "--course", "nothing"], "no course"),
        (["certificates"], "widen it"),
        (["roster", "--from", "yesterday"], "not a day"),
    ],
)
def test_the_terminal_refuses_in_one_line(run: Callable[..., Any], tmp_path: Path, words: list[str], says: str) -> None:
    out = tmp_path / ("x.zip" if words[0] == "certificates" else "x.csv")
    said = run("export", *words, "--out", str(out))
    assert said.exit_code != 0
    assert says in said.output + str(said.exception)
    assert not out.exists()


def test_a_file_that_exists_is_not_overwritten(
    provider: None, issued: Issued, tess: Member, run: Callable[..., Any], tmp_path: Path
) -> None:
    issued(tess)
    out = tmp_path / "roster.csv"
    out.write_text("mine")
    assert run("export", "roster", "--out", str(out)).exit_code != 0
    assert out.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir() if "roster" in path.name) == ["roster.csv"]
