"""The pages of invitations: the link, the form, the list that is looked over line by line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from ceapp import clock
from ceapp.accounts.invitations.service import Invited
from tests.accounts.inviting import KARI, invite, link, open_ones
from tests.conftest import Agency, Member
from tests.harness.pages import Page, Visitor

services = pytest.mark.both_databases

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
def test_d7_a9_looking_spends_nothing(app: Flask, browser_of: Browsers, ines: Member, agency: Agency, method: str) -> None:
    with app.app_context():
        invite(agency, ines, now=clock.now())
    token = token_of(app)
    for _ in range(3):
        assert browser_of(None).client.open(f"/invitations/{token}", method=method).status_code == 200
    with app.app_context():
        assert len(open_ones(agency)) == 1


def test_d7_the_link_is_in_no_log_and_no_referer(
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
