"""The training record: dated in the organisation's zone, of one's own, safe in a spreadsheet, and no certificate."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask

from ceapp.database import scoped_to, transaction
from ceapp.supervision.models import SignOff
from ceapp.supervision.tasks.training import IS_NOT_A_CERTIFICATE, training_records
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign, hand_in, release
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import Learner
from tests.supervision.test_tasks import change_membership

EVENING = datetime(2026, 11, 4, 3, 0, tzinfo=UTC)
"""4 November in UTC, still 3 November in Toronto."""

Visit = Callable[..., Page]


def sign_off(app: Flask, agency: Agency, supervisor: Member, trainee: Member, task_id: UUID, at: datetime) -> None:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        values = {"supervisor_id": supervisor.id, "trainee_id": trainee.id, "task_id": task_id, "facts": {}, "signed_at": at}
        session.add(SignOff(organisation_id=agency.id, **values))


@pytest.fixture
def done(app: Flask, agency: Agency, sam: Member, tess: Member, course: str) -> UUID:
    """Tess failed once, passed a day later, and Sam signed it off."""
    task_id = assign(app, agency, sam, [tess], course, ["short"], now=EVENING - timedelta(days=7), title="=cmd").task(tess)
    series_id, _ = hand_in(app, agency, tess, task_id, course, "short", passed=False, now=EVENING)
    hand_in(app, agency, tess, task_id, course, "short", passed=True, now=EVENING + timedelta(days=1), number=2, series_id=series_id)
    sign_off(app, agency, sam, tess, task_id, EVENING + timedelta(days=2))
    return task_id


@pytest.mark.both_databases
def test_days_are_those_of_the_organisation(app: Flask, tess: Member, done: UUID) -> None:
    with app.app_context(), scoped_to(tess.id):
        (record,) = training_records(tess.id, now=NOW)
    (line,) = record.lines
    days = [str(day) for day in (line.assigned_on, line.handed_in_on, line.passed_on, line.signed_off[0].on)]
    assert days == ["2026-10-27", "2026-11-03", "2026-11-04", "2026-11-05"]
    assert (line.attempts, line.signed_off[0].by, line.task_id) == (2, "Sam Okafor", done)


@pytest.mark.both_databases
def test_a_released_pass_stands_there_with_its_day_alone(app: Flask, agency: Agency, sam: Member, tess: Member, course: str) -> None:
    task_id = assign(app, agency, sam, [tess], course, ["short"], now=EVENING, accepts_own_pass=True).task(tess)
    learner = Learner(app, tess)
    own = learner.begin("short", purpose="practice")
    release(app, agency, task_id, own.id, passed_on=EVENING.date(), now=NOW)
    with app.app_context(), scoped_to(tess.id):
        (record,) = training_records(tess.id, now=NOW)
    (line,) = record.lines
    assert (line.released_on, line.handed_in_on, line.passed_on, line.attempts) == (EVENING.date(), None, None, 0)


def test_h8_the_page_and_the_file_say_what_they_are(visit: Visit, tess: Member, done: UUID) -> None:
    page = visit("/training-record", person=tess)
    assert "Harbour Clinic" in page.text
    assert IS_NOT_A_CERTIFICATE in page.text
    sheet = page.follow("Print this record: Harbour Clinic")
    for text in (
        "Tess Adeyemi",
        "Harbour Clinic",
        "America/Toronto",
        IS_NOT_A_CERTIFICATE,
        "3 November 2026",
        "Sam Okafor, 5 November 2026",
    ):
        assert text in sheet.text, text
    file = visit("/training-record/harbour.csv", person=tess).response
    assert file.mimetype == "text/csv"
    assert file.headers["Content-Disposition"] == "attachment; filename=harbour-clinic-training-record.csv"
    rows = list(csv.reader(io.StringIO(file.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[0] == ["Training record", "Harbour Clinic"]
    assert [IS_NOT_A_CERTIFICATE] in rows
    assert rows[-1] == ["Short", "2026-10-27", "2026-11-03", "2026-11-04", "2", "", "Sam Okafor, 2026-11-05"]


def test_f7_no_cell_is_a_formula(
    app: Flask, visit: Visit, make_agency: Callable[..., Agency], make_person: Callable[..., Member], tess: Member, course: str
) -> None:
    boss = make_person("boss@example.org", "@SUM(A1)")
    agency = make_agency("harbour", "=HYPERLINK(1)", {tess.id: "trainee", boss.id: "supervisor"})
    task_id = assign(app, agency, boss, [tess], course, ["short"], now=EVENING).task(tess)
    hand_in(app, agency, tess, task_id, course, "short", passed=True, now=EVENING)
    sign_off(app, agency, boss, tess, task_id, EVENING)
    text = visit("/training-record/harbour.csv", person=tess).response.get_data(as_text=True)
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


def test_two_organisations_are_two_records_and_nobody_elses(
    app: Flask,
    visit: Visit,
    make_agency: Callable[..., Agency],
    tess: Member,
    omar: Member,
    sam: Member,
    rita: Member,
    done: UUID,
    course: str,
) -> None:
    other = make_agency("elsewhere", "Elsewhere House", {tess.id: "trainee", rita.id: "supervisor"})
    task_id = assign(app, other, rita, [tess], course, ["extra"], now=EVENING).task(tess)
    hand_in(app, other, tess, task_id, course, "extra", passed=True, now=EVENING)
    page = visit("/training-record", person=tess)
    assert page.select("//h2//text()") == ["Elsewhere House", "Harbour Clinic"]
    assert "Extra" not in visit("/training-record/harbour", person=tess).text
    assert "Extra" in visit("/training-record/elsewhere", person=tess).text
    for person in (omar, sam, rita):
        assert "You have done nothing for an organisation yet." in visit("/training-record", person=person).text
        for address in ("/training-record/harbour", "/training-record/harbour.csv", "/training-record/nonsense"):
            visit(address, person=person, status=404)


@pytest.mark.parametrize("values", [{"suspended_at": NOW}, {"left_on": NOW.date()}])
def test_who_left_or_is_suspended_keeps_the_record(
    app: Flask, visit: Visit, agency: Agency, tess: Member, done: UUID, values: dict[str, object]
) -> None:
    change_membership(app, agency, tess, **values)
    assert "Short" in visit("/training-record/harbour", person=tess).text
    assert "Short" in visit("/assignments?state=done", person=tess).text


def test_the_record_takes_a_constant_number_of_queries(
    app: Flask, visit: Visit, browser_of: Callable[..., Visitor], agency: Agency, tess: Member, sam: Member, done: UUID, course: str
) -> None:
    visit("/training-record", person=tess)
    few = visit("/training-record", person=tess).queries
    for number in range(5):
        task_id = assign(app, agency, sam, [tess], course, ["extra"], now=EVENING + timedelta(days=number)).task(tess)
        hand_in(app, agency, tess, task_id, course, "extra", passed=True, now=NOW)
    assert visit("/training-record", person=tess).queries == few
