"""Whom a member sees, by the state of relations, covers and memberships."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership
from ceapp.database import scoped_to, transaction
from ceapp.errors import Missing
from ceapp.supervision.access import acting, needs, scope_for, trainees_seen
from ceapp.supervision.models import Cover
from ceapp.supervision.relations.supervised import supervisors_of
from ceapp.supervision.scopes import Scope
from tests.conftest import NOW, Agency, Member

TODAY = date(2026, 11, 20)
ROLES = ("trainee", "supervisor", "administrator")
pytestmark = pytest.mark.both_databases


def seen(app: Flask, agency: Agency, member: Member, now: datetime = NOW) -> dict[UUID, Scope]:
    with app.app_context(), scoped_to(agency.id):
        return trainees_seen(acting(agency.id, member.id, *ROLES, now=now))


def change(app: Flask, agency: Agency, person: Member, **columns: Any) -> None:
    if "joined_on" in columns:  # Somebody who had left came back on that day.
        columns["returned_at"] = datetime.combine(columns["joined_on"], time(5), UTC)
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(
            update(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == person.id).values(**columns)
        )


def add_cover(app: Flask, agency: Agency, supervisor: Member, colleague: Member, first_day: date, last_day: date, **columns: Any) -> None:
    values = {"made_by": supervisor.id, "made_at": NOW - timedelta(days=5), **columns}
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.add(
            Cover(
                organisation_id=agency.id,
                supervisor_id=supervisor.id,
                colleague_id=colleague.id,
                first_day=first_day,
                last_day=last_day,
                **values,
            )
        )


@pytest.fixture
def noor(app: Flask, make_person: Callable[..., Member], agency: Agency) -> Member:
    """A second supervisor of the agency, of nobody."""
    person = make_person("noor@example.org", "Noor Haddad")
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.add(Membership(organisation_id=agency.id, person_id=person.id, joined_on=date(2026, 9, 21), is_supervisor=True))
    return person


@pytest.mark.parametrize(
    ("columns", "holds"),
    [
        ({}, True),
        ({"first_day": TODAY}, True),
        ({"first_day": TODAY + timedelta(days=1)}, False),
        ({"last_day": TODAY}, True),
        ({"last_day": TODAY - timedelta(days=1)}, False),
        ({"ended_at": NOW}, False),
    ],
)
def test_a_relation_holds_on_its_days(
    app: Flask, agency: Agency, sam: Member, tess: Member, supervise: Callable[..., UUID], columns: dict[str, Any], holds: bool
) -> None:
    supervise(agency, sam, tess, "answers", **columns)
    assert seen(app, agency, sam) == ({tess.id: Scope.ANSWERS} if holds else {})


def test_the_day_is_the_organisations(app: Flask, agency: Agency, sam: Member, tess: Member, supervise: Callable[..., UUID]) -> None:
    supervise(agency, sam, tess, "answers", last_day=TODAY)
    assert seen(app, agency, sam, datetime(2026, 11, 21, 4, 59, tzinfo=UTC)) == {tess.id: Scope.ANSWERS}
    assert seen(app, agency, sam, datetime(2026, 11, 21, 5, 0, tzinfo=UTC)) == {}


@pytest.mark.parametrize("who", ["tess", "sam"])
@pytest.mark.parametrize(
    ("columns", "holds"),
    [
        ({"suspended_at": NOW}, False),
        ({"left_on": TODAY}, False),
        ({"left_on": None, "joined_on": date(2026, 9, 22)}, False),  # came back after the relation's first day
        ({"is_trainee": False, "is_supervisor": False, "is_administrator": True}, False),
        ({"joined_on": date(2026, 9, 20)}, True),
    ],
)
def test_a_relation_holds_while_both_belong(
    app: Flask,
    agency: Agency,
    sam: Member,
    tess: Member,
    omar: Member,
    supervise: Callable[..., UUID],
    who: str,
    columns: dict[str, Any],
    holds: bool,
) -> None:
    supervise(agency, sam, tess, "scores", first_day=date(2026, 9, 21), made_at=datetime(2026, 9, 25, tzinfo=UTC))
    change(app, agency, {"tess": tess, "sam": sam}[who], **columns)
    try:
        found = seen(app, agency, sam)
    except Missing:  # Who has left does not get as far as to ask.
        found = {}
    if columns.get("is_administrator"):
        found = {person: scope for person, scope in found.items() if scope is not Scope.STATUS}
    assert found == ({tess.id: Scope.SCORES} if holds else {})


@pytest.mark.parametrize("who", ["tess", "sam"])
def test_what_was_agreed_before_a_departure_does_not_begin_after_the_return(
    app: Flask, agency: Agency, sam: Member, tess: Member, supervise: Callable[..., UUID], who: str
) -> None:
    """A relation for next week, a departure, a return before next week."""
    supervise(agency, sam, tess, first_day=date(2026, 11, 18), made_at=datetime(2026, 11, 2, 12, tzinfo=UTC))
    assert seen(app, agency, sam) == {tess.id: Scope.REFLECTIONS}
    change(app, agency, {"tess": tess, "sam": sam}[who], joined_on=date(2026, 11, 10))
    assert seen(app, agency, sam) == {}


def test_of_several_ways_the_widest_counts_and_administrators_see_status(
    app: Flask, agency: Agency, sam: Member, tess: Member, omar: Member, ines: Member, supervise: Callable[..., UUID]
) -> None:
    change(app, agency, ines, is_supervisor=True)
    supervise(agency, ines, tess, "scores")
    assert seen(app, agency, ines) == {tess.id: Scope.SCORES, omar.id: Scope.STATUS}
    with app.app_context(), scoped_to(agency.id):
        here = acting(agency.id, ines.id, "administrator", now=NOW)
        assert scope_for(here, tess.id) is needs(here, tess.id, Scope.SCORES) is Scope.SCORES
        for refused in (lambda: needs(here, omar.id, Scope.SCORES), lambda: scope_for(here, sam.id), lambda: scope_for(here, ines.id)):
            with pytest.raises(Missing):
                refused()


@pytest.mark.parametrize(
    ("first", "last", "columns", "holds"),
    [
        (TODAY, TODAY, {}, True),
        (TODAY - timedelta(days=3), TODAY, {}, True),
        (TODAY + timedelta(days=1), TODAY + timedelta(days=3), {}, False),
        (TODAY - timedelta(days=3), TODAY - timedelta(days=1), {}, False),
        (TODAY, TODAY, {"ended_at": NOW}, False),
        (TODAY, TODAY, {"made_at": NOW - timedelta(days=2)}, False),  # agreed before the colleague came back
    ],
)
def test_who_covers_sees_the_same_from_the_first_day_to_the_last(
    app: Flask,
    agency: Agency,
    sam: Member,
    noor: Member,
    tess: Member,
    omar: Member,
    supervise: Callable[..., UUID],
    first: date,
    last: date,
    columns: dict[str, Any],
    holds: bool,
) -> None:
    supervise(agency, sam, tess, "answers")
    supervise(agency, sam, omar, "status")
    add_cover(app, agency, sam, noor, first, last, **columns)
    if "made_at" in columns:
        change(app, agency, noor, returned_at=NOW - timedelta(days=1))
    assert seen(app, agency, noor) == (seen(app, agency, sam) if holds else {})
    assert seen(app, agency, sam) == {tess.id: Scope.ANSWERS, omar.id: Scope.STATUS}


def test_a_cover_does_not_pass_on(
    app: Flask,
    agency: Agency,
    sam: Member,
    noor: Member,
    ines: Member,
    tess: Member,
    omar: Member,
    supervise: Callable[..., UUID],
) -> None:
    """Noor covers for Sam, and Ines for Noor: Ines sees Noor's own trainees and none of Sam's."""
    change(app, agency, ines, is_supervisor=True, is_administrator=False)
    supervise(agency, sam, tess)
    supervise(agency, noor, omar, "scores")
    add_cover(app, agency, sam, noor, TODAY, TODAY)
    add_cover(app, agency, noor, ines, TODAY, TODAY)
    assert seen(app, agency, noor) == {tess.id: Scope.REFLECTIONS, omar.id: Scope.SCORES}
    assert seen(app, agency, ines) == {omar.id: Scope.SCORES}


@pytest.mark.parametrize("columns", [{"suspended_at": NOW}, {"left_on": TODAY}, {"is_supervisor": False, "is_trainee": True}])
def test_a_cover_shows_nothing_of_a_colleague_who_is_gone(
    app: Flask, agency: Agency, sam: Member, noor: Member, tess: Member, supervise: Callable[..., UUID], columns: dict[str, Any]
) -> None:
    supervise(agency, sam, tess)
    add_cover(app, agency, sam, noor, TODAY, TODAY)
    assert tess.id in seen(app, agency, noor)
    change(app, agency, sam, **columns)
    assert seen(app, agency, noor) == {}


@pytest.mark.parametrize("begins", [date(2026, 11, 10), date(2026, 11, 19)], ids=["before the departure", "after the return"])
def test_a_cover_from_before_the_colleague_left_shows_nothing_after_their_return(
    app: Flask, agency: Agency, sam: Member, noor: Member, tess: Member, supervise: Callable[..., UUID], begins: date
) -> None:
    add_cover(app, agency, sam, noor, begins, date(2026, 12, 10), made_at=NOW - timedelta(days=12))
    change(app, agency, sam, joined_on=date(2026, 11, 18))
    supervise(agency, sam, tess, first_day=date(2026, 11, 18), made_at=NOW - timedelta(days=1))
    assert seen(app, agency, sam) == {tess.id: Scope.REFLECTIONS}
    assert seen(app, agency, noor) == {}
    with app.app_context(), scoped_to(tess.id):
        (told,) = supervisors_of(tess.id, NOW)
    assert told.covered == ()


def test_nobody_sees_their_own_work_by_covering(
    app: Flask, agency: Agency, sam: Member, noor: Member, supervise: Callable[..., UUID]
) -> None:
    change(app, agency, noor, is_trainee=True)
    supervise(agency, sam, noor)
    add_cover(app, agency, sam, noor, TODAY, TODAY)
    assert seen(app, agency, noor) == {}


def test_relations_of_another_organisation_show_nothing_here(
    app: Flask, agency: Agency, make_agency: Callable[..., Agency], sam: Member, tess: Member, supervise: Callable[..., UUID]
) -> None:
    other = make_agency("other", "Other", {sam.id: "supervisor", tess.id: "trainee"})
    supervise(other, sam, tess)
    assert seen(app, agency, sam) == {}
    assert seen(app, other, sam) == {tess.id: Scope.REFLECTIONS}


@pytest.mark.parametrize("state", [{"left_on": TODAY}, {"suspended_at": NOW}, {"is_supervisor": False, "is_trainee": True}])
def test_who_acts_is_read_afresh(app: Flask, agency: Agency, sam: Member, rita: Member, state: dict[str, Any]) -> None:
    with app.app_context(), scoped_to(agency.id):
        assert isinstance(acting(agency.id, sam.id, "supervisor", now=NOW), Here)
        with pytest.raises(Missing):
            acting(agency.id, rita.id, *ROLES, now=NOW)
    change(app, agency, sam, **state)
    with app.app_context(), scoped_to(agency.id), pytest.raises(Missing):
        acting(agency.id, sam.id, "supervisor", now=NOW)
