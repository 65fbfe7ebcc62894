"""The pages of accounts, through the strict client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.accounts import passwords, set_up
from ceapp.accounts.models import Person, SignIn
from ceapp.accounts.tokens import token_hash
from ceapp.database import db
from tests.conftest import PASSWORD, Member
from tests.harness.pages import Page, Visitor

NEW_PASSWORD = "seven lanterns on gravel"
Browser = Callable[[Member | None], Visitor]


@pytest.fixture
def nobody(browser_of: Browser) -> Visitor:
    return browser_of(None)


@pytest.fixture
def tess(make_person: Callable[..., Member]) -> Member:
    return make_person("tess@example.org", "Tess Adeyemi", password_hash=passwords.hash_password(PASSWORD))


def sign_in(browser: Visitor, *, status: int = 303, follow: bool = False, **fields: Any) -> Page:
    values = {"email": "tess@example.org", "password": PASSWORD, **fields}
    return browser.get("/account/sign-in").submit("Sign in", status=status, follow=follow, **values)


def cookies_of(page: Page) -> dict[str, str]:
    return {header.partition("=")[0]: header for header in page.response.headers.getlist("Set-Cookie")}


def test_signing_up_leads_to_an_account(app: Flask, nobody: Visitor) -> None:
    form = nobody.get("/account/sign-up")
    form.submit("Create account", email=" New@Example.org", password=PASSWORD, again=PASSWORD, time_zone="Europe/Berlin", follow=False)
    page = nobody.get("/account")
    assert "new@example.org" in page.text
    assert page.form("/account").values("time_zone") == ["Europe/Berlin"]


def test_without_a_script_the_time_zone_is_asked_later(app: Flask, nobody: Visitor) -> None:
    nobody.get("/account/sign-up").submit("Create account", email="new@example.org", password=PASSWORD, again=PASSWORD, follow=False)
    page = nobody.get("/account/name?next=/courses")
    assert page.h1 == "Your name on the certificate"
    assert page.form().values("time_zone") == [""]
    refused = page.submit("Save and go on", status=422, name="New Person")
    assert refused.form().values("name") == ["New Person"]
    done = refused.submit("Save and go on", name="New Person", time_zone="America/Chicago", follow=False)
    assert done.response.headers["Location"] == "/courses"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "tess"}, "not a whole e-mail address"),
        ({"email": ""}, "Write your e-mail address."),
        ({"password": "short", "again": "short"}, "needs at least 15"),
        ({"password": "passwordpassword", "again": "passwordpassword"}, "first that would be guessed"),
        ({"again": "something else altogether"}, "not the same"),
        ({"email": "tess@example.org"}, "We could not create an account with these details."),
    ],
)
def test_a_refused_sign_up_keeps_the_address_and_no_password(nobody: Visitor, tess: Member, changes: dict[str, str], sentence: str) -> None:
    fields = {"email": "new@example.org", "password": PASSWORD, "again": PASSWORD, **changes}
    page = nobody.get("/account/sign-up").submit("Create account", status=422, **fields)
    assert sentence in page.text
    assert page.form("/account/sign-up").values("email") == [fields["email"]]
    assert PASSWORD not in page.html
    assert not set(cookies_of(page)) - {"ceapp-form"}


def test_password_managers_know_the_fields(nobody: Visitor, browser_of: Browser, tess: Member) -> None:
    def hints(page: Page) -> list[str]:
        return page.select("//main//input[@autocomplete]/@autocomplete")

    assert hints(nobody.get("/account/sign-in")) == ["username", "current-password"]
    assert hints(nobody.get("/account/sign-up")) == ["username", "new-password", "new-password"]
    assert hints(browser_of(tess).get("/account/password")) == ["username", "current-password", "new-password", "new-password"]


def test_e5_signing_in_leads_back_to_the_page_that_was_wanted(nobody: Visitor, tess: Member) -> None:
    asked = nobody.get("/account/password?from=home", status=303)
    address = asked.response.headers["Location"]
    assert address == "/account/sign-in?next=/account/password?from%3Dhome"
    page = nobody.get(address).submit("Sign in", email="TESS@example.org ", password=PASSWORD, follow=False)
    assert page.response.headers["Location"] == "/account/password?from=home"


@pytest.mark.parametrize("wanted", ["//evil.example", "/%5Cevil.example", "https:evil.example", "/%09/evil.example", "javascript:alert(1)"])
def test_e5_signing_in_never_leads_elsewhere(nobody: Visitor, tess: Member, wanted: str) -> None:
    form = nobody.get(f"/account/sign-in?next={wanted}")
    page = form.submit("Sign in", email="tess@example.org", password=PASSWORD, follow=False)
    assert page.response.headers["Location"] == "/"


def test_d3_unknown_address_and_wrong_password_get_the_same_answer(nobody: Visitor, tess: Member) -> None:
    answers = []
    for email in ("tess@example.org", "nora@example.org"):
        page = sign_in(nobody, status=422, email=email, password="wrong password here")
        headers = {name for name, _ in page.response.headers}
        answers.append((page.text, page.status, headers, len(page.html), set(cookies_of(page))))
    assert answers[0] == answers[1]
    assert "The e-mail address or the password is not right." in answers[0][0]


def test_d4_too_many_guesses_are_refused_with_the_form_still_there(nobody: Visitor, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "verify", lambda _stored, _password: False)
    for _ in range(10):
        sign_in(nobody, status=422)
    page = sign_in(nobody, status=429)
    assert "Try again in" in page.text
    assert 0 < int(page.response.headers["Retry-After"]) <= 900
    assert page.form("/account/sign-in").values("email") == ["tess@example.org"]


def test_d4_a_browser_that_was_signed_in_before_is_not_kept_out_by_strangers(app: Flask, nobody: Visitor, tess: Member) -> None:
    own = Visitor(app, app.test_client())
    sign_in(own)
    own.get("/account").submit("Sign out", follow=False)
    for _ in range(10):
        sign_in(nobody, status=422, password="wrong password here")
    sign_in(nobody, status=429)
    sign_in(own)


def test_d8_signing_in_renews_the_token_and_the_seal_of_forms(app: Flask, nobody: Visitor, tess: Member) -> None:
    form = nobody.get("/account/sign-in").form("/account/sign-in")
    fields = form.filled(email="tess@example.org", password=PASSWORD)
    first = nobody.post(form.action, fields, follow=False)
    nobody.post("/account/sign-in", fields, status=403)
    name = app.config["SIGN_IN_COOKIE_NAME"]
    token = nobody.client.get_cookie(name).value
    second = nobody.get("/account/password").submit("Change password", follow=False, current=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert nobody.client.get_cookie(name).value != token
    assert name in cookies_of(first) and name in cookies_of(second)
    nobody.client.set_cookie(name, token)
    nobody.get("/account", status=303)


def test_d8_signing_in_again_ends_the_browsers_earlier_sign_in(app: Flask, browser_of: Browser, tess: Member) -> None:
    browser = browser_of(tess)
    csrf = browser.get("/account").form("/account").values("csrf_token")
    browser.post("/account/sign-in", {"email": "tess@example.org", "password": PASSWORD, "csrf_token": csrf}, follow=False)
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(SignIn.token_hash == token_hash(tess.token))) == 0


def test_d9_cookies_are_out_of_reach_of_scripts_and_of_other_sites(nobody: Visitor, tess: Member) -> None:
    cookies = cookies_of(sign_in(nobody))
    assert {"ceapp", "ceapp-known"} <= set(cookies)
    for cookie in cookies.values():
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie and len(cookie) < 300


class TestHttps:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"base_url": "https://ce.example.org"}

    def test_d9_with_https_every_cookie_is_secure_and_bound_to_the_host(self, app: Flask, tess: Member) -> None:
        client = app.test_client()
        options = {"base_url": "https://ce.example.org"}
        browser = Visitor(app, client)
        form = browser.get("/account/sign-in", **options).form("/account/sign-in")
        page = browser.post(form.action, form.filled(email="tess@example.org", password=PASSWORD), follow=False, **options)
        cookies = cookies_of(page)
        assert {"__Host-ceapp", "__Host-ceapp-known"} <= set(cookies)
        for name, cookie in cookies.items():
            assert name.startswith("__Host-") and "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie


def test_e6_signing_out_ends_the_row_and_clears_the_browser(app: Flask, browser_of: Browser, tess: Member) -> None:
    browser = browser_of(tess)
    page = browser.get("/account").submit("Sign out", follow=False)
    assert page.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.client.get_cookie("ceapp") is None
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignIn)) == 0
    assert "You are signed out." in browser.get(page.response.headers["Location"]).text
    browser.get("/account", status=303)


def test_signing_out_twice_is_no_error(browser_of: Browser, tess: Member) -> None:
    browser = browser_of(tess)
    page = browser.get("/account")
    page.submit("Sign out", follow=False)
    csrf = browser.get("/account/sign-in").form().values("csrf_token")
    browser.post("/account/sign-out", {"csrf_token": csrf}, follow=False)


def test_d8_a_password_change_signs_every_other_browser_out(app: Flask, browser_of: Browser, tess: Member) -> None:
    other = Visitor(app, app.test_client())
    sign_in(other)
    page = browser_of(tess).get("/account/password")
    done = page.submit("Change password", current=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert "signed out everywhere else" in done.text
    other.get("/account", status=303)
    sign_in(other, status=422)
    sign_in(other, password=NEW_PASSWORD)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"current": "wrong password here"}, "The current password is not right."),
        ({"new": "Tess Adeyemi Tess", "again": "Tess Adeyemi Tess"}, "first that would be guessed"),
        ({"again": "something else"}, "not the same"),
    ],
)
def test_a_refused_change_of_password_says_why(browser_of: Browser, tess: Member, changes: dict[str, str], sentence: str) -> None:
    fields = {"current": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD, **changes}
    page = browser_of(tess).get("/account/password").submit("Change password", status=422, **fields)
    assert sentence in page.text
    assert not [secret for secret in fields.values() if f'value="{secret}"' in page.html]


def test_the_profile_keeps_name_and_zone(browser_of: Browser, tess: Member) -> None:
    page = browser_of(tess).get("/account").submit("Save", name="  Tess\u202e  O’Adeyemi ", time_zone="Asia/Kolkata")
    assert "Your profile is saved." in page.text
    assert page.form("/account").values("name") == ["Tess O’Adeyemi"]
    assert page.form("/account").values("time_zone") == ["Asia/Kolkata"]


@pytest.mark.parametrize(
    ("name", "zone", "sentence"),
    [
        ("12", "UTC", "at least one letter"),
        ("a" * 121, "UTC", "at most 120"),
        ("Tess", "Mars/Olympus", "Not a valid choice"),
        ("Tess", "", "Choose your time zone."),
    ],
)
def test_a_refused_profile_keeps_what_was_typed(browser_of: Browser, tess: Member, name: str, zone: str, sentence: str) -> None:
    page = browser_of(tess).get("/account").submit("Save", status=422, name=name, time_zone=zone)
    assert sentence in page.text
    assert page.form("/account").values("name") == [name]


def test_a7_extra_fields_change_nothing(app: Flask, browser_of: Browser, tess: Member) -> None:
    browser = browser_of(tess)
    form = browser.get("/account").form("/account")
    browser.post(
        "/account",
        {**form.filled(name="Tess"), "is_administrator": "1", "email": "x@example.org", "id": "1", "suspended_at": ""},
        follow=False,
    )
    with app.app_context():
        person = db.session.get_one(Person, tess.id)
        assert (person.name, person.is_administrator, person.email) == ("Tess", False, "tess@example.org")


@pytest.mark.parametrize(
    "address", ["/account", "/account/name", "/account/password", "/account/sign-out", "/account/sign-in", "/account/sign-up", "/set-up/x"]
)
def test_d10_no_form_is_taken_without_its_seal(app: Flask, browser_of: Browser, tess: Member, address: str) -> None:
    browser = browser_of(tess)
    browser.get("/account")
    for data in ({}, {"csrf_token": "forged"}):
        browser.post(address, {"name": "Eve", "time_zone": "UTC", **data}, status=403)
    browser.get("/account")
    with app.app_context():
        assert db.session.get_one(Person, tess.id).name == "Tess Adeyemi"


def test_d10_another_sign_ins_seal_is_refused(app: Flask, browser_of: Browser, tess: Member, omar: Member) -> None:
    foreign = browser_of(omar).get("/account").form("/account").values("csrf_token")
    browser = browser_of(tess)
    browser.get("/account")
    browser.post("/account", {"name": "Eve", "time_zone": "UTC", "csrf_token": foreign}, status=403)


def test_d14_the_link_makes_the_first_administrator(app: Flask, nobody: Visitor) -> None:
    with app.app_context():
        token = set_up.issue_set_up_link(now=datetime.now(UTC))
    for _ in range(3):
        nobody.client.head(f"/set-up/{token}")
        page = nobody.get(f"/set-up/{token}")
    fields = {"name": "Ada Lindqvist", "email": "ada@example.org", "password": PASSWORD, "again": PASSWORD}
    refused = page.submit("Become the administrator", status=422, **{**fields, "again": "x"})
    assert refused.form().values("name") == ["Ada Lindqvist"]
    refused.submit("Become the administrator", follow=False, **fields)
    with app.app_context():
        assert db.session.scalars(select(Person.email).where(Person.is_administrator)).all() == ["ada@example.org"]
    assert "ada@example.org" in nobody.get("/account").text
    gone = nobody.get(f"/set-up/{token}", status=404)
    assert "ceapp person set-up-link" in gone.text


def test_a_signed_in_person_is_not_asked_again(browser_of: Browser, tess: Member) -> None:
    for address in ("/account/sign-in?next=/courses", "/account/sign-up?next=/courses"):
        assert browser_of(tess).get(address, status=303).response.headers["Location"] == "/courses"


def test_h2_no_secret_reaches_the_log(
    app: Flask, nobody: Visitor, tess: Member, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level("DEBUG"):
        sign_in(nobody)
        token = nobody.client.get_cookie("ceapp").value
        form = nobody.get("/account/password").form("/account/password")

        def broken(*_args: object, **_options: object) -> str:
            raise RuntimeError(f"{PASSWORD} {token}")

        monkeypatch.setattr(passwords, "hash_password", broken)
        nobody.post("/account/password", form.filled(current=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD), status=500)
    for secret in (PASSWORD, NEW_PASSWORD, token, token_hash(token), "tess@example.org"):
        assert secret not in caplog.text
