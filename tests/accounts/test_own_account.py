"""Proofs, passwords, the address, the signed-in browsers: services on both databases, pages through the strict client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ceapp.accounts import email_changes, own_passwords, passwords, service, sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.mailed_codes import CodeEnded, WrongCode
from ceapp.accounts.models import MailedCode, Person, SignIn
from ceapp.accounts.tokens import token_hash
from ceapp.audit.models import AuditEntry
from ceapp.database import db, transaction
from ceapp.errors import Refused
from tests.accounts.parallel import at_once
from tests.conftest import NOW, PASSWORD, Member
from tests.harness.letters import letters, newest_code
from tests.harness.pages import Page, Visitor

Browser = Callable[[Member | None], Visitor]
HERE = Caller("192.0.2.1/32")
NEW_PASSWORD = "seven lanterns on gravel"
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"mail_url": "smtp://127.0.0.1:9", "mail_from": "CE office <ce@example.org>", "contact": "help@harbour.example"}


@pytest.fixture
def tess(make_person: Callable[..., Member]) -> Member:
    confirmed = datetime(2026, 10, 1, tzinfo=UTC)
    return make_person("tess@example.org", "Tess Adeyemi", password_hash=passwords.hash_password(PASSWORD), email_confirmed_at=confirmed)


@pytest.fixture
def nell(make_person: Callable[..., Member]) -> Member:
    """Has no password."""
    return make_person("nell@example.org", "Nell Abara", email_confirmed_at=datetime(2026, 10, 1, tzinfo=UTC))


def now() -> datetime:
    return datetime.now(UTC)


def let_proof_grow_old(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(proved_at=now() - timedelta(minutes=15)))


def deeds() -> list[str]:
    return sorted(db.session.scalars(select(AuditEntry.deed)))


def open_sign_ins(person: Member) -> list[str]:
    return list(db.session.scalars(select(SignIn.token_hash).where(SignIn.person_id == person.id)))


# Proofs


@pytest.mark.parametrize("address", ["/account/email"])
def test_d12_an_old_proof_is_asked_for_again(app: Flask, browser_of: Browser, tess: Member, address: str) -> None:
    browser = browser_of(tess)
    form = browser.get(address).form(address)
    let_proof_grow_old(app)
    assert browser.get(address, status=303).response.headers["Location"] == f"/account/prove?next={address}"
    refused = browser.post(form.action, form.filled(email="new@example.org"), status=403)
    assert "Confirm that it is you" in refused.text
    page = browser.get(f"/account/prove?next={address}")
    assert "This is not your password" in page.submit("Confirm", password="wrong password here", status=422).text
    assert page.submit("Confirm", password=PASSWORD, follow=False).response.headers["Location"] == address
    browser.post(form.action, form.filled(email="new@example.org"), follow=False)  # The form that was open goes through now.


def test_d12_a_mailed_code_proves_too(app: Flask, browser_of: Browser, tess: Member) -> None:
    let_proof_grow_old(app)
    browser = browser_of(tess)
    page = browser.get("/account/prove?next=/account/email").submit("Mail me a code")
    assert page.h1 == "Type the code" and "tess@example.org" in page.text
    code = newest_code(app, now())
    assert "4 tries are left" in page.submit("Confirm", code=f"{(int(code) + 1) % 10**6:06d}", status=422).text
    assert page.submit("Confirm", code=code).h1 == "Change your e-mail address"


def test_a_proof_leads_only_to_our_own_pages(browser_of: Browser, tess: Member) -> None:
    page = browser_of(tess).get("/account/prove?next=//evil.example")
    assert page.submit("Confirm", password=PASSWORD, follow=False).response.headers["Location"] == "/account"


def test_who_has_no_password_proves_by_code_only(browser_of: Browser, nell: Member) -> None:
    page = browser_of(nell).get("/account/prove")
    assert not page.select("//input[@name='password']")
    seal = page.form("/account/prove").values("csrf_token")
    browser_of(nell).post("/account/prove", {"csrf_token": seal, "password": "x"}, status=422)


def test_a_code_of_somebody_else_leads_back(app: Flask, browser_of: Browser, tess: Member, nell: Member) -> None:
    browser = browser_of(tess)
    browser.get("/account/prove").submit("Mail me a code", follow=False)
    secret = browser.client.get_cookie("ceapp-code-prove").value
    other = browser_of(nell)
    other.client.set_cookie("ceapp-code-prove", secret)
    assert other.get("/account/prove/code", status=303).response.headers["Location"].startswith("/account/prove?")
    assert other.get("/account/email/code", status=303).response.headers["Location"] == "/account/email"


# Passwords


@pytest.mark.both_databases
def test_d12_setting_a_password_needs_a_fresh_proof(app: Flask, nell: Member) -> None:
    with app.app_context():
        here, elsewhere = sign_ins.begin(nell.id, now=NOW), sign_ins.begin(nell.id, now=NOW - timedelta(minutes=16))
        for token in (elsewhere, None, "made up"):
            with pytest.raises(Refused, match="last 15 minutes"):
                own_passwords.set_own_password(nell.id, token, NEW_PASSWORD, now=NOW)
        token = own_passwords.set_own_password(nell.id, here, NEW_PASSWORD, now=LATER)
        assert open_sign_ins(nell) == [token_hash(token)]
        assert service.sign_in("nell@example.org", NEW_PASSWORD, caller=HERE, now=LATER)
        assert deeds() == ["person.password-changed", "person.signed-in"]


@pytest.mark.both_databases
def test_removing_a_password_needs_a_confirmed_address(app: Flask, tess: Member) -> None:
    with app.app_context():
        here = sign_ins.begin(tess.id, now=NOW)
        with transaction() as session:
            session.execute(update(Person).values(email_confirmed_at=None))
        with pytest.raises(Refused, match="lose your way in"):
            own_passwords.remove_password(tess.id, here, now=NOW)
        with transaction() as session:
            session.execute(update(Person).values(email_confirmed_at=NOW))
        own_passwords.remove_password(tess.id, here, now=NOW)
        with pytest.raises(Refused, match="not right"):
            service.sign_in("tess@example.org", PASSWORD, caller=HERE, now=NOW)
        with pytest.raises(Refused):
            service.sign_in("tess@example.org", "", caller=HERE, now=NOW)


def test_who_has_no_password_may_set_one(app: Flask, browser_of: Browser, nell: Member) -> None:
    page = browser_of(nell).get("/account").follow("Set a password")
    assert page.h1 == "Set a password" and not page.select("//input[@name='current']")
    assert "Your password is set" in page.submit("Set password", new=NEW_PASSWORD, again=NEW_PASSWORD).text
    (notice,) = letters(app, now())
    assert notice.subject == "Your password was set" and "help@harbour.example" in notice.text


def test_without_a_password_an_old_proof_is_asked_for(app: Flask, browser_of: Browser, nell: Member) -> None:
    page = browser_of(nell).get("/account/password")
    let_proof_grow_old(app)
    assert browser_of(nell).get("/account/password", status=303).response.headers["Location"] == "/account/prove?next=/account/password"
    refused = page.submit("Set password", new=NEW_PASSWORD, again=NEW_PASSWORD, status=422)
    assert "in the last 15 minutes" in refused.text
    assert letters(app, now()) == []


def test_a_fresh_sign_in_by_password_does_not_stand_in_for_the_current_one(browser_of: Browser, tess: Member) -> None:
    browser = browser_of(tess)
    browser.get("/account/prove").submit("Confirm", password=PASSWORD, follow=False)
    page = browser.get("/account/password")
    assert page.select("//input[@name='current']")
    refused = page.submit("Change password", new=NEW_PASSWORD, again=NEW_PASSWORD, status=422)
    assert "Type the password that you have now." in refused.text


def test_a_proof_by_code_stands_in_for_it_in_that_sign_in_only(app: Flask, browser_of: Browser, tess: Member, nell: Member) -> None:
    browser = browser_of(tess)
    page = browser.get("/account/password").follow("Confirm with a mailed code that it is you").submit("Mail me a code")
    page = page.submit("Confirm", code=newest_code(app, now()))
    assert page.h1 == "Change your password" and not page.select("//input[@name='current']")
    with app.app_context():
        other = sign_ins.begin(tess.id, now=now())
    browser.client.set_cookie(app.config["SIGN_IN_COOKIE_NAME"], other)  # The signed cookie of another sign-in opens nothing.
    assert browser.get("/account/password").select("//input[@name='current']")


def test_removing_the_password(app: Flask, browser_of: Browser, tess: Member) -> None:
    page = browser_of(tess).get("/account/password")
    done = page.submit("Remove my password")
    assert "sign in with a mailed code" in done.text and "or with your password" not in done.text
    (notice,) = letters(app, now())
    assert "was removed" in notice.text
    assert not browser_of(tess).get("/account/password").select("//button[text()='Remove my password']")


def test_d12_a_change_is_told_by_mail_and_ends_pending_codes(app: Flask, browser_of: Browser, tess: Member) -> None:
    Visitor(app, app.test_client()).get("/account/sign-in").submit("Mail me a code", email="tess@example.org", follow=False)
    page = browser_of(tess).get("/account/password")
    page.submit("Change password", current=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD, follow=False)
    (notice,) = letters(app, now())  # The code is not mailed any more.
    assert (notice.to, notice.subject) == ("tess@example.org", "Your password was changed")
    assert "http://127.0.0.1:8000/account/sign-in" in notice.text


# The address


def change(app: Flask, person: Member, email: str = "new@example.org") -> tuple[str, str, str]:
    """Ask for the change; the token of the sign-in, the browser's secret and the code."""
    with app.app_context():
        here = sign_ins.begin(person.id, now=NOW)
        secret = email_changes.ask_to_change_email(person.id, here, email, caller=HERE, now=NOW)
    return here, secret, newest_code(app, NOW)


@pytest.mark.both_databases
def test_d12_the_code_from_the_new_address_changes_it(app: Flask, tess: Member) -> None:
    here, secret, code = change(app, tess)
    with app.app_context():
        with pytest.raises(WrongCode):
            email_changes.change_email(tess.id, here, secret, f"{(int(code) + 1) % 10**6:06d}", caller=HERE, now=LATER)
        token = email_changes.change_email(tess.id, here, secret, code, caller=HERE, now=LATER)
        person = db.session.get_one(Person, tess.id)
        assert (person.email, person.email_confirmed_at) == ("new@example.org", LATER)
        assert open_sign_ins(tess) == [token_hash(token)]
        assert deeds() == ["person.email-changed"]
        with pytest.raises(CodeEnded):
            email_changes.change_email(tess.id, here, secret, code, caller=HERE, now=LATER)
    (notice,) = letters(app, LATER)
    assert notice.to == "tess@example.org"
    assert "new@example.org" not in notice.text and "help@harbour.example" in notice.text and "20 November 2026, 10:01" in notice.text


@pytest.mark.both_databases
def test_d12_asking_needs_a_fresh_proof(app: Flask, tess: Member) -> None:
    with app.app_context():
        stale = sign_ins.begin(tess.id, now=NOW - timedelta(minutes=15))
        for token in (stale, None):
            with pytest.raises(Refused, match="last 15 minutes"):
                email_changes.ask_to_change_email(tess.id, token, "new@example.org", caller=HERE, now=NOW)
        assert db.session.scalar(select(func.count()).select_from(MailedCode)) == 0


@pytest.mark.both_databases
def test_d3_an_address_that_has_an_account_gets_a_letter_and_no_code(app: Flask, tess: Member, omar: Member) -> None:
    with app.app_context():
        here = sign_ins.begin(tess.id, now=NOW)
        secret = email_changes.ask_to_change_email(tess.id, here, omar.email, caller=HERE, now=NOW)
    (letter,) = letters(app, NOW)
    assert letter.to == omar.email and letter.subject == "Somebody wanted to use this address" and tess.email not in letter.text
    with app.app_context():
        with pytest.raises(WrongCode, match="4 tries are left"):
            email_changes.change_email(tess.id, here, secret, "000000", caller=HERE, now=LATER)
        assert db.session.get_one(Person, tess.id).email == "tess@example.org"


@pytest.mark.both_databases
def test_an_address_that_was_taken_meanwhile_is_refused(app: Flask, tess: Member, make_person: Callable[..., Member]) -> None:
    here, secret, code = change(app, tess)
    make_person("new@example.org")
    with app.app_context():
        with pytest.raises(CodeEnded):
            email_changes.change_email(tess.id, here, secret, code, caller=HERE, now=LATER)
        assert db.session.get_one(Person, tess.id).email == "tess@example.org"
    assert [letter.to for letter in letters(app, LATER)] == ["new@example.org"]  # No notice of what did not happen.


@pytest.mark.both_databases
def test_d5_somebody_elses_code_changes_nothing(app: Flask, tess: Member, omar: Member) -> None:
    here, secret, code = change(app, tess)
    with app.app_context():
        with pytest.raises(CodeEnded):
            email_changes.change_email(omar.id, here, secret, code, caller=HERE, now=LATER)
        assert db.session.get_one(Person, omar.id).email == "omar@example.org"


@pytest.mark.both_databases
def test_d8_a_sign_in_that_was_ended_changes_nothing(app: Flask, tess: Member) -> None:
    here, secret, code = change(app, tess)
    with app.app_context():
        sign_ins.end_all_of(tess.id)
        with pytest.raises(Refused, match="has ended"):
            email_changes.change_email(tess.id, here, secret, code, caller=HERE, now=LATER)
        assert db.session.get_one(Person, tess.id).email == "tess@example.org"
        assert open_sign_ins(tess) == []


@pytest.mark.both_databases
def test_d13_two_people_who_want_one_address_at_once(app: Flask, tess: Member, omar: Member) -> None:
    tries = {person.id: change(app, person) for person in (tess, omar)}
    codes = dict(zip(tries, [letter.text.split("\n\n    ")[1][:6] for letter in letters(app, NOW)], strict=True))
    ids = list(tries)

    def deed(number: int) -> str:
        person_id = ids[number]
        return email_changes.change_email(person_id, *tries[person_id][:2], codes[person_id], caller=HERE, now=LATER)

    results = at_once(app, 2, deed)
    assert sorted(type(result).__name__ for result in results) == ["CodeEnded", "str"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Person.email == "new@example.org")) == 1


def test_the_pages_of_changing_the_address(app: Flask, browser_of: Browser, tess: Member, omar: Member) -> None:
    browser = browser_of(tess)
    page = browser.get("/account").follow("Change your e-mail address")
    assert "the address that you have already" in page.submit("Mail a code there", email="tess@example.org", status=422).text
    assert page.submit("Mail a code there", email="new@", status=422).form("/account/email").values("email") == ["new@"]
    taken = page.submit("Mail a code there", email="omar@example.org")
    free = page.submit("Mail a code there", email="newe@example.org")
    assert taken.text.replace("omar@", "newe@") == free.text
    again = free.submit("Send another")
    done = again.submit("Change my address", code=newest_code(app, now()))
    assert "Your address is changed" in done.text and "newe@example.org" in done.text


# The browsers


def opened(app: Flask, person: Member, user_agent: str) -> Visitor:
    browser = Visitor(app, app.test_client())
    browser.client.environ_base["HTTP_USER_AGENT"] = user_agent
    browser.get("/account/sign-in").submit("Sign in", email=person.email, password=PASSWORD, follow=False)
    return browser


def listed(page: Page) -> list[str]:
    return [" ".join("".join(each.itertext()).split()) for each in page.select("//tbody//th")]


def test_the_browsers_are_listed_and_ended_one_by_one(app: Flask, tess: Member, omar: Member) -> None:
    phone = opened(app, tess, "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0")
    desk = opened(app, tess, "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0")
    page = desk.get("/account").follow("Where you are signed in")
    assert sorted(listed(page)) == ["An unknown browser", "Firefox on Android", "Firefox on Windows (this browser)"]
    (form,) = [f for f in page.select("//tbody//form") if "Android" in f.find("button").get("aria-label")]
    seal = page.select("//tbody//input[@name='csrf_token']/@value")[0]
    done = desk.post(form.get("action"), {"csrf_token": seal})
    assert "That browser is signed out." in done.text and sorted(listed(done)) == [
        "An unknown browser",
        "Firefox on Windows (this browser)",
    ]
    phone.get("/account", status=303)
    desk.get("/account")


def test_a2_somebody_elses_browser_cannot_be_ended(app: Flask, browser_of: Browser, tess: Member, omar: Member) -> None:
    page = browser_of(tess).get("/account/sessions")
    with app.app_context():
        foreign = db.session.scalars(select(SignIn.id).where(SignIn.person_id == omar.id)).one()
    seal = page.select("//main//input[@name='csrf_token']/@value")[0]
    browser_of(tess).post(f"/account/sessions/{foreign}/end", {"csrf_token": seal}, follow=False)
    assert browser_of(omar).get("/account/sessions").h1 == "Where you are signed in"


def test_d8_everywhere_else_and_everywhere(app: Flask, browser_of: Browser, tess: Member, omar: Member) -> None:
    other, here = opened(app, tess, "x"), opened(app, tess, "y")
    assert "signed out everywhere else" in here.get("/account/sessions").submit("Sign out everywhere else").text
    other.get("/account", status=303)
    third = opened(app, tess, "z")
    gone = here.get("/account/sessions").submit("Sign out everywhere", follow=False)
    assert gone.response.headers["Clear-Site-Data"]
    for browser in (here, third):
        browser.get("/account", status=303)
    browser_of(omar).get("/account")


def test_many_browsers_come_in_pages(app: Flask, browser_of: Browser, tess: Member) -> None:
    with app.app_context():
        for number in range(30):
            sign_ins.begin(tess.id, now=now() - timedelta(hours=number))
    browser_of(tess).get("/account/sessions")  # After it the site's name is known in this process.
    first = browser_of(tess).get("/account/sessions")
    second = first.follow("Next")
    assert (len(listed(first)), len(listed(second))) == (20, 11)
    assert first.queries == second.queries


# The profile


def test_reminders_are_turned_off_and_on(app: Flask, browser_of: Browser, tess: Member) -> None:
    page = browser_of(tess).get("/account")
    assert page.form("/account").values("wants_reminders") == ["y"]
    page = page.submit("Save", name="Tess", wants_reminders=[])
    assert page.form("/account").values("wants_reminders") == []
    with app.app_context():
        assert not db.session.get_one(Person, tess.id).wants_reminders
    assert page.submit("Save", wants_reminders="y").form("/account").values("wants_reminders") == ["y"]


def test_the_name_page_leaves_reminders_as_they_are(app: Flask, browser_of: Browser, tess: Member) -> None:
    browser_of(tess).get("/account").submit("Save", wants_reminders=[], follow=False)
    browser_of(tess).get("/account/name").submit("Save and go on", name="Tess", follow=False)
    with app.app_context():
        assert not db.session.get_one(Person, tess.id).wants_reminders
