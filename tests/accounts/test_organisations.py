"""Organisations and their members: who may change what, and that one administrator always stays."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select, update

from ceapp.accounts.models import Invitation, Membership, Organisation, Person
from ceapp.accounts.organisations import service as organisations
from ceapp.accounts.organisations.forms import SLUG, slug_of
from ceapp.accounts.organisations.queries import member_of, members_found, organisations_listed
from ceapp.audit.models import AuditEntry
from ceapp.commands.organisation import organisation
from ceapp.database import db, scoped_to, transaction
from ceapp.errors import Missing, Refused
from ceapp.mail.models import Message
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Agency, Member
from tests.harness.pages import Page, Visitor

services = pytest.mark.both_databases


def membership(app: Flask, agency: Agency, person: Member) -> Membership:
    with app.app_context(), scoped_to(agency.id):
        found = db.session.scalar(select(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == person.id))
        assert found
        return found


def add(app: Flask, agency: Agency, person: Member, roles: str) -> None:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        held = {f"is_{role}": True for role in roles.split()}
        session.add(Membership(organisation_id=agency.id, person_id=person.id, joined_on=date(2026, 9, 1), **held))


@services
def test_a_new_organisation_has_an_invited_administrator_and_no_member(app: Flask, ada: Member) -> None:
    with app.app_context():
        id_ = organisations.found_organisation("quay", "Quay House", "Europe/Oslo", "kari@example.org", actor=ada.id, now=NOW)
        with scoped_to(id_):
            invitation = db.session.scalars(select(Invitation).where(Invitation.organisation_id == id_)).one()
            members = db.session.scalar(select(func.count()).select_from(Membership).where(Membership.organisation_id == id_))
        assert (invitation.email, invitation.roles, invitation.token_hash) == ("kari@example.org", ("administrator",), None)
        assert members == 0
        assert db.session.scalars(select(Message.letter)).all() == ["invitation"]


@services
def test_a_slug_is_taken_once_and_nothing_is_left_of_the_second(app: Flask, ada: Member, agency: Agency) -> None:
    with app.app_context():
        with pytest.raises(Refused, match="short name already"):
            organisations.found_organisation(agency.slug, "Other", "UTC", "kari@example.org", actor=ada.id, now=NOW)
        assert db.session.scalars(select(Message)).all() == []


@services
def test_a8_who_does_not_administer_the_server_makes_no_organisation(app: Flask, ines: Member, agency: Agency) -> None:
    with app.app_context(), pytest.raises(Missing):
        organisations.found_organisation("mine", "Mine", "UTC", ines.email, actor=ines.id, now=NOW)


@services
@pytest.mark.parametrize("who", ["tess", "sam", "rita", "ada"])
def test_a8_only_an_administrator_of_the_organisation_changes_members(
    app: Flask, who: str, request: pytest.FixtureRequest, omar: Member, agency: Agency, elsewhere: Agency
) -> None:
    actor: Member = request.getfixturevalue(who)
    with app.app_context(), scoped_to(agency.id):
        for deed in (
            lambda: organisations.change_roles(agency.id, actor.id, ("administrator",), actor=actor.id, now=NOW),
            lambda: organisations.change_roles(agency.id, omar.id, ("supervisor",), actor=actor.id, now=NOW),
            lambda: organisations.suspend_member(agency.id, omar.id, actor=actor.id, now=NOW),
            lambda: organisations.restore_member(agency.id, omar.id, actor=actor.id, now=NOW),
            lambda: organisations.end_membership(agency.id, omar.id, actor=actor.id, now=NOW),
            lambda: organisations.change_settings(agency.id, name="Mine", time_zone="UTC", actor=actor.id, now=NOW),
        ):
            with pytest.raises(Missing):
                deed()
        assert db.session.scalars(select(AuditEntry)).all() == []


@services
def test_roles_are_exactly_what_was_ticked_and_never_of_the_server(app: Flask, ines: Member, tess: Member, agency: Agency) -> None:
    with app.app_context(), scoped_to(agency.id):
        organisations.change_roles(agency.id, tess.id, ("supervisor", "administrator"), actor=ines.id, now=NOW)
        with pytest.raises(Refused, match="at least one role"):
            organisations.change_roles(agency.id, tess.id, (), actor=ines.id, now=NOW)
        person = db.session.get(Person, tess.id)
        assert person and not person.is_administrator
    assert membership(app, agency, tess).roles == ("supervisor", "administrator")


@services
def test_a_foreign_person_is_no_member_to_change(app: Flask, ines: Member, rita: Member, agency: Agency, elsewhere: Agency) -> None:
    with app.app_context(), scoped_to(agency.id):
        for person_id in (rita.id, uuid4()):
            with pytest.raises(Missing):
                organisations.change_roles(agency.id, person_id, ("trainee",), actor=ines.id, now=NOW)
            with pytest.raises(Missing):
                organisations.end_membership(agency.id, person_id, actor=ines.id, now=NOW)
    assert membership(app, elsewhere, rita).is_active


@services
def test_suspended_and_restored(app: Flask, ines: Member, tess: Member, agency: Agency) -> None:
    with app.app_context(), scoped_to(agency.id):
        organisations.suspend_member(agency.id, tess.id, actor=ines.id, now=NOW)
        assert not membership(app, agency, tess).is_active
        organisations.restore_member(agency.id, tess.id, actor=ines.id, now=NOW)
        assert membership(app, agency, tess).is_active
        with pytest.raises(Refused, match="cannot suspend yourself"):
            organisations.suspend_member(agency.id, ines.id, actor=ines.id, now=NOW)


@services
def test_an_end_is_on_the_day_of_the_organisation(app: Flask, ines: Member, tess: Member, omar: Member, agency: Agency) -> None:
    late = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)  # still the 20th in Toronto
    with app.app_context(), scoped_to(agency.id):
        organisations.end_membership(agency.id, tess.id, actor=ines.id, now=late)
        organisations.leave(agency.id, omar.id, now=late)
        with pytest.raises(Missing):
            organisations.leave(agency.id, omar.id, now=late)
        assert member_of(agency.id, tess.id) is None
    assert membership(app, agency, tess).left_on == membership(app, agency, omar).left_on == date(2026, 11, 20)


LAST_DEEDS: dict[str, Callable[[UUID, UUID], None]] = {
    "loses the role": lambda agency, me: organisations.change_roles(agency, me, ("trainee",), actor=me, now=NOW),
    "is let go": lambda agency, me: organisations.end_membership(agency, me, actor=me, now=NOW),
    "leaves": lambda agency, me: organisations.leave(agency, me, now=NOW),
}


@services
@pytest.mark.parametrize("deed", LAST_DEEDS)
def test_the_last_administrator_stays(app: Flask, ines: Member, sam: Member, agency: Agency, deed: str) -> None:
    with app.app_context(), scoped_to(agency.id):
        with pytest.raises(Refused, match="last active administrator"):
            LAST_DEEDS[deed](agency.id, ines.id)
        organisations.change_roles(agency.id, sam.id, ("administrator",), actor=ines.id, now=NOW)
        LAST_DEEDS[deed](agency.id, ines.id)


@services
@pytest.mark.parametrize("other", ["suspended here", "suspended on the server", "gone"])
def test_who_cannot_act_does_not_count_as_an_administrator(app: Flask, ines: Member, sam: Member, agency: Agency, other: str) -> None:
    with app.app_context(), scoped_to(agency.id):
        organisations.change_roles(agency.id, sam.id, ("administrator",), actor=ines.id, now=NOW)
        if other == "suspended here":
            organisations.suspend_member(agency.id, sam.id, actor=ines.id, now=NOW)
        elif other == "gone":
            organisations.end_membership(agency.id, sam.id, actor=ines.id, now=NOW)
        else:
            with transaction() as session:
                session.execute(update(Person).where(Person.id == sam.id).values(suspended_at=NOW))
        with pytest.raises(Refused, match="last active administrator"):
            organisations.leave(agency.id, ines.id, now=NOW)


@services
@pytest.mark.parametrize("round_", range(3))
def test_of_all_administrators_who_go_at_once_one_stays(
    app: Flask, make_person: Callable[..., Member], make_agency: Callable[..., Agency], round_: int
) -> None:
    people = [make_person(f"boss{number}@example.org") for number in range(8)]
    agency = make_agency("bosses", "Bosses", {person.id: "administrator" for person in people})

    def go(number: int) -> str:
        mine, other = people[number].id, people[(number + 1) % 8].id
        with scoped_to(agency.id):
            if number % 3 == 0:
                organisations.leave(agency.id, mine, now=NOW)
            elif number % 3 == 1:
                organisations.suspend_member(agency.id, other, actor=mine, now=NOW)
            else:
                organisations.change_roles(agency.id, mine, ("trainee",), actor=mine, now=NOW)
        return "gone"

    results = at_once(app, 8, go)
    assert "gone" in results
    with app.app_context(), scoped_to(agency.id):
        mine = Membership.organisation_id == agency.id
        left = db.session.scalars(
            select(Membership.person_id).where(
                mine, Membership.is_administrator, Membership.left_on.is_(None), Membership.suspended_at.is_(None)
            )
        ).all()
    assert left


@services
def test_two_last_administrators_who_leave_at_once(app: Flask, ines: Member, sam: Member, make_agency: Callable[..., Agency]) -> None:
    agency = make_agency("two", "Two", {ines.id: "administrator", sam.id: "administrator"})

    def go(number: int) -> str:
        with scoped_to(agency.id):
            organisations.leave(agency.id, (ines.id, sam.id)[number], now=NOW)
        return "gone"

    results = at_once(app, 2, go)
    assert results.count("gone") == 1
    assert sum(isinstance(result, Refused) for result in results) == 1


@services
def test_each_organisation_finds_only_its_own(app: Flask, rita: Member, tess: Member, agency: Agency, elsewhere: Agency) -> None:
    add(app, elsewhere, tess, "trainee")
    with app.app_context():
        with scoped_to(agency.id):
            here = members_found(agency.id, "", 1)
        with scoped_to(elsewhere.id):
            there = members_found(elsewhere.id, "", 1)
            assert members_found(elsewhere.id, "OMAR", 1).members == ()
            assert [each.person.email for each in members_found(elsewhere.id, "ADEYEMI", 1).members] == [tess.email]
    assert {each.person.email for each in here.members} == {f"{name}@example.org" for name in ("tess", "omar", "sam", "ines")}
    assert {each.person.email for each in there.members} == {rita.email, tess.email}


@services
def test_the_server_counts_members_who_are_in(app: Flask, ines: Member, tess: Member, agency: Agency, elsewhere: Agency) -> None:
    with app.app_context():
        with scoped_to(agency.id):
            organisations.leave(agency.id, tess.id, now=NOW)
        found = organisations_listed(1)
    assert [(each.organisation.slug, each.members) for each in found.organisations] == [("elsewhere", 1), ("harbour", 3)]


@pytest.mark.parametrize(
    ("name", "slug"), [("Harbour Clinic", "harbour-clinic"), ("Łódź & Zoë", "odz-zoe"), ("–", ""), ("x" * 80, "x" * 63), ("A. B.", "a-b")]
)
def test_a_slug_is_made_of_the_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug
    assert not slug or SLUG.fullmatch(slug)


# Pages

Visit = Callable[..., Page]
Browsers = Callable[[Member | None], Visitor]


def test_the_server_s_administrator_makes_one_and_sees_only_counts(visit: Visit, ada: Member, ines: Member, agency: Agency) -> None:
    page = visit("/organisations", ada)
    assert "Harbour Clinic harbour America/Toronto 4" in page.text
    assert ines.email not in page.html
    new = page.follow("New organisation")
    done = new.submit("Make the organisation", name="Quay House", time_zone="Europe/Oslo", administrator="Kari@example.org")
    assert "Quay House quay-house Europe/Oslo 0" in done.text
    for address in ("", "/members", "/settings", "/invitations"):
        visit(f"/organisations/{agency.slug}{address}", ada, status=404)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"slug": "Not A Slug"},
        {"slug": "new"},
        {"slug": "-a"},
        {"slug": "a" * 64},
        {"name": "Привет"},
        {"time_zone": ""},
        {"administrator": "kari"},
        {"slug": "harbour"},
    ],
    ids=str,
)
def test_a_refused_organisation_keeps_what_was_typed(visit: Visit, ada: Member, agency: Agency, changes: dict[str, str]) -> None:
    typed = {"name": "Quay House", "slug": "", "time_zone": "Europe/Oslo", "administrator": "kari@example.org", **changes}
    refused = visit("/organisations/new", ada).submit("Make the organisation", status=422, **typed)
    kept = {name: refused.form().values(name) for name in ("administrator", "time_zone")}
    assert kept == {"administrator": [typed["administrator"]], "time_zone": [typed["time_zone"]]}


@pytest.mark.parametrize(("who", "roles"), [("tess", "trainee"), ("sam", "supervisor"), ("ines", "administrator")])
def test_every_member_opens_the_front_page(visit: Visit, agency: Agency, who: str, roles: str, request: pytest.FixtureRequest) -> None:
    page = visit("/organisations/harbour", request.getfixturevalue(who))
    assert page.h1 == "Harbour Clinic"
    assert f"You are {roles} here, since 21 September 2026" in page.text
    assert ("Members" in page.html) == (who == "ines")


def test_settings(app: Flask, visit: Visit, ines: Member, agency: Agency) -> None:
    page = visit("/organisations/harbour/settings", ines).submit("Save", name="Harbour Centre", time_zone="Europe/Oslo")
    assert "The settings are saved." in page.text
    with app.app_context():
        found = db.session.get(Organisation, agency.id)
        assert found and (found.name, found.time_zone, found.slug) == ("Harbour Centre", "Europe/Oslo", "harbour")


def test_members_are_found_and_their_roles_changed(visit: Visit, ines: Member, tess: Member, agency: Agency) -> None:
    page = visit("/organisations/harbour/members", ines)
    assert "4 people" in page.text
    found = page.submit("Find", status=200, q="tess")
    assert "1 person" in found.text
    saved = found.follow("Tess Adeyemi").submit("Save the roles", roles=["trainee", "supervisor"])
    assert "The roles are saved" in saved.text
    assert "Trainee, supervisor" in visit("/organisations/harbour/members?q=tess", ines).text
    refused = saved.submit("Save the roles", roles=[], status=422)
    assert "Tick at least one role." in refused.text


def test_a7_extra_fields_change_nothing(app: Flask, visit: Visit, browser_of: Browsers, ines: Member, tess: Member, agency: Agency) -> None:
    page = visit(f"/organisations/harbour/members/{tess.id}", ines)
    form = next(each for each in page.select("//main//form") if each.xpath(".//input[@name='roles']"))
    token = form.xpath(".//input[@name='csrf_token']/@value")[0]
    extra = {"is_administrator": "1", "person_id": str(ines.id), "organisation_id": str(uuid4()), "left_on": "2020-01-01"}
    browser_of(ines).post(page.address, {"csrf_token": token, "roles": ["supervisor", "owner"], **extra}, status=422)
    browser_of(ines).post(page.address, {"csrf_token": token, "roles": ["supervisor"], **extra})
    assert membership(app, agency, tess).roles == ("supervisor",)
    assert membership(app, agency, tess).left_on is None
    assert membership(app, agency, ines).roles == ("administrator",)


def test_a6_suspension_works_at_the_next_request_and_only_here(
    app: Flask, visit: Visit, ines: Member, tess: Member, agency: Agency, elsewhere: Agency
) -> None:
    add(app, elsewhere, tess, "trainee")
    visit("/organisations/harbour", tess)
    page = visit(f"/organisations/harbour/members/{tess.id}", ines).submit("Suspend here")
    assert "Suspended here since" in page.text
    for address in ("", "/leave", "/members"):
        visit(f"/organisations/harbour{address}", tess, status=404)
    visit("/organisations/elsewhere", tess)
    assert "restored" in page.submit("Restore").text
    visit("/organisations/harbour", tess)


def test_a6_a_role_is_lost_at_the_next_request(visit: Visit, ines: Member, sam: Member, agency: Agency) -> None:
    visit(f"/organisations/harbour/members/{sam.id}", ines).submit("Save the roles", roles=["administrator"])
    visit("/organisations/harbour/members", sam)
    own = visit(f"/organisations/harbour/members/{ines.id}", ines).submit("Save the roles", roles=["trainee"])
    assert own.h1 == "Harbour Clinic"
    visit("/organisations/harbour/members", ines, status=404)


def test_a_membership_ends_after_a_confirmation(visit: Visit, ines: Member, tess: Member, agency: Agency) -> None:
    asked = visit(f"/organisations/harbour/members/{tess.id}", ines).follow("End the membership")
    visit("/organisations/harbour", tess)
    done = asked.submit("End the membership")
    assert "Tess Adeyemi is no longer in Harbour Clinic" in done.text
    visit("/organisations/harbour", tess, status=404)
    visit(f"/organisations/harbour/members/{tess.id}", ines, status=404)


def test_leaving(visit: Visit, browser_of: Browsers, tess: Member, ines: Member, agency: Agency) -> None:
    browser_of(tess).most_queries = 12  # It ends on the front page, which is a test of its own.
    page = visit("/organisations/harbour", tess).follow("leave this organisation")
    assert "What stays" in page.text and "certificates" in page.text
    assert "You have left Harbour Clinic" in page.submit("Leave this organisation").text
    visit("/organisations/harbour", tess, status=404)
    last = visit("/organisations/harbour/leave", ines).submit("Leave this organisation", status=422)
    assert "last active administrator" in last.text


def test_a3_a_person_of_another_organisation_is_not_found_here(
    app: Flask, visit: Visit, browser_of: Browsers, ines: Member, rita: Member, agency: Agency, elsewhere: Agency
) -> None:
    token = visit("/organisations/harbour/settings", ines).form().values("csrf_token")[0]
    sizes = set()
    for person_id in (rita.id, uuid4()):
        base = f"/organisations/harbour/members/{person_id}"
        sizes.add(len(visit(base, ines, status=404).html))
        visit(f"{base}/end", ines, status=404)
        for deed, data in (("", {"roles": ["trainee"]}), ("/suspension", {}), ("/restoration", {}), ("/end", {"key": "k" * 24})):
            browser_of(ines).post(f"{base}{deed}", {"csrf_token": token, **data}, status=404)
    assert len(sizes) == 1
    assert membership(app, elsewhere, rita).roles == ("trainee", "supervisor", "administrator")
    assert membership(app, elsewhere, rita).is_active


def test_who_is_in_two_organisations_sees_in_each_only_its_own(
    app: Flask, visit: Visit, ines: Member, rita: Member, agency: Agency, elsewhere: Agency
) -> None:
    add(app, elsewhere, ines, "administrator")
    here, there = (visit(f"/organisations/{slug}/members", ines) for slug in ("harbour", "elsewhere"))
    assert rita.email not in here.html and "tess@example.org" in here.html
    assert rita.email in there.html and "tess@example.org" not in there.html
    visit(f"/organisations/harbour/members/{rita.id}", ines, status=404)
    visit(f"/organisations/elsewhere/members/{rita.id}", ines)


def test_hundreds_of_members_come_in_pages_with_the_same_number_of_queries(
    app: Flask, visit: Visit, make_person: Callable[..., Member], ines: Member, agency: Agency
) -> None:
    visit("/organisations/harbour/members", ines)
    few = visit("/organisations/harbour/members", ines).queries
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        for number in range(120):
            person = Person(
                email=f"p{number:03}@example.org", name=f"Person {number:03}", password_hash="", created_at=NOW - timedelta(days=1)
            )
            session.add(person)
            session.flush()
            session.add(Membership(organisation_id=agency.id, person_id=person.id, joined_on=date(2026, 9, 1), is_trainee=True))
    page = visit("/organisations/harbour/members", ines)
    assert page.queries == few
    assert "Page 1 of 3" in page.text
    last = visit("/organisations/harbour/members?page=99", ines)
    assert "Page 3 of 3" in last.text


# The terminal


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr(sys.modules["ceapp.commands.organisation"], "prepared_app", lambda _settings: app)
    return lambda *words: CliRunner().invoke(organisation, words)


def test_the_terminal_makes_and_lists_organisations(app: Flask, run: Callable[..., Result], agency: Agency) -> None:
    made = run("new", "quay", "Quay House", "--zone", "Europe/Oslo", "--administrator", "Kari@Example.org")
    assert "kari@example.org is invited" in made.output
    assert run("list").output.splitlines() == [
        "harbour\tHarbour Clinic\tAmerica/Toronto\t4",
        "quay\tQuay House\tEurope/Oslo\t0",
    ]
    assert isinstance(run("new", "quay", "Other", "--zone", "UTC", "--administrator", "a@example.org").exception, Refused)


@pytest.mark.parametrize(
    "words",
    [
        ("new", "New", "x", "--zone", "UTC", "--administrator", "a@example.org"),
        ("new", "new", "x", "--zone", "UTC", "--administrator", "a@example.org"),
        ("new", "a", "x", "--zone", "EST", "--administrator", "a@example.org"),
        ("new", "a", "x", "--zone", "UTC", "--administrator", "a"),
        ("new", "a", "x", "--zone", "UTC"),
    ],
    ids=str,
)
def test_the_terminal_refuses_what_cannot_be(run: Callable[..., Result], words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2
