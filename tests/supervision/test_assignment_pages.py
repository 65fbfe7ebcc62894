"""The pages for assigning: what is chosen, seen before, done, and what another supervisor or organisation finds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from ceapp.catalogue.queries import current_course
from ceapp.database import db, everybody, scoped_to, transaction
from ceapp.learning.models import Series
from ceapp.supervision.models import AssignedScenario, Assignment, Extension, Group, GroupMember, Supervision, Task
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import hand_in
from tests.harness.letters import letters
from tests.harness.pages import Page, Visitor

SOON = datetime.now(UTC).date() + timedelta(days=30)


@pytest.fixture
def course(app: Flask, course: str) -> str:
    """The sample course, looked at once: its frozen text is then in the process, as on a running server."""
    with app.app_context():
        current_course(course)
    return course


@pytest.fixture
def team(app: Flask, agency: Agency, tess: Member, omar: Member) -> UUID:
    """Tess and Omar in a group."""
    return make_group(app, agency, "Team North", tess, omar)


def make_group(app: Flask, agency: Agency, name: str, *people: Member) -> UUID:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        group = Group(organisation_id=agency.id, name=name, created_at=NOW)
        session.add(group)
        session.flush()
        session.add_all(GroupMember(group_id=group.id, person_id=each.id, organisation_id=agency.id) for each in people)
        session.flush()
        return group.id


def rows(app: Flask, model: Any) -> list[Any]:
    with app.app_context(), everybody("a test counts what was written"):
        return list(db.session.scalars(select(model)))


def fill(page: Page, people: list[Member], **fields: Any) -> Page:
    """The preview of a form for these people."""
    values = {"what": "scenarios", "scenarios": ["every-kind"], "people": [str(each.id) for each in people], **fields}
    return page.submit("See what each person gets", status=200, follow=False, **values)


def assign(visit: Callable[..., Page], agency: Agency, by: Member, people: list[Member], **fields: Any) -> Page:
    """Assign by the pages; the page of the assignment."""
    preview = fill(visit(f"/organisations/{agency.slug}/assign", by), people, **fields)
    return preview.submit(f"Assign to {len(people)} {'person' if len(people) == 1 else 'people'}")


def test_a_supervisor_assigns_after_a_preview(
    app: Flask, visit: Callable[..., Page], supervise: Callable[..., UUID], agency: Agency, course: str, sam: Member, tess: Member
) -> None:
    supervise(agency, sam, tess)
    form = visit("/organisations/harbour/assign", sam)
    assert form.form("preview").offered("people") == [str(tess.id)]
    preview = fill(
        form, [tess], due_on=SOON.isoformat(), note="Read the <b>code</b> first.\nThen decide.", attempts="2", accepts_own_pass="y"
    )
    assert preview.h1 == "What each person gets"
    for words in ("Tess Adeyemi", f"due {SOON:%A}", "Toronto time, UTC−0", "2 attempts", "Read the <b>code</b> first."):
        assert words in preview.text
    assert rows(app, Assignment) == []

    done = preview.submit("Assign to 1 person")

    assert "Assigned to 1 person." in done.text
    assert "Read the <b>code</b> first." in done.text
    assert "Not begun" in done.text
    (made,), (scenario,), (task,) = rows(app, Assignment), rows(app, AssignedScenario), rows(app, Task)
    assert (made.kind, made.attempts, made.accepts_own_pass, made.time_zone) == ("scenarios", 2, True, "America/Toronto")
    assert (scenario.scenario_slug, scenario.due_on) == ("every-kind", SOON)
    assert (task.trainee_id, task.series_id) == (tess.id, None)


def test_changing_something_keeps_everything_that_was_typed(
    visit: Callable[..., Page], agency: Agency, course: str, ines: Member, tess: Member, team: UUID
) -> None:
    filled = {
        "what": "plan",
        "scenarios": ["every-kind", "short"],
        "first_due": SOON.isoformat(),
        "skip": "2027-01-01",
        "time_zone": "Europe/Berlin",
        "groups": [str(team)],
        "attempts": "3",
        "accepts_own_pass": "y",
        "note": "Two\nlines & more",
        "week-short": "1",
    }
    preview = fill(visit("/organisations/harbour/assign", ines), [tess], **filled)
    again = preview.submit("Change something", status=200, follow=False).form("preview")
    expected = {**filled, "people": str(tess.id), "what": "plan", "groups": str(team)}
    for name, value in expected.items():
        assert [each.replace("\r\n", "\n") for each in again.values(name)] == (value if isinstance(value, list) else [value]), name


def test_a_plan_takes_the_order_of_the_weeks_and_leaves_out_skipped_ones(
    app: Flask, visit: Callable[..., Page], agency: Agency, course: str, ines: Member, tess: Member
) -> None:
    skip = f"{SOON + timedelta(days=5)} to {SOON + timedelta(days=9)}"
    assign(visit, agency, ines, [tess], what="plan", scenarios=[], first_due=SOON.isoformat(), skip=skip, **{"week-short": "1"})
    assert [(each.scenario_slug, each.due_on) for each in sorted(rows(app, AssignedScenario), key=lambda each: each.position)] == [
        ("short", SOON),
        ("every-kind", SOON + timedelta(days=14)),
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"due_on": "2020-01-01"}, "This day is over"),
        ({"due_on": "2999-01-01"}, "more than five years away"),
        ({"due_on": "soon"}, "This is no day."),
        ({"what": "plan", "first_due": "2026-02-30"}, "This is no day."),
        ({"scenarios": []}, "Choose at least one scenario."),
        ({"attempts": "0"}, "Write a number from 1 to 100"),
        ({"note": "x" * 2001}, "longer than 2,000 characters"),
        ({"people": []}, "Choose at least one person or group."),
        ({"what": "plan", "first_due": ""}, "Give the day on which the first scenario"),
        ({"what": "plan", "first_due": SOON.isoformat(), "skip": "christmas"}, "“christmas” is no day."),
        ({"what": "plan", "first_due": SOON.isoformat(), "skip": "2020-01-01 to 2099-01-01"}, "does not end within three years"),
    ],
)
def test_what_cannot_be_assigned_is_said_beside_the_field_and_stays_typed(
    app: Flask, visit: Callable[..., Page], agency: Agency, course: str, ines: Member, tess: Member, fields: dict[str, Any], sentence: str
) -> None:
    values = {"what": "scenarios", "scenarios": ["every-kind"], "people": [str(tess.id)], "note": "Kept", **fields}
    page = visit("/organisations/harbour/assign", ines).submit("See what each person gets", status=422, follow=False, **values)
    assert sentence in page.text
    assert page.form("preview").values("note") == [values["note"]]
    assert rows(app, Assignment) == []


def test_a_module_and_the_whole_course(
    app: Flask, visit: Callable[..., Page], agency: Agency, course: str, ines: Member, tess: Member, omar: Member
) -> None:
    assert "First" in assign(visit, agency, ines, [tess], what="module", scenarios=[], module="first").h1
    assert assign(visit, agency, ines, [omar], what="course", scenarios=[]).h1 == "A sample course"
    assert [each.scenario_slug for each in rows(app, AssignedScenario)] == ["every-kind", "short"] * 2


def test_a_group_is_all_of_its_people_and_everybody_is_everybody(
    visit: Callable[..., Page], agency: Agency, course: str, ines: Member, tess: Member, team: UUID
) -> None:
    page = visit("/organisations/harbour/assign", ines)
    assert "2 people get" in fill(page, [], groups=[str(team)]).text
    assert "2 people get" in fill(page, [], everybody="y").text
    assert "2 people get" in fill(page, [tess], groups=[str(team)]).text


def test_a_supervisors_group_holds_only_those_whom_they_supervise(
    visit: Callable[..., Page], supervise: Callable[..., UUID], agency: Agency, course: str, sam: Member, tess: Member, team: UUID
) -> None:
    supervise(agency, sam, tess)
    page = visit("/organisations/harbour/assign", sam)
    assert "Omar" not in page.html
    preview = fill(page, [], groups=[str(team)])
    assert "1 person gets" in preview.text
    assert "Omar" not in preview.html


def test_a_supervisor_of_nobody_reads_what_to_do(visit: Callable[..., Page], agency: Agency, course: str, sam: Member) -> None:
    page = visit("/organisations/harbour/assign", sam)
    assert "nobody to whom you can assign" in page.text
    assert page.link("See what was assigned")


def test_who_has_it_already_is_left_out_and_named(
    app: Flask, visit: Callable[..., Page], agency: Agency, course: str, ines: Member, tess: Member, omar: Member
) -> None:
    assign(visit, agency, ines, [omar])
    preview = fill(visit("/organisations/harbour/assign", ines), [tess, omar])
    assert "Omar Demir has it already." in preview.text
    done = preview.submit("Assign to 1 person")
    assert "Assigned to 1 person; 1 was left out: Omar Demir has it already." in done.text
    partly = fill(visit("/organisations/harbour/assign", ines), [omar], scenarios=["every-kind", "short"])
    assert "has already and does not get again: " in partly.text
    nobody = fill(visit("/organisations/harbour/assign", ines), [tess, omar])
    assert "Nobody would get anything" in nobody.text
    assert not [button for button in nobody.select("//main//button") if "Assign" in "".join(button.itertext())]


def test_people_and_groups_of_others_are_nobody(
    app: Flask,
    visit: Callable[..., Page],
    browser_of: Callable[..., Any],
    supervise: Callable[..., UUID],
    agency: Agency,
    elsewhere: Agency,
    course: str,
    sam: Member,
    tess: Member,
    omar: Member,
    rita: Member,
) -> None:
    supervise(agency, sam, tess)
    foreign = make_group(app, elsewhere, "Their secret group", rita)
    page = visit("/organisations/harbour/assign", sam)
    data = page.form("preview").filled(what="scenarios", scenarios=["every-kind"])
    answers = []
    for stranger in (rita.id, omar.id, UUID(int=7)):
        preview = browser_of(sam).post("/organisations/harbour/assign/preview", {**data, "people": [str(stranger)]}, status=200)
        assert "1 of those chosen is not among your trainees." in preview.text
        assert not {"Rita", "Omar"} & set(preview.text.split())
        answers.append(preview.text)
    assert len(set(answers)) == 1
    browser_of(sam).post("/organisations/harbour/assign/preview", {**data, "groups": [str(foreign)]}, status=422)
    sent = fill(page, [tess]).form("/assignments").filled(chosen=f"{rita.id} {omar.id}")
    browser_of(sam).post("/organisations/harbour/assignments", sent, status=422)
    assert rows(app, Assignment) == []


def test_who_ceased_to_be_ones_trainee_after_the_preview_is_left_out_and_named(
    app: Flask,
    visit: Callable[..., Page],
    supervise: Callable[..., UUID],
    agency: Agency,
    course: str,
    sam: Member,
    tess: Member,
    omar: Member,
) -> None:
    supervise(agency, sam, tess)
    relation_id = supervise(agency, sam, omar)
    preview = fill(visit("/organisations/harbour/assign", sam), [tess, omar])
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(
            update(Supervision).where(Supervision.organisation_id == agency.id, Supervision.id == relation_id).values(ended_at=NOW)
        )
    done = preview.submit("Assign to 2 people")
    assert "Assigned to 1 person; 1 was left out: Omar Demir is not one of your trainees now." in done.text
    assert [each.trainee_id for each in rows(app, Task)] == [tess.id]


def test_sending_the_same_preview_twice_assigns_once(
    app: Flask, visit: Callable[..., Page], agency: Agency, course: str, ines: Member, tess: Member
) -> None:
    preview = fill(visit("/organisations/harbour/assign", ines), [tess])
    first, second = preview.submit("Assign to 1 person"), preview.submit("Assign to 1 person")
    assert first.address == second.address
    assert "This form was sent before, and assigned once" in second.text
    assert len(rows(app, Assignment)) == len(rows(app, Task)) == 1


def test_forged_fields_change_nothing(
    app: Flask,
    visit: Callable[..., Page],
    browser_of: Callable[..., Any],
    agency: Agency,
    elsewhere: Agency,
    course: str,
    ines: Member,
    tess: Member,
) -> None:
    data = fill(visit("/organisations/harbour/assign", ines), [tess]).form("/assignments").filled()
    forged = {
        "organisation_id": str(elsewhere.id),
        "assigned_by": str(tess.id),
        "assigned_at": "2001-01-01",
        "title": "Forged",
        "kind": "course",
    }
    browser_of(ines).post("/organisations/harbour/assignments", {**data, **forged})
    (made,) = rows(app, Assignment)
    assert (made.organisation_id, made.assigned_by, made.kind) == (agency.id, ines.id, "scenarios")
    assert "Forged" not in made.title
    assert made.assigned_at.year > 2001


@pytest.mark.parametrize("field", ["what", "scenarios", "module", "time_zone", "people", "groups", "key", "course", "chosen", "week-short"])
def test_nonsense_in_a_field_is_refused_or_ignored(
    visit: Callable[..., Page], browser_of: Callable[..., Any], agency: Agency, course: str, ines: Member, tess: Member, field: str
) -> None:
    data = fill(visit("/organisations/harbour/assign", ines), [tess]).form("/assignments").filled()
    for value in ("", "\x00", "<script>", "9" * 400, "../..", "-1"):
        status = browser_of(ines).client.post("/organisations/harbour/assignments", data={**data, field: value}).status_code
        assert status in (303, 400, 422), (field, value)


def test_hostile_text_is_shown_as_text(
    app: Flask, visit: Callable[..., Page], make_person: Callable[..., Member], make_agency: Callable[..., Agency], course: str
) -> None:
    boss, mallory = make_person("b@example.org", "Boss"), make_person("m@example.org", "<img src=x>{{ 7*7 }}")
    place = make_agency("place", "<i>Place</i>", {boss.id: "administrator", mallory.id: "trainee"})
    make_group(app, place, "</option><b>Group", mallory)
    done = assign(visit, place, boss, [mallory], note="</textarea><script>alert(1)</script>")
    assert "<img src=x>{{ 7*7 }}" in done.text
    assert "</textarea><script>alert(1)</script>" in done.text


def test_the_list_shows_a_supervisor_their_own_and_those_of_their_trainees(
    visit: Callable[..., Page],
    supervise: Callable[..., UUID],
    agency: Agency,
    course: str,
    sam: Member,
    ines: Member,
    tess: Member,
    omar: Member,
) -> None:
    supervise(agency, sam, tess)
    both = assign(visit, agency, ines, [tess, omar], note="For both")
    others = assign(visit, agency, ines, [omar], scenarios=["short"])
    assign(visit, agency, sam, [tess], scenarios=["extra"])
    mine = visit("/organisations/harbour/assignments", sam)
    addresses = [a.get("href") for a in mine.select("//tbody//a")]
    assert both.address in addresses
    assert others.address not in addresses
    assert len(visit("/organisations/harbour/assignments?by=me", sam).select("//tbody/tr")) == 1
    assert len(visit("/organisations/harbour/assignments", ines).select("//tbody/tr")) == 3
    seen = visit(both.address, sam)
    assert "Tess Adeyemi" in seen.text
    assert "Omar" not in seen.html
    assert "1 person of yours" in seen.text
    visit(others.address, sam, status=404)


def test_another_organisations_assignment_does_not_exist(
    visit: Callable[..., Page], agency: Agency, elsewhere: Agency, course: str, ines: Member, rita: Member, tess: Member, app: Flask
) -> None:
    address = assign(visit, agency, ines, [tess]).address
    identity = address.rpartition("/")[2]
    (task,) = rows(app, Task)
    for path in (
        f"assignments/{identity}",
        f"assignments/{identity}/withdraw",
        f"assignments/{identity}/people/{tess.id}/withdraw",
        f"tasks/{task.id}/extend",
    ):
        visit(f"/organisations/elsewhere/{path}", rita, status=404)


def test_withdrawing_asks_first_and_says_what_stays(
    app: Flask, visit: Callable[..., Page], agency: Agency, course: str, ines: Member, tess: Member, omar: Member
) -> None:
    page = assign(visit, agency, ines, [tess, omar])
    asked = page.follow("Withdraw from Tess Adeyemi")
    assert "stays in their record" in asked.text
    after = asked.submit("Withdraw")
    assert [each.withdrawn_at is not None for each in sorted(rows(app, Task), key=lambda each: each.trainee_id != tess.id)] == [True, False]
    asked = after.follow("Withdraw from everybody")
    assert "stays in the record of each trainee" in asked.text
    assert "Withdrawn on" in asked.submit("Withdraw from everybody").text
    assert all(each.withdrawn_at for each in rows(app, Task))


def test_only_its_maker_and_administrators_withdraw_the_whole(
    app: Flask,
    visit: Callable[..., Page],
    browser_of: Callable[..., Any],
    supervise: Callable[..., UUID],
    agency: Agency,
    course: str,
    sam: Member,
    ines: Member,
    tess: Member,
) -> None:
    supervise(agency, sam, tess)
    page = assign(visit, agency, ines, [tess])
    assert "Withdraw from everybody" not in visit(page.address, sam).text
    visit(f"{page.address}/withdraw", sam, status=404)
    token = visit(page.address, sam).select("//input[@name='csrf_token']/@value")[0]
    browser_of(sam).post(f"{page.address}/withdraw", {"csrf_token": token}, status=404)
    assert rows(app, Assignment)[0].withdrawn_at is None


def test_extending_needs_a_later_day_and_a_reason(
    app: Flask,
    visit: Callable[..., Page],
    supervise: Callable[..., UUID],
    agency: Agency,
    course: str,
    sam: Member,
    ines: Member,
    tess: Member,
) -> None:
    supervise(agency, sam, tess)
    page = visit(assign(visit, agency, ines, [tess], due_on=SOON.isoformat()).address, sam)
    form = page.follow(f"Extend {rows(app, AssignedScenario)[0].title} for Tess Adeyemi")
    refused = form.submit("Extend", status=422, due_on=SOON.isoformat(), reason="A week of illness")
    assert "Choose a day after the one on which it is due now." in refused.text
    assert refused.form("extend").values("reason") == ["A week of illness"]
    assert "Write the reason" in form.submit("Extend", status=422, due_on=SOON.isoformat(), reason=" ").text
    later = SOON + timedelta(days=7)
    assert "extended" in form.submit("Extend", due_on=later.isoformat(), reason="A week of illness").text
    form.submit("Extend", due_on=later.isoformat(), reason="A week of illness")
    (extension,), (task,) = rows(app, Extension), rows(app, Task)
    assert (extension.due_on, task.due_on, extension.extended_by) == (later, later, sam.id)


def test_a_long_list_has_pages_and_asks_no_more_of_the_database(
    visit: Callable[..., Page],
    make_person: Callable[..., Member],
    make_agency: Callable[..., Agency],
    supervise: Callable[..., UUID],
    course: str,
) -> None:
    boss, helper = make_person("boss@example.org", "Boss"), make_person("helper@example.org", "Helper")
    trainees = [make_person(f"t{number}@example.org", f"Trainee {number:02}") for number in range(55)]
    place = make_agency("place", "Place", {boss.id: "administrator", helper.id: "supervisor", **{each.id: "trainee" for each in trainees}})
    visit("/organisations/place/assign", boss)
    few = visit("/organisations/place/assign", boss).queries
    page = assign(visit, place, boss, trainees, what="course", scenarios=[], note="Note")
    assert "Page 1 of 2" in page.text
    assert "Trainee 49" in page.text
    assert "Trainee 50" not in page.text
    second = page.follow("Next")
    assert "Trainee 54" in second.text
    assert "Trainee 54" in visit(f"{page.address}?page=99", boss).text
    found = page.submit("Find", status=200, name="EE 07")
    assert len(found.select("//tbody/tr")) == 2
    assert "Nobody here is called “%”." in page.submit("Find", status=200, name="%").text
    assert visit("/organisations/place/assign", boss).queries == few
    supervise(place, helper, trainees[0])
    assert "Trainee 00" in visit(page.address, helper).text


def test_a_link_may_propose_a_person_or_a_group(
    visit: Callable[..., Page], agency: Agency, course: str, ines: Member, tess: Member, team: UUID
) -> None:
    assert visit(f"/organisations/harbour/assign?person={tess.id}", ines).form("preview").values("people") == [str(tess.id)]
    assert visit(f"/organisations/harbour/assign?group={team}", ines).form("preview").values("groups") == [str(team)]
    assert visit("/organisations/harbour/assign?person=nonsense", ines).form("preview").values("people") == []


def test_without_a_course_the_page_leads_on(visit: Callable[..., Page], agency: Agency, ines: Member) -> None:
    assert "no course yet" in visit("/organisations/harbour/assign", ines).text


def test_another_attempt_is_given_with_a_reason_once_all_are_used(
    app: Flask,
    visit: Callable[..., Page],
    browser_of: Callable[[Member | None], Visitor],
    supervise: Callable[..., UUID],
    agency: Agency,
    course: str,
    sam: Member,
    tess: Member,
) -> None:
    supervise(agency, sam, tess)
    page = assign(visit, agency, sam, [tess], attempts="1")
    assert "Another attempt" not in page.text
    (task,) = rows(app, Task)
    address = f"/organisations/harbour/tasks/{task.id}/another-attempt"
    assert "This is not begun yet" in visit(address, sam).text
    hand_in(app, agency, tess, task.id, "sample", "every-kind", passed=False, now=NOW, allowed=1)
    form = visit(page.address, sam).follow(f"Another attempt at {rows(app, AssignedScenario)[0].title} for Tess Adeyemi")
    assert "Write the reason" in form.submit("Give another attempt", status=422, reason=" ").text
    assert "There is one more attempt now." in form.submit("Give another attempt", reason="Illness").text
    form.submit("Give another attempt", reason="Illness")
    assert [each.allowed for each in rows(app, Series)] == [2]
    assert "There are attempts left at this." in visit(address, sam).text
    (letter,) = letters(app, NOW)
    assert (letter.to, "Illness" in letter.text, f"/assignments/{task.id}" in letter.text) == (tess.email, False, True)
    browser_of(tess).most_queries = 8  # At its fullest the page of an assignment also reads who gave what, and why.
    assert "Illness" in visit(f"/assignments/{task.id}", tess).text
