"""Reports to CE Broker: the file as its help pages describe it, the ledger, and that nothing is sent twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import xlrd  # type: ignore[import-untyped]
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from ceapp.accounts.licences import service as licences
from ceapp.accounts.licences.service import LicenceInput
from ceapp.audit.models import AuditEntry
from ceapp.certificates import life
from ceapp.certificates.facts import PrintedLicence
from ceapp.certificates.models import Certificate
from ceapp.commands.command_line import cli
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused
from ceapp.reporting.ce_broker import queries, service, settings, stock
from ceapp.reporting.ce_broker.models import CeBrokerEntry, CeBrokerFile, CeBrokerLine
from ceapp.reporting.ce_broker.rules import Answer, Kind, Setting, State, answers_to, cells, licence_key, lines_of, rejections, state_after
from ceapp.reporting.ce_broker.settings import Board
from ceapp.reporting.ce_broker.workbook import workbook
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Member
from tests.harness.pages import Page, Visitor
from tests.reporting.boards import setting_input

DAY = date(2026, 11, 20)
FLORIDA = Board("sample", "US-FL", "social-worker", "")
NURSES = Board("sample", "US-FL", "other", "Registered nurse")
SOCIAL_WORKER = PrintedLicence("Social worker, Florida", "SW 00123", profession="social-worker", place="US-FL")
NURSE = PrintedLicence("Registered Nurse, Florida", "RN-9", profession="other", place="US-FL")
ELSEWHERE = PrintedLicence("Social worker, Georgia", "77", profession="social-worker", place="US-GA")
HOSTILE = ['=HYPERLINK("http://evil.example","x")', "+1+1", "@SUM(A1)", "-2+3|cmd", "\t=1", "＝1+1"]

Issued = Callable[..., Certificate]


def setting(**changes: Any) -> Setting:
    values = {"id": uuid4(), "course_slug": "sample", "place": "US-FL", "profession": "social-worker", "profession_words": ""}
    given = setting_input()
    numbers = {name: getattr(given, name) for name in given.__dataclass_fields__ if name != "is_active"}
    return Setting(**{**values, **numbers, **changes})


def sheet_of(content: bytes) -> Any:
    book = xlrd.open_workbook(file_contents=content, formatting_info=True)
    assert book.nsheets == 1
    return book.sheet_by_index(0), book


def rows_of(content: bytes) -> list[list[Any]]:
    """The cells as somebody sees them: days as days."""
    sheet, book = sheet_of(content)
    return [
        [xlrd.xldate_as_datetime(cell.value, book.datemode).date() if cell.ctype == xlrd.XL_CELL_DATE else cell.value for cell in row]
        for row in (sheet.row(number) for number in range(sheet.nrows))
    ]


@pytest.fixture
def report(app: Flask, ada: Member, course: str) -> Callable[..., UUID]:
    """Have completions reported."""

    def enter(board: Board = FLORIDA, **changes: Any) -> UUID:
        with app.app_context():
            return settings.enter(board, setting_input(**changes), by=ada.id, form_key=uuid4().hex, now=NOW).id

    return enter


@pytest.fixture
def make(app: Flask, ada: Member) -> Callable[..., CeBrokerFile]:
    def file(kind: Kind = Kind.FULL, key: str = "") -> CeBrokerFile:
        with app.app_context():
            return service.make_file(kind, by=ada.id, form_key=key or uuid4().hex, now=NOW)

    return file


@pytest.fixture
def states(app: Flask) -> Callable[[], list[tuple[str, str]]]:
    """After stock was taken: the numbers of licences with their states."""

    def read() -> list[tuple[str, str]]:
        with app.app_context():
            stock.take_all(NOW)
            return sorted((queries.words_of(each).number, each.state) for each in db.session.scalars(select(CeBrokerEntry)))

    return read


def test_a_row_has_the_columns_of_the_help_page() -> None:
    full = cells(setting(own_number="SM-1", publishing_number="7"), "SW 00123", DAY)
    assert full == ("1234", "56789", "SM-1", "7", "SW 00123", DAY, "State=FL", "Profession=RN")
    assert cells(setting(subject_code="ETH", hours="1.5"), "1", DAY)[8:] == ("ETH", Decimal("1.5"))


def test_the_file_is_the_old_format_without_headings_and_its_days_are_days() -> None:
    rows = [cells(setting(), "00123", DAY), cells(setting(subject_code="ETH", hours="1.5"), "5", date(2008, 12, 3))]
    content = workbook(rows)
    assert content.startswith(bytes.fromhex("d0cf11e0a1b11ae1"))  # an OLE2 file, as Excel 97 to 2003 wrote
    assert rows_of(content) == [
        ["1234", "56789", "", "", "00123", DAY, "State=FL", "Profession=RN", "", ""],
        ["1234", "56789", "", "", "5", date(2008, 12, 3), "State=FL", "Profession=RN", "ETH", 1.5],
    ]
    sheet, book = sheet_of(content)
    assert book.biff_version == 80
    day = sheet.cell(1, 5)
    assert book.format_map[book.xf_list[day.xf_index].format_key].format_str == "m/d/yyyy"


def test_f7_no_cell_is_a_formula() -> None:
    """A formula would be read back as the value that was stored with it, and the stream would hold the record of formulas (0x0006)."""
    sheet, _ = sheet_of(workbook([HOSTILE]))
    assert [(cell.ctype, cell.value) for cell in sheet.row(0)] == [(xlrd.XL_CELL_TEXT, text) for text in HOSTILE]
    assert {kind for kind, _ in records(workbook([HOSTILE]))} & {0x0006, 0x0206, 0x0406} == set()


def records(content: bytes) -> list[tuple[int, bytes]]:
    """The records of the stream `Workbook`: kind and body."""
    stream = xlrd.compdoc.CompDoc(content).get_named_stream("Workbook")
    found, at = [], 0
    while at + 4 <= len(stream):
        kind, length = (int.from_bytes(stream[at + start : at + start + 2], "little") for start in (0, 2))
        found.append((kind, stream[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


@pytest.mark.parametrize(
    ("printed", "held", "numbers"),
    [
        ([SOCIAL_WORKER], [], ["SW 00123"]),
        ([SOCIAL_WORKER, NURSE, ELSEWHERE], [], ["SW 00123", "RN-9"]),
        ([ELSEWHERE], [SOCIAL_WORKER], ["SW 00123"]),  # the certificate prints none of that board
        ([SOCIAL_WORKER], [replace(SOCIAL_WORKER, number="other")], ["SW 00123"]),  # what it prints is what was certified
        ([ELSEWHERE], [ELSEWHERE], []),
        ([SOCIAL_WORKER, replace(SOCIAL_WORKER, number="sw00123")], [], ["sw00123"]),  # the same licence, written otherwise
    ],
)
def test_which_licences_are_reported(printed: list[PrintedLicence], held: list[PrintedLicence], numbers: list[str]) -> None:
    boards = [setting(), setting(profession="other", profession_words="registered nurse")]
    assert [each.licence.number for each in lines_of(boards, printed, held).values()] == numbers


def test_the_key_of_a_licence_does_not_hold_its_number() -> None:
    assert "00123" not in licence_key(SOCIAL_WORKER)
    assert licence_key(SOCIAL_WORKER) != licence_key(replace(SOCIAL_WORKER, place="US-GA"))


@pytest.mark.parametrize(
    ("changes", "completed_on", "approvals", "counts"),
    [
        ({}, date(2026, 1, 1), set(), True),
        ({}, date(2025, 12, 31), set(), False),
        ({"approval_id": UUID(int=1)}, DAY, {str(UUID(int=2))}, False),
        ({"approval_id": UUID(int=1)}, DAY, {str(UUID(int=1))}, True),
    ],
)
def test_the_day_and_the_approval_decide(changes: dict[str, Any], completed_on: date, approvals: set[str], counts: bool) -> None:
    assert setting(**changes).counts(completed_on, approvals) is counts


def test_a_pasted_list_of_rejections() -> None:
    assert rejections("3, licence not found\n\n 12\tName differs \n4;x") == ({3: "licence not found", 12: "Name differs", 4: "x"}, [])
    assert rejections("three, x\n5") == ({}, [1, 2])


def test_nothing_that_was_accepted_can_be_sent_again() -> None:
    assert {state for state in State if Answer.AGAIN in answers_to(state, has_licence=True)} == {State.REJECTED, State.NOT_REPORTED}
    assert Answer.AGAIN not in answers_to(State.NOT_REPORTED, has_licence=False)
    assert state_after(Answer.AGAIN) is State.READY


@pytest.mark.both_databases
def test_a_completion_goes_out_once(
    app: Flask, provider: None, issued: Issued, report: Any, make: Any, states: Any, ada: Member, tess: Member, omar: Member
) -> None:
    issued(tess, slug="sample", licences=(SOCIAL_WORKER, NURSE, ELSEWHERE))
    issued(omar, slug="sample", name="Omar Demir", licences=(ELSEWHERE,))
    assert states() == []  # nothing is reported that no setting names
    report()
    report(NURSES, provider_number="50", own_number="N-1", course_number="")
    assert states() == [("", "not reported"), ("RN-9", "ready"), ("SW 00123", "ready")]
    file = make(key="k" * 22)
    with app.app_context():
        content = queries.bytes_of(file)
        rows = [row[:5] for row in rows_of(content)]
        assert sorted(rows) == [["1234", "56789", "", "", "SW 00123"], ["50", "", "N-1", "", "RN-9"]]
        of_nurse = 1 + [row[4] for row in rows].index("RN-9")
        assert service.take_file(file.id, by=ada.id, now=NOW)[1] == service.take_file(file.id, by=ada.id, now=NOW)[1] == content
    assert make(key="k" * 22).id == file.id  # a second click
    with pytest.raises(Refused):
        make()
    assert states() == [("", "not reported"), ("RN-9", "exported"), ("SW 00123", "exported")]
    with app.app_context():
        assert service.answer_file(file.id, {of_nurse: "Licence not found."}, accepts_rest=True, by=ada.id, now=NOW) == 2
        assert service.answer_file(file.id, {of_nurse: "Licence not found."}, accepts_rest=True, by=ada.id, now=NOW) == 0
        nurse = db.session.scalars(select(CeBrokerEntry).where(CeBrokerEntry.state == "rejected")).one().id
        for _ in range(2):
            service.answer_line(nurse, Answer.AGAIN, "", by=ada.id, now=NOW)
    again = make()
    with app.app_context():
        assert [row[4] for row in rows_of(queries.bytes_of(again))] == ["RN-9"]
        assert [(each.number, line.outcome, reason) for line, each, reason in queries.lines_about(nurse)] == [
            (2, "", ""),
            (1, "rejected", "Licence not found."),
        ]
        with pytest.raises(Refused):  # the line is in a later file by now
            service.answer_file(file.id, {of_nurse: "Once more."}, accepts_rest=False, by=ada.id, now=NOW)
        deeds = db.session.scalars(select(AuditEntry.deed).where(AuditEntry.deed.startswith("ce-broker"))).all()
    assert deeds.count("ce-broker.file-made") == deeds.count("ce-broker.file-taken") == 2


@pytest.mark.both_databases
def test_a_file_that_is_made_many_times_at_once_is_one(
    app: Flask, provider: None, issued: Issued, report: Any, ada: Member, tess: Member
) -> None:
    report()
    issued(tess, slug="sample", licences=(SOCIAL_WORKER,))

    def press(number: int) -> object:
        return service.make_file(Kind.FULL, by=ada.id, form_key=f"file-at-once-number-{number % 2}-0000", now=NOW).id

    made = at_once(app, 6, press)
    with app.app_context():
        assert len({each for each in made if isinstance(each, UUID)}) == 1
        assert all(isinstance(each, UUID | Refused) for each in made)
        assert db.session.scalar(select(func.count()).select_from(CeBrokerFile)) == 1
        assert db.session.scalar(select(func.count()).select_from(CeBrokerLine)) == 1


def test_a_missing_licence_is_listed_until_it_is_there(
    app: Flask, provider: None, issued: Issued, report: Any, states: Any, ada: Member, tess: Member, omar: Member
) -> None:
    report()
    issued(tess, slug="sample")
    issued(omar, slug="sample", name="Omar Demir")
    assert states() == [("", "missing"), ("", "missing")]
    given = LicenceInput("social-worker", "", "US-FL", "", "SW 5", "", None, is_printed=False)
    with app.app_context():
        hidden = licences.add(tess.id, given, now=NOW).id
    assert ("SW 5", "ready") not in states()  # she does not want it shown
    with app.app_context():
        licences.change(tess.id, hidden, replace(given, is_printed=True), now=NOW)
    assert states() == [("", "missing"), ("", "not reported"), ("SW 5", "ready")]
    with app.app_context():
        left = db.session.scalars(select(CeBrokerEntry).where(CeBrokerEntry.state == "missing")).one()
        service.answer_line(left.id, Answer.DROPPED, "", by=ada.id, now=NOW)
    report(NURSES)  # everything is looked at again, and what somebody took out stays out
    assert states() == [("", "not reported"), ("", "not reported"), ("SW 5", "ready")]


def test_the_ledger_follows_corrections_revocations_and_settings(
    app: Flask, provider: None, issued: Issued, report: Any, make: Any, states: Any, ada: Member, tess: Member, omar: Member
) -> None:
    board = report()
    of_tess = issued(tess, slug="sample", licences=(SOCIAL_WORKER,))
    of_omar = issued(omar, slug="sample", name="Omar Demir", licences=(replace(SOCIAL_WORKER, number="8"),))
    assert states() == [("8", "ready"), ("SW 00123", "ready")]
    with app.app_context():
        life.revoke(of_omar.id, by=ada.id, reason="Not him.", now=NOW)
    assert states() == [("8", "not reported"), ("SW 00123", "ready")]
    make()
    right = replace(SOCIAL_WORKER, number="SW 00124")
    correction = life.Correction("Tess Adeyemi", "3", "ethics", (right,), renews_approvals=False)
    with app.app_context():
        life.supersede(of_tess.id, correction, reason="A digit.", by=ada.id, form_key=uuid4().hex, now=NOW)
    assert states() == [("8", "not reported"), ("SW 00123", "exported"), ("SW 00124", "ready")]  # what was sent is not forgotten
    with app.app_context():
        given = setting_input(is_active=False)
        settings.change(board, given, after_version=1, by=ada.id, form_key=uuid4().hex, now=NOW)
    assert ("SW 00124", "not reported") in states()
    with app.app_context():
        settings.change(board, setting_input(days=10), after_version=2, by=ada.id, form_key=uuid4().hex, now=NOW)
        stock.take_all(NOW)
        assert queries.due(DAY + timedelta(days=3)) == queries.Due(late=0, soon=1)
        assert queries.due(DAY + timedelta(days=11)) == queries.Due(late=1, soon=0)
        assert queries.due(DAY) == queries.Due()


def test_partial_credit_has_files_of_its_own(app: Flask, provider: None, issued: Issued, report: Any, make: Any, tess: Member) -> None:
    report()
    report(NURSES, subject_code="ETH", hours="1.5")
    issued(tess, slug="sample", licences=(SOCIAL_WORKER, NURSE))
    full, partial = make(Kind.FULL), make(Kind.PARTIAL)
    with app.app_context():
        assert [len(row) for row in rows_of(queries.bytes_of(full))] == [8]
        assert rows_of(queries.bytes_of(partial))[0][4:] == ["RN-9", DAY, "State=FL", "Profession=RN", "ETH", 1.5]


def test_one_board_once_and_a_change_follows_what_was_seen(app: Flask, report: Any, ada: Member, tess: Member) -> None:
    board = report(NURSES)
    with pytest.raises(Refused):
        report(replace(NURSES, profession_words="registered NURSE"))
    with app.app_context():
        with pytest.raises(Missing):
            settings.enter(FLORIDA, setting_input(), by=tess.id, form_key=uuid4().hex, now=NOW)
        settings.change(board, setting_input(days=5), after_version=1, by=ada.id, form_key=uuid4().hex, now=NOW)
        with pytest.raises(Refused):
            settings.change(board, setting_input(days=6), after_version=1, by=ada.id, form_key=uuid4().hex, now=NOW)
        assert queries.setting_seen(board).row.version == 2


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ce_broker_setting SET days = 1",
        "DELETE FROM ce_broker_file",
        "UPDATE ce_broker_file SET sha256 = 'x'",
        "UPDATE ce_broker_line SET row = 9",
        "UPDATE ce_broker_entry SET licence_key = 'x'",
    ],
)
def test_the_database_keeps_what_was_sent(
    app: Flask, provider: None, issued: Issued, report: Any, make: Any, tess: Member, statement: str
) -> None:
    report()
    issued(tess, slug="sample", licences=(SOCIAL_WORKER,))
    make()
    with app.app_context(), pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement))


def test_the_pages(
    app: Flask, provider: None, issued: Issued, browser_of: Callable[..., Visitor], ada: Member, tess: Member, omar: Member, course: str
) -> None:
    issued(tess, slug="sample", licences=(SOCIAL_WORKER,))
    issued(omar, slug="sample", name="Omar Demir")
    browser = browser_of(ada)
    page = browser.get("/reports/ce-broker").follow("Enter a setting")
    refused = page.submit("Save", status=422)
    assert "Write this number, or your own number of the course." in refused.text
    typed = {"course": course, "place": "US-FL", "profession": "social-worker", "provider_number": "50-1234", "course_number": "20-567"}
    saved = page.submit("Save", **typed, profession_code="SW", days="30", first_day="2026-01-01")
    assert "Social worker, Florida" in saved.text
    assert "50-" not in saved.text
    with app.app_context():
        stock.take_all(NOW)
    ledger = browser.get("/reports/ce-broker")
    assert "SW 00123" in ledger.text
    assert "Omar Demir" in browser.get("/reports/ce-broker?state=missing").text
    file = ledger.submit("Make a file of 1 line, full credit")
    assert "1 row" in file.text
    taken = [
        browser.client.post(f"{file.address}/file", data={"csrf_token": file.form(f"{file.address}/file").filled()["csrf_token"]})
        for _ in range(2)
    ]
    assert taken[0].data == taken[1].data
    assert taken[0].headers["Content-Disposition"] == "attachment; filename=ce-broker-1-full.xls"
    assert rows_of(taken[0].data) == [["1234", "567", "", "", "SW 00123", DAY, "State=FL", "Profession=SW"]]
    wrong = file.submit("Note it", status=422, rejected="x")
    assert "line 1" in wrong.text
    noted = file.submit("Note it", rejected="1, licence not found")
    line = noted.follow("Tess Adeyemi, row 1")
    assert "licence not found" in line.text
    assert "Choose what happened." in line.submit("Note it", status=422).text
    assert "Ready to be sent" in line.submit("Note it", answer="again").text


def test_the_pages_take_as_many_queries_for_many_lines(
    app: Flask, provider: None, issued: Issued, report: Any, make: Any, visit: Callable[..., Page], ada: Member, make_person: Any
) -> None:
    report()

    def fill(start: int) -> None:
        for number in range(start, start + 30):
            person = make_person(f"person-{number}@example.org", f"Person {number}")
            issued(person, slug="sample", name=f"Person {number}", licences=(replace(SOCIAL_WORKER, number=str(number)),))

    fill(0)
    file = make()
    fill(30)
    with app.app_context():
        stock.take_all(NOW)
    addresses = ("/reports/ce-broker", f"/reports/ce-broker/files/{file.id}", "/reports/ce-broker/files", "/reports/ce-broker/settings")
    visit(addresses[0], person=ada)  # What a process reads once is read then.
    assert [visit(each, person=ada).queries for each in addresses] == [3, 4, 3, 3]
    assert "Page 2 of 2" in visit(f"{addresses[1]}?page=2", person=ada).text


def test_the_terminal_makes_the_next_file(
    app: Flask, provider: None, issued: Issued, report: Any, tess: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report()
    issued(tess, slug="sample", licences=(SOCIAL_WORKER,))
    monkeypatch.setattr("ceapp.commands.export.prepared_app", lambda _settings: app)
    out = tmp_path / "report.xls"
    done = CliRunner().invoke(cli, ["export", "ce-broker", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "file 1" in done.output
    assert [row[4] for row in rows_of(out.read_bytes())] == ["SW 00123"]
    again = CliRunner().invoke(cli, ["export", "ce-broker", "--again", "1", "--out", str(tmp_path / "again.xls")])
    assert again.exit_code == 0, again.output
    assert (tmp_path / "again.xls").read_bytes() == out.read_bytes()
    nothing = CliRunner().invoke(cli, ["export", "ce-broker", "--out", str(tmp_path / "none.xls")])
    assert isinstance(nothing.exception, Refused | SystemExit)
    assert not (tmp_path / "none.xls").exists()
