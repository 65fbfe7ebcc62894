"""Groups: making, naming, who is in them, deleting; and what a supervisor sees of people who are not theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, update

from ceapp.accounts.models import Membership
from ceapp.database import db, new_id, scoped_to, transaction
from ceapp.errors import Missing, Refused
from ceapp.supervision.groups import service
from ceapp.supervision.groups.queries import groups_of, members_of
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign
from tests.harness.pages import Form, Page

both_databases = pytest.mark.both_databases


def make(app: Flask, agency: Agency, by: Member, name: str) -> UUID:
    with app.app_context(), scoped_to(agency.id):
        return service.make_group(agency.id, by.id, name, now=NOW)


def add(app: Flask, agency: Agency, by: Member, group_id: UUID, *people: Member) -> int:
    with app.app_context(), scoped_to(agency.id):
        return service.add_members(agency.id, by.id, group_id, [each.id for each in people], now=NOW)


def remove(app: Flask, agency: Agency, by: Member, group_id: UUID, *people: Member) -> int:
    with app.app_context(), scoped_to(agency.id):
        return service.remove_members(agency.id, by.id, group_id, [each.id for each in people], now=NOW)


def delete(app: Flask, agency: Agency, by: Member, group_id: UUID, *, with_members: bool = False) -> None:
    with app.app_context(), scoped_to(agency.id):
        service.delete_group(agency.id, by.id, group_id, with_members=with_members, now=NOW)


def counted(app: Flask, agency: Agency) -> dict[str, int]:
    with app.app_context(), scoped_to(agency.id):
        return {group.name: group.count for group in groups_of(agency.id)}


def names_in(app: Flask, agency: Agency, group_id: UUID) -> list[str]:
    with app.app_context(), scoped_to(agency.id):
        return [member.name for member in members_of(agency.id, group_id)]


def change(app: Flask, agency: Agency, person: Member, **columns: Any) -> None:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(
            update(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == person.id).values(**columns)
        )


@both_databases
def test_an_administrator_puts_anybody_into_groups(app: Flask, agency: Agency, ines: Member, tess: Member, omar: Member) -> None:
    group_id = make(app, agency, ines, "Monday")
    assert make(app, agency, ines, "Monday") == group_id  # the second click of a double click
    assert [add(app, agency, ines, group_id, tess, omar), add(app, agency, ines, group_id, omar)] == [2, 0]
    with pytest.raises(Refused, match="already, with people in it"):
        make(app, agency, ines, "Monday")
    assert names_in(app, agency, group_id) == ["Omar Demir", "Tess Adeyemi"]
    assert [remove(app, agency, ines, group_id, omar), remove(app, agency, ines, group_id, omar)] == [1, 0]
    assert counted(app, agency) == {"Monday": 1}


def test_taking_out_many_asks_no_more_than_taking_out_one(app: Flask, agency: Agency, ines: Member, tess: Member, omar: Member) -> None:
    asked = []
    for name, people in (("Monday", [tess]), ("Tuesday", [tess, omar])):
        group_id, statements = make(app, agency, ines, name), []
        add(app, agency, ines, group_id, *people)
        with app.app_context():
            engine = db.engine

        def counted(*about: Any, statements: list[str] = statements) -> None:
            statements.extend([about[2]] if about[2].startswith("SELECT") else [])

        event.listen(engine, "before_cursor_execute", counted)
        remove(app, agency, ines, group_id, *people)
        event.remove(engine, "before_cursor_execute", counted)
        asked.append(len(statements))
    assert asked[0] == asked[1] > 0


@both_databases
def test_a_supervisor_puts_only_those_in_whom_they_see(
    app: Flask, agency: Agency, sam: Member, ines: Member, tess: Member, omar: Member, rita: Member, supervise: Callable[..., UUID]
) -> None:
    supervise(agency, sam, tess, "status")
    group_id = make(app, agency, sam, "Monday")
    assert add(app, agency, sam, group_id, tess) == 1
    for people in ((omar,), (tess, omar), (rita,), (sam,)):
        with pytest.raises(Refused, match="Nothing was changed"):
            add(app, agency, sam, group_id, *people)
    with pytest.raises(Refused, match="Nobody was chosen"):
        add(app, agency, sam, group_id)
    add(app, agency, ines, group_id, omar)
    with pytest.raises(Refused, match="Nothing was changed"):
        remove(app, agency, sam, group_id, omar)
    with pytest.raises(Refused, match="only an administrator can delete"):
        delete(app, agency, sam, group_id, with_members=True)
    with pytest.raises(Refused, match="only an administrator can rename"), app.app_context(), scoped_to(agency.id, sam.id):
        service.rename_group(agency.id, sam.id, group_id, "Mine", now=NOW)
    assert names_in(app, agency, group_id) == ["Omar Demir", "Tess Adeyemi"]


@both_databases
@pytest.mark.parametrize("state", [{"left_on": date(2026, 11, 1)}, {"suspended_at": NOW}, {"is_trainee": False, "is_supervisor": True}])
def test_only_active_trainees_are_counted_and_added(
    app: Flask, agency: Agency, ines: Member, tess: Member, omar: Member, state: dict[str, Any]
) -> None:
    group_id = make(app, agency, ines, "Monday")
    add(app, agency, ines, group_id, tess, omar)
    change(app, agency, omar, **state)
    assert names_in(app, agency, group_id) == ["Tess Adeyemi"]
    assert counted(app, agency) == {"Monday": 1}
    with pytest.raises(Refused):
        add(app, agency, ines, make(app, agency, ines, "Tuesday"), omar)


@both_databases
def test_names_are_unique_in_an_organisation(
    app: Flask, agency: Agency, elsewhere: Agency, ines: Member, rita: Member, tess: Member
) -> None:
    first, second = make(app, agency, ines, "Monday"), make(app, agency, ines, "Tuesday")
    make(app, elsewhere, rita, "Monday")
    with app.app_context(), scoped_to(agency.id):
        with pytest.raises(Refused, match="already"):
            service.rename_group(agency.id, ines.id, second, "Monday", now=NOW)
        service.rename_group(agency.id, ines.id, first, "Monday", now=NOW)
        service.rename_group(agency.id, ines.id, first, "Wednesday", now=NOW)
    assert counted(app, agency) == {"Tuesday": 0, "Wednesday": 0}


@both_databases
def test_deleting_asks_when_people_are_in_it_and_leaves_assignments(
    app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member, course: str
) -> None:
    group_id = make(app, agency, ines, "Monday")
    add(app, agency, ines, group_id, tess)
    assign(app, agency, sam, [tess], course, ["short"], now=NOW)
    with pytest.raises(Refused, match="has people in it"):
        delete(app, agency, ines, group_id)
    delete(app, agency, ines, group_id, with_members=True)
    assert counted(app, agency) == {}
    with pytest.raises(Missing):
        delete(app, agency, ines, group_id)


def test_groups_of_others_do_not_exist(app: Flask, agency: Agency, elsewhere: Agency, ines: Member, rita: Member, tess: Member) -> None:
    group_id = make(app, agency, ines, "Monday")
    for organisation, by in ((elsewhere, rita), (agency, rita), (agency, tess)):
        for deed in (
            lambda: add(app, organisation, by, group_id, rita),  # noqa: B023 - each runs before its loop goes on
            lambda: remove(app, organisation, by, group_id, rita),  # noqa: B023
            lambda: delete(app, organisation, by, group_id),  # noqa: B023
        ):
            with pytest.raises(Missing):
                deed()
    with pytest.raises(Missing):
        make(app, agency, tess, "Mine")
    with pytest.raises(Missing):
        add(app, agency, ines, new_id(), tess)
    assert counted(app, agency) == {"Monday": 0}


# The pages.


def posting(page: Page, action: str) -> Form:
    """The only form in main that posts to an address ending so."""
    (form,) = (
        Form(page, each) for each in page.select("//main//form[@method='post']") if each.get("action").split("?")[0].endswith(action)
    )
    return form


def test_a_supervisor_makes_a_group(
    app: Flask, visit: Callable[..., Page], agency: Agency, sam: Member, ines: Member, tess: Member, omar: Member, supervise: Any
) -> None:
    supervise(agency, sam, tess)
    page = visit("/organisations/harbour/groups", person=sam)
    assert "There is no group yet" in page.text
    group = page.submit("Make the group", name="  Monday   evening ")
    assert group.h1 == "Monday evening"
    assert posting(group, "/members").offered("people") == [str(tess.id)]
    assert "Omar" not in group.text
    group = group.submit("Add the ticked", people=[str(tess.id)])
    assert "1 person added" in group.text
    assert "every trainee whom you see is in this group" in group.text
    with app.app_context(), scoped_to(agency.id):
        group_id = groups_of(agency.id)[0].id
    add(app, agency, ines, group_id, omar)
    group = visit(f"/organisations/harbour/groups/{group_id}", person=sam)
    assert "2 trainees in this group" in group.text
    assert "1 trainee in this group is supervised by others, so you do not see who" in group.text
    assert "Omar" not in group.html
    group = group.submit("Take the ticked out", members=[str(tess.id)])
    assert "1 person taken out" in group.text
    assert "Only an administrator of Harbour Clinic can rename or delete this group" in group.text
    refused = visit(f"/organisations/harbour/groups/{group_id}/delete", person=sam).submit("Delete the group", status=422, confirmed="y")
    assert "only an administrator can delete" in refused.text


def test_an_administrator_finds_renames_and_deletes(
    app: Flask, visit: Callable[..., Page], agency: Agency, ines: Member, tess: Member, omar: Member
) -> None:
    group_id = make(app, agency, ines, "Monday")
    page = visit(f"/organisations/harbour/groups/{group_id}?q=demir", person=ines)
    assert posting(page, "/members").offered("people") == [str(omar.id)]
    page = page.submit("Add the ticked", people=[str(omar.id)])
    page = page.submit("Rename", name="Tuesday")
    assert page.h1 == "Tuesday"
    assert "Nobody whom you could add fits" in visit(f"/organisations/harbour/groups/{group_id}?q=zzz", person=ines).text
    asked = page.follow("Delete the group")
    assert "1 trainee is in it" in asked.text
    assert "has people in it" in asked.submit("Delete the group", status=422).text
    gone = asked.submit("Delete the group", confirmed="y")
    assert "The group is deleted" in gone.text
    assert counted(app, agency) == {}


@pytest.mark.parametrize(
    ("button", "fields", "sentence"),
    [
        ("Add the ticked", {}, "Tick one or more trainees to add"),
        ("Take the ticked out", {}, "Tick one or more trainees to take out"),
        ("Rename", {"name": "   "}, "Write a name for the group"),
        ("Rename", {"name": "Taken"}, "There is a group named “Taken” already"),
        ("Rename", {"name": "x" * 121}, "at most 120 characters"),
    ],
)
def test_a_refused_form_says_why(
    app: Flask,
    visit: Callable[..., Page],
    agency: Agency,
    ines: Member,
    tess: Member,
    omar: Member,
    button: str,
    fields: Any,
    sentence: str,
) -> None:
    make(app, agency, ines, "Taken")
    group_id = make(app, agency, ines, "Monday")
    add(app, agency, ines, group_id, tess)
    page = visit(f"/organisations/harbour/groups/{group_id}", person=ines).submit(button, status=422, **fields)
    assert sentence in page.text
    assert page.h1 == "Monday"
    if fields:
        assert posting(page, str(group_id)).values("name") == [" ".join(fields["name"].split())]


def test_hostile_names_are_text(app: Flask, visit: Callable[..., Page], agency: Agency, ines: Member) -> None:
    make(app, agency, ines, "<script>alert(1)</script>")
    page = visit("/organisations/harbour/groups", person=ines).follow("<script>alert(1)</script>")
    assert page.h1 == "<script>alert(1)</script>"


def test_a_forged_tick_of_somebody_elsewhere_is_refused(
    app: Flask, visit: Callable[..., Page], browser_of: Any, agency: Agency, ines: Member, rita: Member, elsewhere: Agency
) -> None:
    group_id = make(app, agency, ines, "Monday")
    token = visit(f"/organisations/harbour/groups/{group_id}", person=ines).select("//input[@name='csrf_token']/@value")[0]
    address = f"/organisations/harbour/groups/{group_id}/members"
    page = browser_of(ines).post(address, {"csrf_token": token, "people": [str(rita.id)]}, status=422)
    assert "Nothing was changed" in page.text
    assert "Rita" not in page.html
    browser_of(ines).post(address, {"csrf_token": token, "people": ["nonsense"]}, status=422)
    assert names_in(app, agency, group_id) == []
