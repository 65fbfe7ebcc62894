"""Invitations: who may ask whom, the link, coming in with an account or with a new one, lists of people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.accounts import guesses
from ceapp.accounts.guesses import Caller
from ceapp.accounts.invitations import service as invitations
from ceapp.accounts.invitations.people_list import Standing
from ceapp.accounts.invitations.service import Accepted, Invited
from ceapp.accounts.models import Invitation, Membership, Person
from ceapp.accounts.organisations import service as organisations
from ceapp.accounts.tokens import token_hash
from ceapp.database import db, everybody, scoped_to
from ceapp.errors import Missing, Refused, TooMany
from ceapp.mail.models import Message
from tests.accounts.inviting import KARI, accept, accept_anew, invite, letters, link, membership, open_ones
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Agency, Member

services = pytest.mark.both_databases


@services
def test_a_letter_says_who_invites_and_its_link_is_stored_as_a_hash(app: Flask, ines: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        assert open_ones(agency)[0].token_hash is None
        (letter,) = letters()
        token = letter.text.split("/invitations/")[1].split()[0]
        assert letter.to == KARI.email
        assert letter.subject == "Invitation to Harbour Clinic"
        assert "as trainee" in letter.text and KARI.name not in letter.text and ines.name not in letter.text
        assert len(token) >= 22
        (row,) = open_ones(agency)
        assert (row.token_hash, row.made_at) == (token_hash(token), NOW)


@services
def test_d5_a_newer_letter_replaces_the_link_before(app: Flask, ines: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        first = link()
        second = link()  # composed again, as after a crash of the sender
        with pytest.raises(Missing):
            invitations.opened(first, now=NOW)
        invitations.opened(second, now=NOW)
        later = NOW + timedelta(hours=1)
        invite(agency, ines, Invited(KARI.email, "", ("supervisor",)), key="form-2", now=later)
        with pytest.raises(Missing):
            invitations.opened(second, now=later)
        assert [each.roles for each in open_ones(agency)] == [("supervisor",)]
        assert len(letters(later)) == 1  # the first letter has nothing to say any more


@services
def test_the_same_form_sent_twice_owes_one_letter(app: Flask, ines: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        invite(agency, ines, now=NOW + timedelta(seconds=1))
        assert len(letters()) == 1
        assert db.session.scalar(select(func.count()).select_from(Message)) == 1


@services
def test_a_new_person_comes_in_once(app: Flask, ines: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        token = link()
        done = accept_anew(token)
        person = db.session.scalar(select(Person).where(Person.email == KARI.email))
        assert person and (person.name, person.time_zone, person.email_confirmed_at, person.password_hash) == (
            "Kari Nordmann",
            "Europe/Oslo",
            NOW,
            "",
        )
        assert done.slug == agency.slug and done.token and done.email == KARI.email
        found = membership(agency, person.id)
        assert found and found.is_active and found.roles == ("trainee",)
        with pytest.raises(Missing, match="was accepted or withdrawn"):
            accept_anew(token)


@services
def test_anybody_signed_in_accepts_with_their_own_account(app: Flask, ines: Member, rita: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        token = link()
        accept(token, rita)
        found = membership(agency, rita.id)
        assert found and found.roles == ("trainee",)
        assert db.session.scalar(select(Person).where(Person.email == KARI.email)) is None
        with pytest.raises(Missing):
            accept(token, ines)


@services
@pytest.mark.parametrize("way", ["expired", "withdrawn", "made up", "empty", "no text", "of the list"])
def test_every_link_that_does_not_work_gets_the_same_answer(app: Flask, ines: Member, rita: Member, agency: Agency, way: str) -> None:
    with app.app_context():
        invite(agency, ines)
        token, now = link(), NOW
        if way == "expired":
            now = NOW + timedelta(days=7)
        elif way == "withdrawn":
            with scoped_to(agency.id):
                invitations.withdraw(agency.id, open_ones(agency)[0].id, actor=ines.id, now=NOW)
            assert letters() == []
        else:
            token = {"made up": "x" * 43, "empty": "", "no text": "\ud800", "of the list": token_hash(token)}[way]
        for deed in (
            lambda: invitations.opened(token, now=now),
            lambda: accept(token, rita, now=now),
            lambda: accept_anew(token, now=now),
        ):
            with pytest.raises(Missing, match="was accepted or withdrawn, is older than seven days"):
                deed()
        assert membership(agency, rita.id) is None


@services
def test_d5_a_link_works_until_the_end_of_its_seven_days(app: Flask, ines: Member, rita: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        sent = NOW + timedelta(days=3)  # the letter waited: its days begin when it leaves
        token = link(sent)
        accept(token, rita, now=sent + timedelta(days=7) - timedelta(seconds=1))


@services
def test_no_account_is_made_for_an_address_that_has_one_or_on_a_closed_server(
    app: Flask, ines: Member, rita: Member, agency: Agency
) -> None:
    with app.app_context():
        invite(agency, ines, Invited(rita.email, "", ("trainee",)))
        token = link()
        with pytest.raises(Refused, match="sign in to accept"):
            accept_anew(token)
        with pytest.raises(Refused, match="No new accounts"):
            accept_anew(token, makes_accounts=False)
        accept(token, rita)  # the link was not spent


@services
def test_who_is_here_already_is_not_invited(app: Flask, ines: Member, tess: Member, agency: Agency) -> None:
    with app.app_context():
        with pytest.raises(Refused, match="in this organisation already"):
            invite(agency, ines, Invited(tess.email, "", ("supervisor",)))
        with scoped_to(agency.id):
            organisations.suspend_member(agency.id, tess.id, actor=ines.id, now=NOW)
        with pytest.raises(Refused, match="in this organisation already"):
            invite(agency, ines, Invited(tess.email, "", ("supervisor",)))


@services
def test_coming_back_opens_the_row_again_with_the_day_and_the_new_roles(app: Flask, ines: Member, tess: Member, agency: Agency) -> None:
    with app.app_context():
        with scoped_to(agency.id):
            organisations.suspend_member(agency.id, tess.id, actor=ines.id, now=NOW)
            organisations.end_membership(agency.id, tess.id, actor=ines.id, now=NOW)
        later = NOW + timedelta(days=2)
        invite(agency, ines, Invited(tess.email, "", ("supervisor",)), now=later)
        accept(link(later), tess, now=later)
        found = membership(agency, tess.id)
        assert found and found.is_active and found.roles == ("supervisor",) and found.joined_on == later.date()


@services
def test_a_member_who_accepts_gets_the_role_besides_their_own(app: Flask, ines: Member, tess: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines, Invited("tess@work.example", "", ("supervisor",)))
        accept(link(), tess)
        found = membership(agency, tess.id)
        assert found and found.roles == ("trainee", "supervisor") and found.joined_on.isoformat() == "2026-09-21"


@services
def test_a_suspended_member_does_not_come_in_by_another_address(app: Flask, ines: Member, tess: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines, Invited("tess@work.example", "", ("supervisor",)))
        token = link()
        with scoped_to(agency.id):
            organisations.suspend_member(agency.id, tess.id, actor=ines.id, now=NOW)
        with pytest.raises(Refused, match="suspended in this organisation"):
            accept(token, tess)
        invitations.opened(token, now=NOW)  # not spent


@services
@pytest.mark.parametrize("who", ["tess", "sam", "rita", "ada"])
def test_only_an_administrator_of_the_organisation_invites(
    app: Flask, who: str, request: pytest.FixtureRequest, ines: Member, agency: Agency, elsewhere: Agency
) -> None:
    actor: Member = request.getfixturevalue(who)
    with app.app_context():
        invite(agency, ines)
        (known,) = open_ones(agency)
        with scoped_to(agency.id):
            for deed in (
                lambda: invitations.invite(agency.id, Invited("x@example.org", "", ("trainee",)), actor=actor.id, form_key="f", now=NOW),
                lambda: invitations.invite_all(agency.id, [KARI], actor=actor.id, form_key="f", now=NOW),
                lambda: invitations.send_again(agency.id, known.id, actor=actor.id, form_key="f", now=NOW),
                lambda: invitations.withdraw(agency.id, known.id, actor=actor.id, now=NOW),
            ):
                with pytest.raises(Missing):
                    deed()
        assert len(open_ones(agency)) == 1


@services
def test_a3_a_foreign_invitation_is_not_there(app: Flask, ines: Member, rita: Member, agency: Agency, elsewhere: Agency) -> None:
    with app.app_context():
        invite(elsewhere, rita)
        (foreign,) = open_ones(elsewhere)
        with scoped_to(agency.id):
            for id_ in (foreign.id, uuid4()):
                with pytest.raises(Missing):
                    invitations.withdraw(agency.id, id_, actor=ines.id, now=NOW)
                with pytest.raises(Missing):
                    invitations.send_again(agency.id, id_, actor=ines.id, form_key="f", now=NOW)
        assert len(open_ones(elsewhere)) == 1


@services
def test_two_organisations_invite_the_same_address(app: Flask, ines: Member, rita: Member, agency: Agency, elsewhere: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        first = link()
        invite(elsewhere, rita, key="form-2", now=NOW + timedelta(seconds=1))
        token = link()
        assert invitations.opened(token, now=NOW).organisation.slug == elsewhere.slug
        with scoped_to(elsewhere.id):
            assert invitations.standings(elsewhere.id, ["tess@example.org"], NOW) == {"tess@example.org": Standing.NEW}
        with pytest.raises(Missing):
            invitations.opened(first, now=NOW)  # `link` composed every waiting letter again


@services
def test_d5_fifty_at_once_with_one_link_make_one_member(app: Flask, ines: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        token = link()
    results = at_once(app, 50, lambda number: accept_anew(token, caller=Caller(f"192.0.2.{number}/32")))
    assert sum(isinstance(result, Accepted) for result in results) == 1
    assert sum(isinstance(result, Missing | Refused) for result in results) == 49
    with app.app_context(), scoped_to(agency.id):
        mine = Membership.organisation_id == agency.id
        assert db.session.scalar(select(func.count()).select_from(Membership).where(mine)) == 5
        assert db.session.scalar(select(func.count()).select_from(Person).where(Person.email == KARI.email)) == 1


@services
def test_many_people_with_one_link_at_once_one_comes_in(
    app: Flask, ines: Member, agency: Agency, make_person: Callable[..., Member]
) -> None:
    people = [make_person(f"p{number}@example.org") for number in range(8)]
    with app.app_context():
        invite(agency, ines)
        token = link()
    results = at_once(app, 8, lambda number: accept(token, people[number], caller=Caller(f"192.0.2.{number}/32")))
    assert sum(isinstance(result, Accepted) for result in results) == 1
    assert sum(isinstance(result, Missing) for result in results) == 7


@services
def test_d4_guessing_links_is_limited_and_right_ones_do_not_count(app: Flask, ines: Member, rita: Member, agency: Agency) -> None:
    most = guesses.LIMITS["invitation"][0].most
    with app.app_context():
        for number in range(most - 1):
            with pytest.raises(Missing):
                accept(f"guess-{number}", rita)
        for number in range(3):
            invite(
                agency, ines, Invited(f"p{number}@example.org", "", ("trainee",)), key=f"key-{number}", now=NOW + timedelta(seconds=number)
            )
            accept_anew(link(), name="P")
        with pytest.raises(Missing):
            accept("guess-last", rita)
        with pytest.raises(TooMany):
            accept("guess-one-more", rita)


@services
def test_a_list_invites_those_who_are_new(app: Flask, ines: Member, tess: Member, rita: Member, agency: Agency, elsewhere: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        people = [
            KARI,
            Invited(tess.email, "", ("trainee",)),
            Invited(rita.email, "", ("trainee",)),
            Invited("new@example.org", "N", ("supervisor",)),
        ]
        with scoped_to(agency.id):
            found = invitations.invite_all(agency.id, people, actor=ines.id, form_key="list-1", now=NOW)
            again = invitations.invite_all(agency.id, people, actor=ines.id, form_key="list-1", now=NOW)
        assert list(found.values()) == [Standing.INVITED, Standing.HERE, Standing.NEW, Standing.NEW]
        assert set(again.values()) == {Standing.INVITED, Standing.HERE}
        assert [each.email for each in open_ones(agency)] == [KARI.email, "new@example.org", rita.email]
        assert db.session.scalar(select(func.count()).select_from(Message)) == 3


@services
def test_an_ended_link_counts_as_new_in_a_list(app: Flask, ines: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines)
        link()
        later = NOW + timedelta(days=8)
        with scoped_to(agency.id):
            found = invitations.invite_all(agency.id, [KARI], actor=ines.id, form_key="list-1", now=later)
        assert found == {KARI.email: Standing.NEW}
        assert len(open_ones(agency)) == 1
        invitations.opened(link(later), now=later)


@services
def test_thousands_are_invited_with_few_statements(app: Flask, ines: Member, agency: Agency) -> None:
    people = [Invited(f"p{number}@example.org", f"Person {number}", ("trainee",)) for number in range(2000)]
    with app.app_context(), scoped_to(agency.id):
        found = invitations.invite_all(agency.id, people, actor=ines.id, form_key="list-1", now=NOW)
        assert set(found.values()) == {Standing.NEW}
        assert db.session.scalar(select(func.count()).select_from(Message)) == 2000
    with app.app_context(), everybody("a test"):
        assert db.session.scalar(select(func.count()).select_from(Invitation)) == 2000
