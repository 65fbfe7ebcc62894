"""What administrators do with accounts: find, suspend, restore, reset the sign-in, make administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.accounts.models import MailedCode, Person, SignIn
from ceapp.accounts.people import queries as people_queries
from ceapp.accounts.people import service as people
from ceapp.accounts.people.service import LAST_ONE, NOT_ONES_OWN_SIGN_IN, NOT_ONESELF
from ceapp.audit.models import AuditEntry
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused
from ceapp.mail.letters import composer
from ceapp.mail.models import Message
from ceapp.mail.service import queue
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Member
from tests.harness.pages import Page, Visitor

KEY = "a-form-key-of-this-test-"

Deed = Callable[..., None]


def person_of(app: Flask, member: Member) -> Person:
    with app.app_context():
        return db.session.get_one(Person, member.id)


def number_of(app: Flask, table: Any, *conditions: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def deeds(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry.deed).order_by(AuditEntry.at, AuditEntry.id)))


def reset(person_id: UUID, *, actor: UUID | None, now: Any) -> None:
    people.reset_sign_in(person_id, actor=actor, form_key=KEY, now=now)


EVERY_DEED = [people.suspend, people.restore, reset, people.make_administrator, people.take_administrator]


@pytest.mark.both_databases
def test_suspending_ends_every_way_in_and_cancels_the_mail(app: Flask, ada: Member, tess: Member, omar: Member) -> None:
    with app.app_context():
        with transaction() as session:
            session.add(MailedCode(purpose="sign-in", email=tess.email, person_id=tess.id, token_hash="t", created_at=NOW))
        for member in (tess, omar):
            queue("sign-in-reset", f"about-{member.name}", person_id=member.id, values={}, now=NOW)
        people.suspend(tess.id, actor=ada.id, now=NOW)
    assert person_of(app, tess).suspended_at == NOW
    assert number_of(app, SignIn, SignIn.person_id == tess.id) == 0
    assert number_of(app, SignIn, SignIn.person_id == omar.id) == 1
    assert number_of(app, MailedCode, MailedCode.used_at.is_(None)) == 0
    assert number_of(app, Message, Message.person_id == tess.id, Message.cancelled_at == NOW) == 1
    assert number_of(app, Message, Message.person_id == omar.id, Message.cancelled_at.is_(None)) == 1
    assert deeds(app) == ["person.suspended"]


@pytest.mark.both_databases
def test_suspending_twice_keeps_the_first_time_and_restoring_opens(app: Flask, ada: Member, tess: Member) -> None:
    with app.app_context():
        people.suspend(tess.id, actor=ada.id, now=NOW)
        people.suspend(tess.id, actor=ada.id, now=NOW + timedelta(days=1))
    assert person_of(app, tess).suspended_at == NOW
    with app.app_context():
        people.restore(tess.id, actor=ada.id, now=NOW)
        people.restore(tess.id, actor=ada.id, now=NOW)
    assert person_of(app, tess).suspended_at is None
    assert deeds(app) == ["person.suspended", "person.restored"]


@pytest.mark.both_databases
def test_resetting_removes_the_password_and_tells_the_person_once(app: Flask, ada: Member, make_person: Callable[..., Member]) -> None:
    zoe = make_person("zoe@example.org", password_hash="a hash")
    with app.app_context():
        reset(zoe.id, actor=ada.id, now=NOW)
        with transaction() as session:
            session.get_one(Person, zoe.id).password_hash = "a newer hash"
        reset(zoe.id, actor=ada.id, now=NOW)  # the same form, sent again
    assert person_of(app, zoe).password_hash == "a newer hash"
    assert number_of(app, SignIn, SignIn.person_id == zoe.id) == 0
    assert deeds(app) == ["person.sign-in-reset"]
    with app.app_context():
        message = db.session.scalars(select(Message)).one()
        letter = composer("sign-in-reset")(message, {}, NOW)
        assert letter
        assert letter.to == zoe.email
        assert "http://127.0.0.1:8000/account/sign-in" in letter.text
        people.suspend(zoe.id, actor=ada.id, now=NOW)
        assert composer("sign-in-reset")(message, {}, NOW) is None


@pytest.mark.both_databases
def test_a8_nobody_suspends_themselves_and_the_last_administrator_stays(
    app: Flask, ada: Member, tess: Member, make_person: Callable[..., Member]
) -> None:
    make_person("gone@example.org", is_administrator=True, suspended_at=NOW)
    with app.app_context():
        with pytest.raises(Refused, match="yourself"):
            people.suspend(ada.id, actor=ada.id, now=NOW)
        for deed in (people.suspend, people.take_administrator):
            with pytest.raises(Refused, match="last administrator"):
                deed(ada.id, actor=None, now=NOW)
        with pytest.raises(Refused, match="last administrator"):
            people.take_administrator(ada.id, actor=ada.id, now=NOW)
        people.make_administrator(tess.id, actor=ada.id, now=NOW)
        people.take_administrator(ada.id, actor=ada.id, now=NOW)
    assert not person_of(app, ada).is_administrator
    assert person_of(app, tess).is_administrator
    assert number_of(app, SignIn, SignIn.person_id == tess.id) == 0
    assert deeds(app) == ["person.made-administrator", "person.administrator-taken"]


@pytest.mark.both_databases
def test_a8_two_administrators_who_take_each_other_away_leave_one(app: Flask, ada: Member, make_person: Callable[..., Member]) -> None:
    other = make_person("bea@example.org", is_administrator=True)
    pairs = [(ada.id, other.id), (other.id, ada.id)]
    at_once(app, 8, lambda number: people.take_administrator(pairs[number % 2][0], actor=pairs[number % 2][1], now=NOW))
    assert number_of(app, Person, Person.is_administrator) == 1


@pytest.mark.parametrize("deed", EVERY_DEED)
def test_a8_only_an_administrator_of_this_moment_does_it(
    app: Flask, ada: Member, tess: Member, omar: Member, make_person: Callable[..., Member], deed: Deed
) -> None:
    suspended = make_person("old@example.org", is_administrator=True, suspended_at=NOW)
    with app.app_context():
        for actor in (tess.id, omar.id, suspended.id, uuid4()):
            with pytest.raises(Missing):
                deed(tess.id, actor=actor, now=NOW)
        with pytest.raises(Missing):
            deed(uuid4(), actor=ada.id, now=NOW)
    assert deeds(app) == []


@pytest.mark.parametrize("deed", [people.make_administrator, reset])
def test_a_suspended_person_is_restored_first(app: Flask, ada: Member, make_person: Callable[..., Member], deed: Deed) -> None:
    zoe = make_person("zoe@example.org", suspended_at=NOW)
    with app.app_context(), pytest.raises(Refused, match="restore it first"):
        deed(zoe.id, actor=ada.id, now=NOW)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("TESS@", ["tess@example.org"]),
        ("adeyemi", ["tess@example.org"]),
        ("example.org", ["ada@example.org", "elodie@example.org", "tess@example.org"]),
        ("élodie", ["elodie@example.org"]),
        ("ÉLODIE", ["elodie@example.org"]),
        ("%", []),
        ("_ess", []),
        ("\\", []),
        ("nobody", []),
    ],
)
def test_finding_folds_case_and_takes_no_wildcards(
    app: Flask, tess: Member, ada: Member, make_person: Callable[..., Member], sought: str, found: list[str]
) -> None:
    make_person("elodie@example.org", "Élodie Brûlé")
    with app.app_context():
        assert [person.email for person in people_queries.people_found(sought, 1).people] == found
        assert [person.email for person in people_queries.everybody_found(sought)] == found


@pytest.mark.both_databases
def test_finding_by_id(app: Flask, tess: Member, omar: Member) -> None:
    with app.app_context():
        for text in (str(tess.id), tess.id.hex):
            assert [person.email for person in people_queries.people_found(text, 1).people] == [tess.email]


def test_everybody_is_read_in_portions(app: Flask, make_person: Callable[..., Member], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_queries, "_AT_A_TIME", 3)
    made = sorted(make_person(f"p{number}@example.org").email for number in range(7))
    with app.app_context():
        assert [person.email for person in people_queries.everybody_found("")] == made


# The pages


@pytest.fixture
def of_ada(browser_of: Callable[[Member | None], Visitor], ada: Member) -> Visitor:
    return browser_of(ada)


def confirm(page: Page, title: str, status: int = 303) -> Page:
    return page.follow(title).submit(title, status=status, action_contains="/people/")


def test_the_list_is_newest_first_paginated_and_costs_the_same_for_sixty(
    of_ada: Visitor, tess: Member, make_person: Callable[..., Member], app: Flask
) -> None:
    of_ada.get("/people")  # reads once what every page keeps
    few = of_ada.get("/people").queries
    for number in range(60):
        make_person(f"p{number:02}@example.org", f"Person {number:02}")
    with app.app_context(), transaction() as session:
        session.get_one(Person, tess.id).created_at = NOW + timedelta(days=1)
    page = of_ada.get("/people")
    assert page.queries == few
    assert len(page.select("//tbody/tr")) == 25
    assert "Tess Adeyemi" in page.select("string(//tbody/tr[1])")
    assert "62 people" in page.text
    assert len(page.follow("Next").follow("Next").select("//tbody/tr")) == 12


def test_what_was_sought_stays_over_the_pages(of_ada: Visitor, make_person: Callable[..., Member]) -> None:
    for number in range(30):
        make_person(f"p{number:02}@example.org", "A & B")
    page = of_ada.get("/people").submit("Find", status=200, q="a & b")
    assert len(page.follow("Next").select("//tbody/tr")) == 5


def test_nothing_found_says_so_and_leads_on(of_ada: Visitor) -> None:
    page = of_ada.get("/people", query={"q": "<script>%"})
    assert "Nobody has “<script>%”" in page.text
    page.follow("Show everybody")


def test_the_list_marks_administrators_and_the_suspended(of_ada: Visitor, make_person: Callable[..., Member]) -> None:
    make_person("zoe@example.org", "Zoe", suspended_at=NOW)
    rows = [" ".join("".join(row.itertext()).split()) for row in of_ada.get("/people").select("//tbody/tr")]
    assert [row for row in rows if "Suspended" in row and "Zoe" in row]
    assert [row for row in rows if "Administrator" in row and "Ada Lindqvist" in row]


def test_a6_suspension_works_at_the_next_request_of_a_running_session(
    of_ada: Visitor, browser_of: Callable[[Member | None], Visitor], tess: Member
) -> None:
    browser_of(tess).get("/account")
    page = confirm(of_ada.get(f"/people/{tess.id}"), "Suspend")
    assert "suspended since" in page.text
    assert browser_of(tess).client.get("/account").status_code == 303
    page = confirm(page, "Restore")
    assert "suspended since" not in page.text


def test_a6_the_role_is_given_and_taken_at_the_next_request(
    of_ada: Visitor, browser_of: Callable[[Member | None], Visitor], make_person: Callable[..., Member]
) -> None:
    bea = make_person("bea@example.org", "Bea", is_administrator=True)
    browser_of(bea).get("/people")
    page = confirm(of_ada.get(f"/people/{bea.id}"), "Take administrator away")
    browser_of(bea).get("/people", status=404)
    confirm(page, "Make administrator")
    assert browser_of(bea).client.get("/people").status_code == 303  # signed out: the role begins with a new sign-in


def test_who_gives_the_role_away_lands_on_the_front_page(of_ada: Visitor, ada: Member, make_person: Callable[..., Member]) -> None:
    refused = confirm(of_ada.get(f"/people/{ada.id}"), "Take administrator away", status=422)
    assert LAST_ONE in refused.text
    make_person("bea@example.org", is_administrator=True)
    assert refused.submit("Take administrator away").address == "/"
    of_ada.get("/people", status=404)


def test_one_does_not_suspend_or_reset_oneself(of_ada: Visitor, ada: Member) -> None:
    page = of_ada.get(f"/people/{ada.id}")
    assert not [link for link in page.select("//main//a") if (link.text or "").strip() in ("Suspend", "Reset sign-in")]
    for slug, title, sentence in (("suspension", "Suspend", NOT_ONESELF), ("sign-in-reset", "Reset sign-in", NOT_ONES_OWN_SIGN_IN)):
        assert sentence in of_ada.get(f"/people/{ada.id}/{slug}").submit(title, status=422).text


def test_resetting_names_the_terminal_where_there_is_no_mail_server(of_ada: Visitor, tess: Member) -> None:
    page = of_ada.get(f"/people/{tess.id}").follow("Reset sign-in")
    assert f"ceapp person set-password {tess.email}" in page.text
    done = page.submit("Reset sign-in")
    assert f"ceapp person set-password {tess.email}" in done.text
    assert "nowhere" in done.text


def test_d12_a_deed_asks_for_a_fresh_proof(of_ada: Visitor, app: Flask, ada: Member, tess: Member) -> None:
    page = of_ada.get(f"/people/{tess.id}").follow("Suspend")
    with app.app_context(), transaction() as session:
        row = session.scalars(select(SignIn).where(SignIn.person_id == ada.id)).one()
        row.proved_at -= timedelta(minutes=16)
    page.submit("Suspend", status=403)
    assert person_of(app, tess).suspended_at is None


@pytest.mark.parametrize("slug", ["", "/suspension", "/restoration", "/sign-in-reset", "/administrator-role", "/enrolments"])
def test_who_does_not_administer_the_server_finds_nothing(
    browser_of: Callable[[Member | None], Visitor], tess: Member, omar: Member, slug: str
) -> None:
    browser_of(tess).get(f"/people/{omar.id}{slug}", status=404)
    browser_of(tess).get("/people", status=404)


@pytest.mark.parametrize("address", ["/people/{unknown}", "/people/{unknown}/suspension", "/people/{tess}/nonsense"])
def test_unknown_people_and_deeds_are_missing(of_ada: Visitor, tess: Member, address: str) -> None:
    of_ada.get(address.format(unknown=uuid4(), tess=tess.id), status=404)
