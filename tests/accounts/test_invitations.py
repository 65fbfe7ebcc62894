"""Invitations: who may ask whom, the link, coming in with an account or with a new one, lists of people."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp import clock
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
from ceapp.keys import current_keys
from ceapp.mail.letters import Letter, composer
from ceapp.mail.models import Message
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Agency, Member
from tests.harness.pages import Page, Visitor

services = pytest.mark.both_databases

CALLER = Caller("192.0.2.1/32")
KARI = Invited("kari@example.org", "Kari Nordmann", ("trainee",))


def invite(agency: Agency, actor: Member, person: Invited = KARI, key: str = "form-1", **changes: Any) -> None:
    with scoped_to(agency.id):
        invitations.invite(agency.id, person, actor=actor.id, form_key=key, **{"now": NOW, **changes})


def letters(now: Any = NOW) -> list[Letter]:
    """Every letter that would be sent now, composed as the sender does."""
    messages = db.session.scalars(select(Message).where(Message.letter == "invitation").order_by(Message.queued_at, Message.id)).all()
    keys = current_keys()
    composed = [composer("invitation")(each, json.loads(keys.unseal(each.key_id, each.values)), now) for each in messages]
    return [letter for letter in composed if letter]


def link(now: Any = NOW) -> str:
    """The token in the newest letter."""
    return letters(now)[-1].text.split("/invitations/")[1].split()[0]


def accept_anew(token: str, **changes: Any) -> Accepted:
    values = {"name": "Kari Nordmann", "time_zone": "Europe/Oslo", "makes_accounts": True, "caller": CALLER, "now": NOW, **changes}
    return invitations.accept_anew(token, **values)


def accept(token: str, person: Member, **changes: Any) -> Accepted:
    return invitations.accept(token, person.id, **{"caller": CALLER, "now": NOW, **changes})


def membership(agency: Agency, person_id: UUID) -> Membership | None:
    with scoped_to(agency.id):
        db.session.expire_all()
        return db.session.scalar(select(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == person_id))


def open_ones(agency: Agency) -> list[Invitation]:
    with scoped_to(agency.id):
        mine = (Invitation.organisation_id == agency.id, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
        return list(
            db.session.scalars(select(Invitation).where(*mine).order_by(Invitation.email).execution_options(populate_existing=True))
        )


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
def test_a_newer_letter_replaces_the_link_before(app: Flask, ines: Member, agency: Agency) -> None:
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
def test_a_link_works_until_the_end_of_its_seven_days(app: Flask, ines: Member, rita: Member, agency: Agency) -> None:
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
def test_fifty_at_once_with_one_link_make_one_member(app: Flask, ines: Member, agency: Agency) -> None:
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


# Pages

Visit = Callable[..., Page]
Browsers = Callable[[Member | None], Visitor]


def token_of(app: Flask) -> str:
    with app.app_context():
        return link(clock.now())


def test_from_the_letter_to_the_organisation_without_an_account(
    app: Flask, visit: Visit, browser_of: Browsers, ines: Member, agency: Agency
) -> None:
    asked = visit("/organisations/harbour/invitations", ines).follow("Invite somebody")
    listed = asked.submit("Invite", email="Kari@Example.org", name="Kari Nordmann", roles=["trainee", "supervisor"])
    assert "kari@example.org is invited." in listed.text and "Letter waits to be sent" in listed.text
    token = token_of(app)
    assert "Works until" in visit("/organisations/harbour/invitations", ines).text
    page = visit(f"/invitations/{token}")
    assert page.h1 == "Invitation to Harbour Clinic"
    assert "as trainee and supervisor" in page.text
    assert page.form("/invitations/").values("name") == ["Kari Nordmann"]
    done = page.submit("Accept", name="Kari N.")
    assert done.address.endswith("/organisations/harbour") and "You are in." in done.text
    assert visit(f"/invitations/{token}", status=404).h1 == "There is no such page"


def test_with_an_account_one_signs_in_first_or_takes_another(
    app: Flask, visit: Visit, ines: Member, rita: Member, tess: Member, agency: Agency
) -> None:
    with app.app_context():
        invite(agency, ines, Invited(rita.email, "", ("trainee",)), now=clock.now())
    token = token_of(app)
    page = visit(f"/invitations/{token}")
    assert f"next=/invitations/{token}" in page.link("Sign in to accept").replace("%2F", "/")
    assert rita.email not in page.html
    done = visit(f"/invitations/{token}", rita).submit("Accept as rita@example.org")
    assert done.h1 == "Harbour Clinic"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a9_looking_spends_nothing(app: Flask, browser_of: Browsers, ines: Member, agency: Agency, method: str) -> None:
    with app.app_context():
        invite(agency, ines, now=clock.now())
    token = token_of(app)
    for _ in range(3):
        assert browser_of(None).client.open(f"/invitations/{token}", method=method).status_code == 200
    with app.app_context():
        assert len(open_ones(agency)) == 1


def test_the_link_is_in_no_log_and_no_referer(
    app: Flask, visit: Visit, ines: Member, agency: Agency, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with app.app_context():
        invite(agency, ines, now=clock.now())
    token = token_of(app)
    page = visit(f"/invitations/{token}")
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    page.submit("Accept", name="Kari")
    visit(f"/invitations/{token}", status=404)
    assert token not in caplog.text


def test_wrong_and_used_links_answer_alike(app: Flask, visit: Visit, ines: Member, rita: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines, now=clock.now())
    token = token_of(app)
    visit(f"/invitations/{token}").submit("Accept", name="Kari")
    pages = [visit(f"/invitations/{each}", rita, status=404) for each in (token, "x" * 43, "a b")]
    assert len({page.text for page in pages}) == 1


class TestClosed:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"sign_up": "closed"}

    def test_a_closed_server_says_so_and_makes_no_account(self, app: Flask, visit: Visit, ines: Member, agency: Agency) -> None:
        with app.app_context():
            invite(agency, ines, now=clock.now())
        page = visit(f"/invitations/{token_of(app)}")
        assert "makes no new accounts" in page.text
        assert not page.select("//main//form")


def test_a_refused_invitation_keeps_what_was_typed(visit: Visit, ines: Member, tess: Member, agency: Agency) -> None:
    page = visit("/organisations/harbour/invitations/new", ines)
    for changes, said in (
        ({"email": "kari"}, "not a whole e-mail address"),
        ({"roles": []}, "Tick at least one role"),
        ({"roles": ["owner"]}, "owner"),
        ({"name": "=1+1"}, "like a formula"),
        ({"email": tess.email}, "in this organisation already"),
    ):
        typed = {"email": "kari@example.org", "name": "Kari", "roles": ["trainee"], **changes}
        refused = page.submit("Invite", status=422, **typed)
        assert said in refused.text
        assert refused.form().values("email") == [typed["email"]]


def test_withdrawing_and_sending_again(app: Flask, visit: Visit, ines: Member, agency: Agency) -> None:
    with app.app_context():
        invite(agency, ines, now=clock.now())
    first = token_of(app)
    listed = visit("/organisations/harbour/invitations", ines).submit("Send again to kari@example.org")
    assert "A new link goes to kari@example.org" in listed.text
    visit(f"/invitations/{first}", status=404)
    second = token_of(app)
    visit(f"/invitations/{second}")
    gone = listed.submit("Withdraw the invitation of kari@example.org")
    assert "No invitation is open" in gone.text
    visit(f"/invitations/{second}", status=404)


def test_a3_pages_of_a_foreign_invitation(
    app: Flask, visit: Visit, browser_of: Browsers, ines: Member, rita: Member, agency: Agency, elsewhere: Agency
) -> None:
    with app.app_context():
        invite(elsewhere, rita)
        (foreign,) = open_ones(elsewhere)
    assert KARI.email not in visit("/organisations/harbour/invitations", ines).html
    token = visit("/organisations/harbour/settings", ines).form().values("csrf_token")[0]
    for id_ in (foreign.id, uuid4()):
        for deed in ("sending", "withdrawal"):
            data = {"csrf_token": token, "key": "k" * 24}
            browser_of(ines).post(f"/organisations/harbour/invitations/{id_}/{deed}", data, status=404)
    with app.app_context():
        assert len(open_ones(elsewhere)) == 1


LIST = """email;name;roles
kari@example.org;Kari Nordmann;trainee
tess@example.org;Tess;trainee
rita@example.org;;supervisor trainee
nobody;;trainee
omar@work.example;=1+1;trainee
Kari@example.org;;trainee
"""


def test_a_list_is_looked_over_before_anything_is_written(
    app: Flask, visit: Visit, ines: Member, agency: Agency, elsewhere: Agency
) -> None:
    page = visit("/organisations/harbour/members", ines).follow("Invite from a list")
    review = page.submit("Look it over", text=LIST, status=200)
    assert "2 new 1 in this organisation already 0 invited already 3 refused" in review.text
    for line in (
        "2 New: will be invited kari@example.org Kari Nordmann trainee",
        "3 In this organisation already tess@example.org",
        "4 New: will be invited rita@example.org",  # she has an account elsewhere: nobody learns it here
        "5 Refused: This is not a whole e-mail address.",
        "6 Refused: The name begins like a formula",
        "7 Refused: This address is in line 2 already.",
    ):
        assert line in review.text
    with app.app_context():
        assert open_ones(agency) == []
    done = review.submit("Invite 2 people")
    assert "2 invited" in done.text
    with app.app_context():
        assert [(each.email, each.name, each.roles) for each in open_ones(agency)] == [
            ("kari@example.org", "Kari Nordmann", ("trainee",)),
            ("rita@example.org", "", ("trainee", "supervisor")),
        ]
    again = page.submit("Look it over", text=LIST, status=200)
    assert "0 new 1 in this organisation already 2 invited already 3 refused" in again.text
    twice = review.submit("Invite 2 people")
    assert "0 invited" in twice.text and "kari@example.org is invited already" in twice.text


@pytest.mark.parametrize("data", [LIST.encode("utf-8-sig"), LIST.replace("Kari N", "Zoë N").encode("cp1252")])
def test_a_file_is_read(visit: Visit, ines: Member, agency: Agency, data: bytes) -> None:
    page = visit("/organisations/harbour/members/import", ines)
    review = page.submit("Look it over", file=(BytesIO(data), "people.csv"), status=200)
    assert "3 refused" in review.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": ""}, "Choose a file or paste a list"),
        ({"text": "email,name,role"}, "no line with a person"),
        ({"text": "a\n" * 2001}, "more than 2000 lines"),
        ({"file": (b"PK\x03\x04\x00", "people.xlsx")}, "not text"),
    ],
    ids=["empty", "header", "long", "binary"],
)
def test_lists_that_cannot_be_read(visit: Visit, ines: Member, agency: Agency, fields: dict[str, Any], said: str) -> None:
    posted = {name: (BytesIO(value[0]), value[1]) if name == "file" else value for name, value in fields.items()}
    assert said in visit("/organisations/harbour/members/import", ines).submit("Look it over", status=422, **posted).text


def test_a_list_of_the_largest_size_goes_through(app: Flask, visit: Visit, ines: Member, agency: Agency) -> None:
    rows = "\n".join(
        f"person-{number:04}@{'x' * 40}.example.org,{'N' * 100} {number},trainee supervisor administrator" for number in range(2000)
    )
    page = visit("/organisations/harbour/members/import", ines)
    review = page.submit("Look it over", file=(BytesIO(rows.encode()), "people.csv"), status=200)
    assert "2000 new" in review.text
    assert "2000 invited" in review.submit("Invite 2000 people").text


def test_a_forged_list_is_read_again(app: Flask, visit: Visit, browser_of: Browsers, ines: Member, tess: Member, agency: Agency) -> None:
    review = visit("/organisations/harbour/members/import", ines).submit("Look it over", text="a@example.org,,trainee", status=200)
    forged = review.form("import/invitations").filled(
        people="email,name,roles\ntess@example.org,,administrator\nx,,trainee\nb@example.org,=1,trainee"
    )
    browser_of(ines).post("/organisations/harbour/members/import/invitations", forged)
    with app.app_context():
        assert open_ones(agency) == []
