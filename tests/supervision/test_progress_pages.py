"""The progress page and its file: what each role, scope, cover and ended relation sees of whom."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from ceapp.database import Unscoped, db, scoped_to, transaction
from ceapp.supervision.models import Cover, Group, GroupMember, Task
from ceapp.supervision.progress.lines import in_scope
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import Assigned, assign
from tests.harness.pages import Page, Visitor, words
from tests.supervision.working import GOOD_PATH, RISKY_PATH, Trainee, join

Visit = Callable[..., Page]
ADDRESS = "/organisations/harbour/progress"
DUE = date(2026, 11, 27)


def cells(page: Page) -> dict[tuple[str, str], str]:
    """(trainee, scenario) → the words in the place."""
    head = [re.split(" due | no due", words(each))[0] for each in page.tree.xpath("//thead/tr/th")][1:]
    found: dict[tuple[str, str], str] = {}
    for line in page.tree.xpath("//tbody/tr"):
        name, places = words(line.find("th")), line.findall("td")
        assert len(places) == len(head)
        found |= {(name, title): words(place) for title, place in zip(head, places, strict=True)}
    return found


def rows_of(page: Page) -> list[dict[str, str]]:
    text = page.response.get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ceapp.clock.now", lambda: NOW)


@pytest.fixture
def assigned(app: Flask, agency: Agency, sam: Member, tess: Member, omar: Member, course: str) -> Assigned:
    """Two scenarios for Tess and Omar."""
    return assign(app, agency, sam, [tess, omar], course, ["every-kind", "short"], due_on=DUE, now=NOW - timedelta(days=7))


@pytest.fixture
def at_work(app: Flask, agency: Agency) -> Callable[[Member], Trainee]:
    return lambda person: Trainee(app, agency, person)


@pytest.fixture
def supervised(supervise: Callable[..., Any], agency: Agency, sam: Member, tess: Member) -> None:
    supervise(agency, sam, tess, scope="scores")


QUERIES = 11
"""Who, where, whom, what, which trainees, their work, their answers, groups, whom to ask for help: nine. The first page of a process reads
the grades of a text besides, and the first of a person notes that they were here.
"""


@pytest.fixture
def visit(browser_of: Callable[[Member], Visitor]) -> Visit:
    def open_page(address: str, person: Member, status: int = 200) -> Page:
        browser_of(person).most_queries = QUERIES
        return browser_of(person).get(address, status=status)

    return open_page


@pytest.mark.both_databases
def test_a_supervisor_reads_the_heat_map(
    visit: Visit, assigned: Assigned, supervised: None, at_work: Any, sam: Member, tess: Member
) -> None:
    at_work(tess).work_through(assigned.task(tess, "every-kind"), RISKY_PATH)
    found = cells(visit(ADDRESS, person=sam))
    assert found == {("Tess Adeyemi", "Every kind"): "Handed in Risky", ("Tess Adeyemi", "Short"): "Not begun"}


def test_a_pass_a_start_and_lateness_are_told(
    app: Flask, visit: Visit, agency: Agency, sam: Member, tess: Member, course: str, supervised: None, at_work: Any
) -> None:
    old = assign(
        app, agency, sam, [tess], course, {"every-kind": date(2026, 11, 18), "short": date(2026, 11, 1)}, now=NOW - timedelta(days=30)
    )
    at_work(tess).begin(old.task(tess, "every-kind"))
    at_work(tess).work_through(old.task(tess, "short"), (("now", ("ask",)),), now=NOW - timedelta(days=17))
    found = cells(visit(ADDRESS, person=sam))
    assert found["Tess Adeyemi", "Every kind"].startswith("Under way")
    assert "late" in found["Tess Adeyemi", "Every kind"]
    assert found["Tess Adeyemi", "Short"] == "Passed 2 days late Best"


def test_scores_are_shown_on_demand_only(
    visit: Visit, assigned: Assigned, supervised: None, at_work: Any, sam: Member, tess: Member
) -> None:
    at_work(tess).work_through(assigned.task(tess, "every-kind"))
    assert "100%" not in visit(ADDRESS, person=sam).html
    assert cells(visit(f"{ADDRESS}?show=scores", person=sam))["Tess Adeyemi", "Every kind"] == "Passed Best 100%"


@pytest.mark.parametrize("scope", ["status", "scores", "answers", "reflections"])
def test_a5_the_scope_decides_about_grade_and_score(
    visit: Visit, assigned: Assigned, supervise: Any, agency: Agency, at_work: Any, sam: Member, tess: Member, scope: str
) -> None:
    supervise(agency, sam, tess, scope=scope)
    at_work(tess).work_through(assigned.task(tess, "every-kind"), RISKY_PATH, text="MARK reflection of five words")
    page = visit(f"{ADDRESS}?show=scores", person=sam)
    (row,) = rows_of(visit(f"{ADDRESS}.csv?show=scores", person=sam))
    assert cells(page)["Tess Adeyemi", "Every kind"].startswith("Handed in")
    assert ("Risky" in cells(page)["Tess Adeyemi", "Every kind"]) is (scope != "status")
    assert ("%" in words(page.tree.find(".//tbody"))) is (scope != "status")
    assert (row.get("Every kind: weakest first choice") == "risky") is (scope != "status")
    assert bool(row.get("Every kind: first attempt in percent")) is (scope != "status")
    for text in ("MARK", "Wait and see", "KEYMARK"):
        assert text not in page.html + str(row)


def test_a5_an_administrator_sees_everybodys_status_and_no_score(
    visit: Visit, assigned: Assigned, at_work: Any, ines: Member, tess: Member
) -> None:
    at_work(tess).work_through(assigned.task(tess, "every-kind"), RISKY_PATH)
    page = visit(f"{ADDRESS}?show=scores", person=ines)
    assert cells(page)["Tess Adeyemi", "Every kind"] == "Handed in"
    assert cells(page)["Omar Demir", "Short"] == "Not begun"
    assert "%" not in words(page.tree.find(".//main"))


def test_a5_of_somebody_one_does_not_supervise_there_is_no_trace(
    app: Flask, visit: Visit, agency: Agency, assigned: Assigned, supervised: None, sam: Member, tess: Member, omar: Member, course: str
) -> None:
    theirs = assign(app, agency, sam, [omar], course, ["extra"], title="MARK for Omar alone", now=NOW)
    _group(app, agency, "MARK group of Omar", omar)
    for address in (ADDRESS, f"{ADDRESS}.csv", f"{ADDRESS}?assignment={theirs.id}", f"{ADDRESS}.csv?assignment={theirs.id}"):
        text = visit(address, person=sam).response.get_data(as_text=True)
        assert "Omar" not in text
        assert "MARK" not in text
        assert str(omar.id) not in text
        assert "Extra" not in text


def test_a_supervisor_of_nobody_is_told_so(visit: Visit, assigned: Assigned, sam: Member) -> None:
    page = visit(ADDRESS, person=sam)
    assert "nobody here whose progress you see" in page.html
    assert rows_of(visit(f"{ADDRESS}.csv", person=sam)) == []


def test_a5_what_trainees_do_for_themselves_is_not_there(
    app: Flask, visit: Visit, assigned: Assigned, supervised: None, at_work: Any, sam: Member, tess: Member
) -> None:
    trainee = at_work(tess)
    for purpose in ("practice", "credit"):
        trainee.answer(trainee.begin_alone(purpose), RISKY_PATH, text="MARK of five whole words")
    page = visit(f"{ADDRESS}?show=scores", person=sam)
    assert set(cells(page).values()) == {"Not begun"}
    assert "MARK" not in page.html


def test_a_colleague_sees_while_they_cover_and_not_after(
    app: Flask, visit: Visit, agency: Agency, assigned: Assigned, supervised: None, make_person: Any, sam: Member
) -> None:
    today = NOW.date()
    for name, first, last in (("Cleo", today, today), ("Carl", today - timedelta(days=9), today - timedelta(days=1))):
        colleague = make_person(f"{name.lower()}@example.org", name)
        join(app, agency, colleague)
        with app.app_context(), scoped_to(agency.id), transaction() as session:
            session.add(
                Cover(
                    organisation_id=agency.id,
                    supervisor_id=sam.id,
                    colleague_id=colleague.id,
                    first_day=first - timedelta(days=1) if name == "Cleo" else first,
                    last_day=last + timedelta(days=1) if name == "Cleo" else last - timedelta(days=1),
                    made_by=sam.id,
                    made_at=NOW,
                )
            )
        assert ("Tess" in visit(ADDRESS, person=colleague).html) is (name == "Cleo")


def test_a5_an_ended_relation_shows_nothing(
    visit: Visit, agency: Agency, assigned: Assigned, supervise: Any, sam: Member, tess: Member
) -> None:
    supervise(agency, sam, tess, ended_at=NOW - timedelta(days=1))
    assert "Tess" not in visit(ADDRESS, person=sam).html


def test_withdrawn_work_is_a_dash_and_an_older_task_comes_back(
    app: Flask, visit: Visit, agency: Agency, assigned: Assigned, supervised: None, sam: Member, tess: Member, course: str
) -> None:
    newer = assign(app, agency, sam, [tess], course, ["short"], now=NOW, withdrawn_at=NOW, withdrawn_by=sam.id)
    page = visit(ADDRESS, person=sam)
    assert cells(page)["Tess Adeyemi", "Short"] == "Not begun"
    assert str(newer.task(tess)) not in page.html
    again = assign(app, agency, sam, [tess], course, ["short"], now=NOW)
    assert str(again.task(tess)) in visit(ADDRESS, person=sam).html


def test_an_extended_day_stands_in_the_place(
    app: Flask, visit: Visit, agency: Agency, assigned: Assigned, supervised: None, sam: Member, tess: Member
) -> None:
    _extend(app, agency, assigned.task(tess, "short"), date(2026, 12, 4))
    found = cells(visit(ADDRESS, person=sam))
    assert found["Tess Adeyemi", "Short"] == "Not begun due 4 December 2026"
    assert found["Tess Adeyemi", "Every kind"] == "Not begun"


@pytest.mark.both_databases
def test_filters_by_group_assignment_day_and_lateness(
    app: Flask, visit: Visit, agency: Agency, assigned: Assigned, ines: Member, sam: Member, tess: Member, omar: Member, course: str
) -> None:
    group_id = _group(app, agency, "Mondays", omar)
    late = assign(app, agency, sam, [omar], course, ["extra"], due_on=date(2026, 9, 1), now=NOW - timedelta(days=90), title="September")

    def seen(query: str) -> set[tuple[str, str]]:
        page = visit(f"{ADDRESS}?{query}", person=ines)
        on_screen = {key for key, text in cells(page).items() if text != "Not assigned"}
        in_file = {
            (row["Trainee"], title)
            for row in rows_of(visit(f"{ADDRESS}.csv?{query}", person=ines))
            for title in ("Every kind", "Short", "Extra")
            if row.get(title)
        }
        assert on_screen == in_file
        return on_screen

    both = {(name, title) for name in ("Tess Adeyemi", "Omar Demir") for title in ("Every kind", "Short")}
    assert seen("") == both | {("Omar Demir", "Extra")}
    assert {name for name, _ in seen(f"group={group_id}")} == {"Omar Demir"}
    assert seen(f"assignment={late.id}") == {("Omar Demir", "Extra")}
    assert seen("until=2026-10-01") == {("Omar Demir", "Extra")}
    assert seen("until=2026-12-01") == both | {("Omar Demir", "Extra")}
    assert seen("late=y") >= {("Omar Demir", "Extra")}


@pytest.mark.both_databases
def test_late_is_what_is_overdue_with_nothing_handed_in(
    app: Flask, visit: Visit, agency: Agency, ines: Member, sam: Member, tess: Member, omar: Member, course: str, at_work: Any
) -> None:
    old = assign(app, agency, sam, [tess, omar], course, ["short"], due_on=date(2026, 9, 1), now=NOW - timedelta(days=90))
    at_work(tess).work_through(old.task(tess), (("now", ("like",)),))
    assert {name for name, _ in cells(visit(f"{ADDRESS}?late=y", person=ines))} == {"Omar Demir"}
    _extend(app, agency, old.task(omar), date(2199, 1, 1))
    assert "Nobody you see has work that fits" in visit(f"{ADDRESS}?late=y", person=ines).html


def test_a_day_that_cannot_be_read_is_said_and_typed_text_stays(visit: Visit, assigned: Assigned, ines: Member) -> None:
    page = visit(f"{ADDRESS}?until=tomorrow", person=ines, status=422)
    assert 'value="tomorrow"' in page.html
    visit(f"{ADDRESS}.csv?until=tomorrow", person=ines, status=400)


@pytest.mark.parametrize("query", ["group=x", "assignment=1", "page=-1", "page=99999999", "part=77", "show=%00", "group=" + "9" * 400])
def test_odd_addresses_show_the_page(visit: Visit, assigned: Assigned, ines: Member, query: str) -> None:
    assert "Tess Adeyemi" in visit(f"{ADDRESS}?{query}", person=ines).html


@pytest.mark.both_databases
def test_f7_the_file_is_what_all_pages_show_together(
    app: Flask, visit: Visit, agency: Agency, make_person: Any, browser_of: Any, ines: Member, sam: Member, course: str
) -> None:
    people = [make_person(f"trainee{number}@example.org", f"=HYPERLINK({number:02})") for number in range(30)]
    for person in people:
        join(app, agency, person, "is_trainee")
    assign(app, agency, sam, people, course, ["short", "extra"], now=NOW)
    first, second = (visit(f"{ADDRESS}?page={page}", person=ines) for page in (1, 2))
    pages = [first, second]
    assert [len(page.tree.xpath("//tbody/tr")) for page in pages] == [25, 7]
    on_pages = {name for page in pages for name, _ in cells(page)}
    rows = rows_of(visit(f"{ADDRESS}.csv", person=ines))
    assert {row["Trainee"].removeprefix("'") for row in rows} == on_pages
    assert all(row["Trainee"].startswith("'=") for row in rows if "HYPERLINK" in row["Trainee"])
    assert {name.split(":")[0] for name in rows[0]} == {"Trainee", "Short", "Extra"}


def test_more_scenarios_than_fit_stand_behind_a_link(
    app: Flask, visit: Visit, agency: Agency, supervised: None, sam: Member, tess: Member, course: str
) -> None:
    assign(app, agency, sam, [tess], course, [f"old-{number}" for number in range(5)], now=NOW - timedelta(days=9))
    assign(app, agency, sam, [tess], course, [f"new-{number}" for number in range(18)], now=NOW)
    first, second = (visit(f"{ADDRESS}?part={part}", person=sam) for part in (1, 2))
    assert len(cells(first)) == 20
    assert {title for _, title in cells(second)} == {"Old 2", "Old 3", "Old 4"}
    assert "Older scenarios" in first.html
    assert "Newer scenarios" in second.html
    (row,) = rows_of(visit(f"{ADDRESS}.csv", person=sam))
    assert {name.split(":")[0] for name in row} == {"Trainee"} | {title for page in (first, second) for _, title in cells(page)}


def test_the_file_is_read_in_scope_when_the_view_has_returned_already(app: Flask, agency: Agency, assigned: Assigned) -> None:
    def lines() -> Iterator[list[str | int | None]]:
        for found in db.session.scalars(select(Task.id).where(Task.organisation_id == agency.id)):
            yield [str(found)]

    with app.app_context():
        assert len(list(in_scope(agency.id, lines()))) == 4
        with pytest.raises(Unscoped):
            list(lines())


def test_the_file_has_a_safe_name(visit: Visit, assigned: Assigned, ines: Member) -> None:
    response = visit(f"{ADDRESS}.csv", person=ines).response
    assert response.headers["Content-Disposition"].startswith('attachment; filename="harbour-progress-20')
    assert response.mimetype == "text/csv"


def test_the_number_of_queries_does_not_depend_on_the_number_of_trainees(
    app: Flask,
    visit: Visit,
    agency: Agency,
    assigned: Assigned,
    ines: Member,
    sam: Member,
    make_person: Any,
    supervised: None,
    at_work: Any,
    tess: Member,
    course: str,
    supervise: Any,
    browser_of: Any,
) -> None:
    at_work(tess).work_through(assigned.task(tess, "every-kind"), RISKY_PATH)
    visit(ADDRESS, person=sam)
    before = visit(ADDRESS, person=sam).queries
    for number in range(5):
        person = make_person(f"trainee{number}@example.org", f"Trainee {number}")
        join(app, agency, person, "is_trainee")
        supervise(agency, sam, person, scope="answers")
        more = assign(app, agency, sam, [person], course, ["every-kind"], now=NOW)
        at_work(person).work_through(more.task(person), GOOD_PATH)
    assert visit(ADDRESS, person=sam).queries == before <= 9


def _group(app: Flask, agency: Agency, name: str, *people: Member) -> Any:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        group = Group(organisation_id=agency.id, name=name, created_at=NOW)
        session.add(group)
        session.flush()
        for person in people:
            session.add(GroupMember(organisation_id=agency.id, group_id=group.id, person_id=person.id))
        return group.id


def _extend(app: Flask, agency: Agency, task_id: Any, day: date) -> None:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(update(Task).where(Task.organisation_id == agency.id, Task.id == task_id).values(due_on=day))
