"""The licences of people: as many as there is room for, each once, changed and taken away by their holder alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from ceapp.accounts.licences import places, professions, service
from ceapp.accounts.licences.queries import MOST, licences_of, title_of
from ceapp.accounts.licences.service import LicenceInput
from ceapp.accounts.models import Licence
from ceapp.audit.models import AuditEntry
from ceapp.database import db, new_id, transaction
from ceapp.errors import Missing, Refused
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Member
from tests.harness.pages import Page, Visitor

GIVEN = LicenceInput("psychologist", "", "US-CA", "", "PSY 01234", "", date(2027, 6, 30), True)


def add(app: Flask, person: Member, given: LicenceInput = GIVEN) -> UUID:
    with app.app_context():
        return service.add(person.id, given, now=NOW).id


def held(app: Flask, person: Member) -> list[Licence]:
    with app.app_context():
        return licences_of(person.id)


def deeds(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry.deed).where(AuditEntry.deed.startswith("licence.")).order_by(AuditEntry.id)))


@pytest.mark.both_databases
def test_added_changed_and_taken_away(app: Flask, tess: Member) -> None:
    licence_id = add(app, tess)
    other = add(app, tess, replace(GIVEN, profession="other", profession_words="Art therapist", place="CA-ON", number="7"))
    with app.app_context():
        service.change(tess.id, licence_id, replace(GIVEN, is_printed=False), now=NOW)
        service.change(tess.id, licence_id, replace(GIVEN, is_printed=False), now=NOW)
        assert [title_of(each) for each in licences_of(tess.id)] == ["Psychologist, California", "Art therapist, Ontario"]
        assert [each.id for each in licences_of(tess.id) if each.is_printed] == [other]
        service.take_away(tess.id, licence_id, now=NOW)
        service.take_away(tess.id, licence_id, now=NOW)
    assert [each.id for each in held(app, tess)] == [other]
    assert deeds(app) == ["licence.added", "licence.added", "licence.changed", "licence.taken-away"]


@pytest.mark.both_databases
def test_the_same_form_twenty_times_is_one_licence(app: Flask, tess: Member) -> None:
    assert len(set(at_once(app, 20, lambda _: service.add(tess.id, GIVEN, now=NOW).id))) == 1
    assert len(held(app, tess)) == 1
    assert deeds(app) == ["licence.added"]


@pytest.mark.both_databases
def test_no_more_than_there_is_room_for_however_many_ask_at_once(app: Flask, tess: Member) -> None:
    given = at_once(app, MOST + 5, lambda number: service.add(tess.id, replace(GIVEN, number=f"{number:03}"), now=NOW).id)
    assert sum(isinstance(each, Refused) for each in given) == 5
    assert len(held(app, tess)) == MOST
    with app.app_context():
        service.take_away(tess.id, next(each for each in given if isinstance(each, UUID)), now=NOW)
    add(app, tess, replace(GIVEN, number="one that fits again"))


def test_one_licence_is_not_there_twice(app: Flask, tess: Member, omar: Member) -> None:
    add(app, tess)
    other = add(app, tess, replace(GIVEN, number="8"))
    add(app, omar)  # the same number of somebody else is theirs to explain
    with app.app_context():
        with pytest.raises(Refused, match="added this licence already"):
            service.add(tess.id, replace(GIVEN, expires_on=None), now=NOW)
        with pytest.raises(Refused, match="added this licence already"):
            service.change(tess.id, other, GIVEN, now=NOW)
        with pytest.raises(Missing):
            service.change(omar.id, other, GIVEN, now=NOW)
        service.take_away(omar.id, other, now=NOW)
    assert len(held(app, tess)) == 2


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "wrong",
    [{"slot": 0}, {"slot": 11}, {"number": ""}, {"profession": "other"}, {"profession_words": "Coach"}, {"place": "other"}],
)
def test_the_database_keeps_the_limits(app: Flask, tess: Member, wrong: dict[str, Any]) -> None:
    row = {
        "id": new_id(),
        "person_id": tess.id,
        "slot": 1,
        "profession": "counselor",
        "profession_words": "",
        "place": "US-NY",
        "place_words": "",
        "number": "1",
        "name": "",
        "is_printed": True,
        "added_at": NOW,
    }
    with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
        session.execute(insert(Licence).values({**row, **wrong}))


def test_the_lists() -> None:
    assert len(places.STATES) == 50 + 6
    assert len(places.PROVINCES) == 13
    assert set(places.HINTS) <= set(places.PLACES)
    assert {places.country_of(place) for place in places.PLACES} == set(places.COUNTRIES)
    assert places.place_words(places.OTHER, "Bavaria, Germany") == "Bavaria, Germany"
    assert professions.profession_words("social-worker") == "Social worker"
    assert all(len(code) <= 8 for code in places.PLACES)
    assert all(len(code) <= 40 for code in professions.PROFESSIONS)


class TestPages:
    @pytest.fixture
    def hers(self, browser_of: Callable[[Member], Visitor], tess: Member) -> Visitor:
        return browser_of(tess)

    def save(self, page: Page, status: int = 303, **changes: str) -> Page:
        typed = {"profession": "counselor", "place": "US-NY", "number": " 00-12 ", **changes}
        return page.submit("Save", status=status, **typed)

    def test_from_the_account_to_a_licence_and_back(self, app: Flask, hers: Visitor, tess: Member) -> None:
        page = hers.get("/account").follow("Your licences")
        assert "Nobody has to" in page.text
        self.save(page.follow("Add a licence"), expires_on="2027-06-30", is_printed="y")
        page = hers.get("/account/licences")
        assert "Counselor, New York" in page.text
        assert "00-12" in page.text
        assert "30 June 2027" in page.text
        change = page.follow("Change: Counselor, New York, 00-12")
        self.save(change, number="77", name="Theresa Adeyemi")
        assert "Theresa Adeyemi" in hers.get("/account/licences").text
        hers.get(change.address).submit("Take this licence away", status=303)
        assert held(app, tess) == []

    def test_whoever_came_from_a_course_goes_back_to_it(self, hers: Visitor) -> None:
        page = hers.get("/account/licences?next=/courses/sample")
        saved = self.save(page.follow("Add a licence"))
        assert saved.address.endswith("/account/licences?next=/courses/sample")
        assert saved.link("Go on where you were").endswith("/courses/sample")
        assert "elsewhere" not in hers.get("/account/licences?next=https://elsewhere.example").html

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"profession": ""}, "Choose the profession"),
            ({"profession": "wizard"}, "Choose one of the list"),
            ({"profession": "other", "profession_words": ""}, "Write which profession"),
            ({"place": "other"}, "and the country"),
            ({"place": "US-XX"}, "Choose one of the list"),
            ({"number": "--"}, "at least one letter or digit"),
            ({"number": "9" * 41}, "longer than 40"),
            ({"name": "1234"}, "at least one letter"),
            ({"expires_on": "soon"}, "This is not a day"),
            ({"expires_on": "1899-01-01"}, "too far away"),
        ],
    )
    def test_refused_with_everything_kept(self, app: Flask, hers: Visitor, tess: Member, changes: dict[str, str], sentence: str) -> None:
        page = self.save(hers.get("/account/licences/new"), status=422, **{"profession_words": "Kept words", **changes})
        assert sentence in page.text
        assert page.form().values("profession_words") == [changes.get("profession_words", "Kept words")]
        assert held(app, tess) == []

    def test_somebody_elses_licence_is_missing(
        self, app: Flask, browser_of: Callable[[Member], Visitor], tess: Member, rita: Member, ada: Member
    ) -> None:
        licence_id = add(app, tess)
        for person in (rita, ada):
            browser_of(person).get(f"/account/licences/{licence_id}", status=404)
            browser_of(person).get(f"/account/licences/{uuid4()}", status=404)

    def test_an_expired_one_says_so(self, app: Flask, hers: Visitor, tess: Member) -> None:
        add(app, tess, replace(GIVEN, expires_on=date(2020, 1, 1)))
        assert "The day that you gave has passed" in hers.get("/account/licences").text
