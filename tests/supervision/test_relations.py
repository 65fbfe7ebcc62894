"""Who supervises whom: making, changing, ending, covering; what each reads of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from ceapp.accounts.models import Membership
from ceapp.audit.models import AuditEntry
from ceapp.database import db, scoped_to, transaction
from ceapp.errors import Missing, Refused
from ceapp.supervision.access import acting, trainees_seen
from ceapp.supervision.models import Cover, Group, GroupMember, Supervision
from ceapp.supervision.relations import covers as cover_service
from ceapp.supervision.relations import service
from ceapp.supervision.relations.supervised import organisations_watching, supervisors_of
from ceapp.supervision.scopes import Scope
from tests.conftest import NOW, Agency, Member
from tests.harness.pages import Form, Page

TODAY = date(2026, 11, 20)
both_databases = pytest.mark.both_databases


def days(number: int) -> timedelta:
    return timedelta(days=number)


def real_today() -> date:
    """The day in the agency's zone by the clock that pages go by."""
    return datetime.now(ZoneInfo("America/Toronto")).date()


def relate(app: Flask, agency: Agency, by: Member, supervisor: Member, trainees: list[Member], **changes: Any) -> int:
    values: dict[str, Any] = {"first_day": TODAY, "last_day": None, "scope": Scope.ANSWERS, "now": NOW, **changes}
    with app.app_context(), scoped_to(agency.id):
        return service.supervise(agency.id, by.id, supervisor_id=supervisor.id, trainee_ids=[each.id for each in trainees], **values)


def rows(app: Flask, agency: Agency) -> list[Supervision]:
    with app.app_context(), scoped_to(agency.id):
        found = db.session.scalars(select(Supervision).where(Supervision.organisation_id == agency.id).order_by(Supervision.id))
        return list(found)


def covers(app: Flask, agency: Agency) -> list[Cover]:
    with app.app_context(), scoped_to(agency.id):
        return list(db.session.scalars(select(Cover).where(Cover.organisation_id == agency.id).order_by(Cover.id)))


def seen(app: Flask, agency: Agency, member: Member, now: datetime = NOW) -> dict[UUID, Scope]:
    with app.app_context(), scoped_to(agency.id):
        return trainees_seen(acting(agency.id, member.id, "trainee", "supervisor", "administrator", now=now))


def change(app: Flask, agency: Agency, person: Member, **columns: Any) -> None:
    if "joined_on" in columns:  # Somebody who had left came back on that day.
        columns["returned_at"] = datetime.combine(columns["joined_on"], time(5), UTC)
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(
            update(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == person.id).values(**columns)
        )


def deeds(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry.deed).order_by(AuditEntry.id)))


@pytest.fixture
def noor(app: Flask, make_person: Callable[..., Member], agency: Agency) -> Member:
    """A second supervisor of the agency."""
    person = make_person("noor@example.org", "Noor Haddad")
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.add(Membership(organisation_id=agency.id, person_id=person.id, joined_on=date(2026, 9, 21), is_supervisor=True))
    return person


@both_databases
def test_several_trainees_at_once(app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member, omar: Member) -> None:
    assert relate(app, agency, ines, sam, [tess, omar, tess]) == 2
    assert seen(app, agency, sam) == {tess.id: Scope.ANSWERS, omar.id: Scope.ANSWERS}
    assert deeds(app) == ["supervision.begun"] * 2


@both_databases
def test_the_same_once_more_changes_nothing(app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member) -> None:
    assert [relate(app, agency, ines, sam, [tess]), relate(app, agency, ines, sam, [tess])] == [1, 0]
    assert len(rows(app, agency)) == 1


@both_databases
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"last_day": TODAY - days(1)}, "is before the first"),
        ({"first_day": TODAY - days(9), "last_day": TODAY - days(1)}, "is past already"),
        ({"first_day": date(2026, 9, 20)}, "joined on 21 September 2026; the first day cannot be before that"),
    ],
)
def test_days_that_cannot_be(
    app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        relate(app, agency, ines, sam, [tess], **changes)
    assert rows(app, agency) == []


def test_people_who_cannot_be(app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member, omar: Member, rita: Member) -> None:
    change(app, agency, sam, is_trainee=True)
    for supervisor, trainees, sentence in (
        (sam, [sam], "Nobody supervises themselves"),
        (omar, [tess], "not an active supervisor"),
        (rita, [tess], "not an active supervisor"),
        (sam, [tess, rita], "not an active trainee"),
        (sam, [tess, ines], "not an active trainee"),
        (sam, [], "Choose between one and 500"),
    ):
        with pytest.raises(Refused, match=sentence):
            relate(app, agency, ines, supervisor, trainees)
    for state in ({"suspended_at": NOW}, {"suspended_at": None, "left_on": TODAY}):
        change(app, agency, tess, **state)
        with pytest.raises(Refused, match="not an active trainee"):
            relate(app, agency, ines, sam, [omar, tess])
    assert rows(app, agency) == []


def test_only_an_administrator_of_this_organisation(
    app: Flask, agency: Agency, elsewhere: Agency, sam: Member, tess: Member, rita: Member, ines: Member
) -> None:
    for by in (sam, tess, rita):
        with pytest.raises(Missing):
            relate(app, agency, by, sam, [tess])
    change(app, agency, ines, suspended_at=NOW)
    with pytest.raises(Missing):
        relate(app, agency, ines, sam, [tess])


@both_databases
@pytest.mark.parametrize(
    ("first_day", "last_day"),
    [(TODAY, None), (TODAY + days(10), None), (TODAY - days(5), TODAY + days(2)), (TODAY + days(9), TODAY + days(9))],
)
def test_overlaps_are_refused_whole(
    app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member, omar: Member, first_day: date, last_day: date | None
) -> None:
    relate(app, agency, ines, sam, [tess], first_day=TODAY - days(3), last_day=TODAY + days(20))
    with pytest.raises(Refused, match="supervises already: Tess Adeyemi"):
        relate(app, agency, ines, sam, [omar, tess], first_day=first_day, last_day=last_day)
    assert len(rows(app, agency)) == 1


@both_databases
def test_one_whose_last_day_is_past_makes_way(app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member) -> None:
    relate(app, agency, ines, sam, [tess], first_day=TODAY - days(30), last_day=TODAY - days(10), now=NOW - days(30))
    with pytest.raises(Refused, match="supervises already"):
        relate(app, agency, ines, sam, [tess], first_day=TODAY - days(10))
    assert relate(app, agency, ines, sam, [tess], first_day=TODAY - days(9)) == 1
    old, new = rows(app, agency)
    assert (old.ended_at, new.ended_at) == (NOW, None)
    assert seen(app, agency, sam) == {tess.id: Scope.ANSWERS}


def test_after_a_return_it_is_begun_anew(app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member) -> None:
    relate(app, agency, ines, sam, [tess], first_day=TODAY - days(30), now=NOW - days(30))
    change(app, agency, tess, joined_on=TODAY)
    assert seen(app, agency, sam) == {}
    assert relate(app, agency, ines, sam, [tess], scope=Scope.STATUS) == 1
    assert seen(app, agency, sam) == {tess.id: Scope.STATUS}
    assert [each.ended_at is None for each in rows(app, agency)] == [False, True]


@both_databases
def test_two_administrators_at_once_make_one_relation(app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member) -> None:
    """The same twice is one; something else at the same time is refused. Never two open ones, and never an error page."""
    start, outcomes = threading.Barrier(6), []

    def job(scope: Scope) -> None:
        start.wait()
        try:
            outcomes.append(relate(app, agency, ines, sam, [tess], scope=scope))
        except Refused:
            outcomes.append("refused")

    threads = [threading.Thread(target=job, args=(scope,)) for scope in (Scope.STATUS, Scope.ANSWERS) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [0, 0, 1, "refused", "refused", "refused"]
    assert len(rows(app, agency)) == 1


@both_databases
def test_changing_the_scope_keeps_the_record(app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member) -> None:
    relate(app, agency, ines, sam, [tess], first_day=TODAY - days(3), last_day=TODAY + days(3), now=NOW - days(3))
    (before,) = rows(app, agency)
    with app.app_context(), scoped_to(agency.id):
        assert service.change_scope(agency.id, ines.id, before.id, Scope.ANSWERS, now=NOW) == before.id
        fresh = service.change_scope(agency.id, ines.id, before.id, Scope.STATUS, now=NOW)
        with pytest.raises(Refused, match="has ended"):
            service.change_scope(agency.id, ines.id, before.id, Scope.SCORES, now=NOW)
    old, new = rows(app, agency)
    assert (old.scope, old.ended_at, new.id) == ("answers", NOW, fresh)
    assert (new.scope, new.first_day, new.last_day) == ("status", TODAY, TODAY + days(3))
    assert seen(app, agency, sam) == {tess.id: Scope.STATUS}


def test_a_relation_that_has_not_begun_keeps_its_first_day(app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member) -> None:
    relate(app, agency, ines, sam, [tess], first_day=TODAY + days(4))
    with app.app_context(), scoped_to(agency.id):
        service.change_scope(agency.id, ines.id, rows(app, agency)[0].id, Scope.STATUS, now=NOW)
    assert rows(app, agency)[1].first_day == TODAY + days(4)


@both_databases
def test_ending_takes_effect_at_once_and_once(app: Flask, agency: Agency, ines: Member, sam: Member, tess: Member) -> None:
    relate(app, agency, ines, sam, [tess])
    (relation,) = rows(app, agency)
    for moment in (NOW, NOW + days(1)):
        with app.app_context(), scoped_to(agency.id):
            service.end_relation(agency.id, ines.id, relation.id, now=moment)
    assert rows(app, agency)[0].ended_at == NOW
    assert seen(app, agency, sam) == {}
    assert deeds(app) == ["supervision.begun", "supervision.ended"]


def test_relations_of_another_organisation_do_not_exist(
    app: Flask, agency: Agency, elsewhere: Agency, ines: Member, sam: Member, tess: Member, rita: Member
) -> None:
    relate(app, agency, ines, sam, [tess])
    (relation,) = rows(app, agency)
    with app.app_context(), scoped_to(elsewhere.id):
        with pytest.raises(Missing):
            service.end_relation(elsewhere.id, rita.id, relation.id, now=NOW)
        with pytest.raises(Missing):
            service.change_scope(elsewhere.id, rita.id, relation.id, Scope.REFLECTIONS, now=NOW)
    assert seen(app, agency, sam) == {tess.id: Scope.ANSWERS}


def cover(app: Flask, agency: Agency, by: Member, supervisor: Member, colleague: Member, **changes: Any) -> UUID:
    values = {"first_day": TODAY, "last_day": TODAY + days(6), "now": NOW, **changes}
    with app.app_context(), scoped_to(agency.id):
        return cover_service.cover(agency.id, by.id, supervisor_id=supervisor.id, colleague_id=colleague.id, **values)


@both_databases
def test_a_supervisor_or_an_administrator_sets_a_cover(
    app: Flask, agency: Agency, ines: Member, sam: Member, noor: Member, tess: Member, supervise: Callable[..., UUID]
) -> None:
    supervise(agency, sam, tess, "scores")
    first = cover(app, agency, sam, sam, noor)
    assert cover(app, agency, sam, sam, noor) == first
    assert seen(app, agency, noor) == {tess.id: Scope.SCORES}
    later = cover(app, agency, ines, sam, noor, first_day=TODAY + days(7), last_day=TODAY + days(7))
    for cover_id, by in ((first, sam), (first, sam), (later, ines)):
        with app.app_context(), scoped_to(agency.id):
            cover_service.end_cover(agency.id, by.id, cover_id, now=NOW)
    assert seen(app, agency, noor) == {}
    assert [each.ended_at for each in covers(app, agency)] == [NOW, NOW]
    assert deeds(app) == ["cover.begun", "cover.begun", "cover.ended", "cover.ended"]


@both_databases
def test_covers_that_cannot_be(app: Flask, agency: Agency, ines: Member, sam: Member, noor: Member, tess: Member, rita: Member) -> None:
    cover(app, agency, sam, sam, noor)
    for changes, sentence in (
        ({"colleague": sam}, "Nobody covers for themselves"),
        ({"colleague": tess}, "Both must be active supervisors"),
        ({"colleague": rita}, "Both must be active supervisors"),
        ({"last_day": TODAY - days(1)}, "is before the first"),
        ({"first_day": TODAY - days(5), "last_day": TODAY - days(1)}, "is past already"),
        ({"first_day": TODAY + days(6), "last_day": TODAY + days(9)}, "covers from 20 November 2026 to 26 November 2026 already"),
        ({"first_day": date(2026, 9, 1)}, "joined on"),
    ):
        with pytest.raises(Refused, match=sentence):
            cover(app, agency, sam, sam, **{"colleague": noor, **changes})
    for by in (noor, tess, rita):  # nobody takes a colleague's trainees for themselves
        with pytest.raises(Missing):
            cover(app, agency, by, sam, noor, first_day=TODAY + days(30), last_day=TODAY + days(31))
    with app.app_context(), scoped_to(agency.id), pytest.raises(Missing):
        cover_service.end_cover(agency.id, noor.id, covers(app, agency)[0].id, now=NOW)
    assert len(covers(app, agency)) == 1


@both_databases
def test_a_trainee_reads_who_sees_what(
    app: Flask,
    agency: Agency,
    make_agency: Callable[..., Agency],
    ines: Member,
    sam: Member,
    noor: Member,
    tess: Member,
    omar: Member,
    supervise: Callable[..., UUID],
) -> None:
    second = make_agency("second", "Second House", {tess.id: "trainee", sam.id: "supervisor"}, time_zone="Europe/Berlin")
    supervise(agency, sam, tess, "answers", last_day=TODAY)
    supervise(agency, noor, tess, "status", first_day=TODAY + days(4))
    supervise(agency, noor, omar, "reflections")
    supervise(second, sam, tess, "scores", ended_at=NOW)
    cover(app, agency, sam, sam, noor)
    with app.app_context(), scoped_to(tess.id):
        found = [
            (each.organisation, each.supervisor, each.sees, each.last_day, each.has_begun, [cover.colleague for cover in each.covered])
            for each in supervisors_of(tess.id, NOW)
        ]
        assert found == [
            ("Harbour Clinic", "Noor Haddad", "what is begun, handed in, passed or late", None, False, []),
            ("Harbour Clinic", "Sam Okafor", "status, scores and the choices in each scenario", TODAY, True, ["Noor Haddad"]),
        ]
        assert [each.supervisor for each in supervisors_of(tess.id, NOW + days(1))] == ["Noor Haddad"]
        assert organisations_watching(tess.id) == ["Harbour Clinic", "Second House"]
    change(app, agency, tess, suspended_at=NOW)
    with app.app_context(), scoped_to(tess.id):
        assert supervisors_of(tess.id, NOW) == []
        assert organisations_watching(tess.id) == ["Second House"]


# The pages.


def posting(page: Page) -> Form:
    """The only form in main that posts."""
    (form,) = (Form(page, each) for each in page.select("//main//form[@method='post']"))
    return form


def add_group(app: Flask, agency: Agency, name: str, members: list[Member]) -> UUID:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        group = Group(organisation_id=agency.id, name=name, created_at=NOW)
        session.add(group)
        session.flush()
        session.add_all(GroupMember(group_id=group.id, person_id=each.id, organisation_id=agency.id) for each in members)
        return group.id


def test_an_administrator_relates_changes_and_ends(
    app: Flask, visit: Callable[..., Page], agency: Agency, ines: Member, sam: Member, tess: Member, omar: Member
) -> None:
    page = visit("/organisations/harbour/supervision", person=ines)
    assert "Nobody is supervised yet" in page.text
    new = page.follow("Let somebody supervise")
    form = posting(new)
    assert form.offered("trainees") == [str(omar.id), str(tess.id)]
    assert form.offered("supervisor") == ["", str(sam.id)]
    page = new.submit("Let them supervise", trainees=[str(tess.id)], supervisor=str(sam.id), scope="scores")
    assert "1 relation made" in page.text
    assert all(word in page.text for word in ("Tess Adeyemi", "Sam Okafor", "status and scores", "open", "Now"))
    relation = page.follow("Change or end: Sam Okafor and Tess Adeyemi")
    relation = relation.submit("Change", scope="reflections")
    assert "the reflections that are handed in from then on" in relation.text
    ended = relation.submit("End it now")
    assert "It has ended" in ended.text
    assert seen(app, agency, sam, datetime.now(ZoneInfo("UTC"))) == {}
    assert "Tess Adeyemi" in visit("/organisations/harbour/supervision?over=yes&by=supervisor&q=tess", person=ines).text
    assert "Nobody here fits" in visit("/organisations/harbour/supervision?q=zzz", person=ines).text


def test_a_group_is_ticked_whole(
    app: Flask, visit: Callable[..., Page], agency: Agency, ines: Member, sam: Member, tess: Member, omar: Member
) -> None:
    group_id = add_group(app, agency, "Monday", [tess])
    page = visit(f"/organisations/harbour/supervision/new?group={group_id}", person=ines)
    assert [form.values("trainees") for form in [page.form("group=")]] == [[str(tess.id)]]
    assert "Omar" not in page.text


def test_a_refused_form_keeps_what_was_chosen(
    visit: Callable[..., Page], agency: Agency, ines: Member, sam: Member, tess: Member, omar: Member
) -> None:
    today = real_today()
    new = visit("/organisations/harbour/supervision/new", person=ines)
    again = new.submit(
        "Let them supervise",
        status=422,
        trainees=[str(omar.id)],
        supervisor=str(sam.id),
        scope="answers",
        first_day=today.isoformat(),
        last_day=(today - days(1)).isoformat(),
    )
    assert "is before the first" in again.text
    form = posting(again)
    kept = [form.values(name) for name in ("trainees", "supervisor", "scope", "last_day")]
    assert kept == [[str(omar.id)], [str(sam.id)], ["answers"], [(today - days(1)).isoformat()]]
    empty = new.submit("Let them supervise", status=422, first_day="yesterday", supervisor="nonsense")
    for sentence in ("Tick one or more trainees", "Choose somebody from the list", "Choose how much", "This is not a day"):
        assert sentence in empty.text
    far = new.submit("Let them supervise", status=422, first_day="9999-12-31")
    assert "This day is too far away" in far.text


def test_many_relations_cost_no_more_queries(
    app: Flask, visit: Callable[..., Page], agency: Agency, make_person: Callable[..., Member], ines: Member, sam: Member, supervise: Any
) -> None:
    for number in range(52):
        person = make_person(f"t{number}@example.org", f"Trainee {number:02}")
        with app.app_context(), scoped_to(agency.id), transaction() as session:
            session.add(Membership(organisation_id=agency.id, person_id=person.id, joined_on=date(2026, 9, 21), is_trainee=True))
        supervise(agency, sam, person)
    page = visit("/organisations/harbour/supervision", person=ines)
    assert len(page.select("//tbody/tr")) == 50
    assert len(page.follow("Next").select("//tbody/tr")) == 2
    mine = visit("/organisations/harbour/supervision/mine", person=sam)
    assert len(mine.select("//tbody/tr")) == 50


def test_a_supervisor_reads_their_own_and_sets_a_cover(
    visit: Callable[..., Page],
    agency: Agency,
    sam: Member,
    noor: Member,
    tess: Member,
    omar: Member,
    supervise: Callable[..., UUID],
) -> None:
    supervise(agency, sam, tess, "answers")
    supervise(agency, noor, omar)
    mine = visit("/organisations/harbour/supervision/mine", person=sam)
    assert "Tess Adeyemi" in mine.text
    assert "Omar" not in mine.text
    page = mine.follow("Set or end a cover")
    assert page.form("covers").offered("supervisor") == ["", str(sam.id)]
    page = page.submit("Set the cover", colleague=str(noor.id), last_day=(real_today() + days(3)).isoformat())
    assert "The cover is set" in page.text
    taken = visit("/organisations/harbour/supervision/mine", person=noor)
    assert "Noor Haddad covers for Sam Okafor" in taken.text
    assert not visit("/organisations/harbour/supervision/covers", person=noor).select("//button[text()='End it now']")
    assert "The cover is ended" in page.submit("End it now").text
    refused = page.submit("Set the cover", status=422, colleague=str(noor.id), last_day="2001-01-01")
    assert "is before the first" in refused.text


def test_who_came_back_is_shown_without_effect(
    app: Flask, visit: Callable[..., Page], agency: Agency, ines: Member, sam: Member, tess: Member, supervise: Callable[..., UUID]
) -> None:
    relation_id = supervise(agency, sam, tess)
    change(app, agency, tess, joined_on=date(2026, 11, 1))
    assert "Without effect" in visit("/organisations/harbour/supervision", person=ines).text
    assert "Nobody sees anything by this" in visit(f"/organisations/harbour/supervision/{relation_id}", person=ines).text


def test_foreign_relations_and_covers_are_not_found(
    app: Flask,
    visit: Callable[..., Page],
    browser_of: Any,
    agency: Agency,
    elsewhere: Agency,
    rita: Member,
    sam: Member,
    tess: Member,
    noor: Member,
    supervise: Callable[..., UUID],
) -> None:
    relation_id = supervise(agency, sam, tess)
    cover_id = cover(app, agency, sam, sam, noor)
    visit(f"/organisations/elsewhere/supervision/{relation_id}", person=rita, status=404)
    token = posting(visit("/organisations/elsewhere/supervision/new", person=rita)).values("csrf_token")[0]
    for address in (f"supervision/{relation_id}/end", f"supervision/{relation_id}", f"supervision/covers/{cover_id}/end"):
        browser_of(rita).post(f"/organisations/elsewhere/{address}", {"csrf_token": token, "scope": "reflections"}, status=404)
    assert rows(app, agency)[0].ended_at is None
    assert covers(app, agency)[0].ended_at is None
