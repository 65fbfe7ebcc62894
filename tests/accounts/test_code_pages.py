"""The pages of signing in and up by mailed code, through the strict client. A mail server is set; nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update

from ceapp.accounts import passwords
from ceapp.accounts.models import Person
from ceapp.database import db, transaction
from tests.conftest import PASSWORD, Member
from tests.harness.letters import letters, newest_code
from tests.harness.pages import Page, Visitor

Browser = Callable[[Member | None], Visitor]
MAIL = {"mail_url": "smtp://127.0.0.1:9", "mail_from": "CE office <ce@example.org>"}


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return MAIL


@pytest.fixture
def nobody(browser_of: Browser) -> Visitor:
    return browser_of(None)


@pytest.fixture
def tess(make_person: Callable[..., Member]) -> Member:
    confirmed = datetime(2026, 10, 1, tzinfo=UTC)
    return make_person("tess@example.org", "Tess Adeyemi", password_hash=passwords.hash_password(PASSWORD), email_confirmed_at=confirmed)


def now() -> datetime:
    return datetime.now(UTC)


def ask(browser: Visitor, email: str = "tess@example.org", address: str = "/account/sign-in") -> Page:
    return browser.get(address).submit("Mail me a code", email=email)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def cookies_of(page: Page) -> dict[str, str]:
    return {header.partition("=")[0]: header for header in page.response.headers.getlist("Set-Cookie")}


def test_a_code_signs_in_and_leads_back(app: Flask, nobody: Visitor, tess: Member) -> None:
    page = ask(nobody, " TESS@example.org", "/account/sign-in?next=/certificates")
    assert page.h1 == "Type the code" and "tess@example.org" in page.text and "If this address may sign in here" in page.text
    field = page.select("//input[@name='code']")[0]
    assert (field.get("autocomplete"), field.get("inputmode")) == ("one-time-code", "numeric")
    code = newest_code(app, now())
    done = page.submit("Sign in", code=f" {code[:3]} {code[3:]} ", follow=False)
    assert done.response.headers["Location"] == "/certificates"
    assert "tess@example.org" in nobody.get("/account").text
    assert nobody.client.get_cookie("ceapp-code-sign-in") is None


def test_a_wrong_code_says_how_many_tries_are_left(app: Flask, nobody: Visitor, tess: Member) -> None:
    page = ask(nobody)
    code = newest_code(app, now())
    refused = page.submit("Sign in", code=wrong(code), status=422)
    assert "4 tries are left" in refused.text
    assert "not counted as a try" in refused.submit("Sign in", code="12345", status=422).text
    for _ in range(3):
        refused = refused.submit("Sign in", code=wrong(code), status=422)
    assert "One try is left" in refused.text
    ended = refused.submit("Sign in", code=wrong(code), status=422)
    assert "typed wrong five times" in ended.text and "ask for a new one" in ended.text
    shown = nobody.get("/account/sign-in/code")
    assert "typed wrong five times" in shown.text and not shown.select("//input[@name='code']")
    again = shown.submit("Send another")
    assert "Another code is on its way." in again.text
    again.submit("Sign in", code=newest_code(app, now()))


def test_without_a_code_asked_for_the_page_leads_to_sign_in(nobody: Visitor) -> None:
    assert nobody.get("/account/sign-in/code?next=/courses", status=303).response.headers["Location"] == "/account/sign-in?next=/courses"
    page = nobody.get("/account/sign-in")
    assert "does not wait for a code any more" in page.text
    seal = page.form("/account/sign-in").values("csrf_token")
    for address in ("/account/sign-in/code", "/account/sign-in/code/another"):
        nobody.post(address, {"csrf_token": seal, "code": "000000"}, follow=False)


def test_the_code_does_not_work_in_another_browser(app: Flask, nobody: Visitor, tess: Member) -> None:
    attacker = Visitor(app, app.test_client())
    ask(attacker)
    code = newest_code(app, now())
    page = ask(nobody)
    assert "This is not the code" in page.submit("Sign in", code=code, status=422).text


def test_return_in_a_field_goes_by_whether_there_is_a_password(app: Flask, nobody: Visitor, tess: Member) -> None:
    form = nobody.get("/account/sign-in").form("/account/sign-in")
    first = form.element.xpath(".//button")[0]
    assert first.get("name") is None and first.get("tabindex") == "-1"
    page = nobody.post(form.action, form.filled(email="tess@example.org"), follow=False)
    assert page.response.headers["Location"].startswith("/account/sign-in/code")
    page = nobody.post(form.action, form.filled(email="tess@example.org", password=PASSWORD), follow=False)
    assert page.response.headers["Location"] == "/"


def test_the_password_is_in_the_second_place(nobody: Visitor, tess: Member) -> None:
    page = nobody.get("/account/sign-in")
    assert page.select("//details[not(@open)]//input[@name='password']")
    refused = page.submit("Sign in", email="tess@example.org", status=422)
    assert "Type your password." in refused.text and refused.select("//details[@open]//input[@name='password']")
    refused.submit("Sign in", email="tess@example.org", password=PASSWORD, follow=False)


def test_a_forgotten_password_is_replaced_by_way_of_a_code(app: Flask, nobody: Visitor, tess: Member) -> None:
    page = nobody.get("/account/sign-in").follow("choose a new password")
    page = page.submit("Mail me a code", email="tess@example.org")
    page = page.submit("Sign in", code=newest_code(app, now()))
    assert page.h1 == "Change your password" and not page.select("//input[@name='current']")
    new = "seven lanterns on gravel"
    assert "Your password is changed" in page.submit("Change password", new=new, again=new).text
    (notice,) = letters(app, now(), "password-notice")
    assert notice.to == "tess@example.org" and "was changed" in notice.text and new not in notice.text


def test_the_code_makes_an_account(app: Flask, nobody: Visitor) -> None:
    page = nobody.get("/account/sign-up?next=/courses").submit("Mail me a code", email="new@example.org", time_zone="Europe/Berlin")
    done = page.submit("Sign in", code=newest_code(app, now()))
    assert "Your account is made" in done.text
    assert nobody.get("/account").form("/account").values("time_zone") == ["Europe/Berlin"]


def test_the_first_confirmation_says_that_the_password_is_gone(app: Flask, nobody: Visitor, make_person: Callable[..., Member]) -> None:
    make_person("old@example.org", password_hash="somebody's")
    page = ask(nobody, "old@example.org").submit("Sign in", code=newest_code(app, now()))
    assert "the password that was set before, perhaps by somebody else, does not work any more" in page.text


def test_somebody_signed_in_is_not_asked(browser_of: Browser, tess: Member) -> None:
    assert browser_of(tess).get("/account/sign-in/code?next=/courses", status=303).response.headers["Location"] == "/courses"


def test_a_suspended_person_is_told_so_only_with_the_right_password(app: Flask, nobody: Visitor, tess: Member) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Person).values(suspended_at=now()))
    page = ask(nobody)
    assert "suspended" not in page.text
    assert letters(app, now()) == []
    form = nobody.get("/account/sign-in")
    assert "suspended" not in form.submit("Sign in", email="tess@example.org", password="wrong password here", status=422).text
    assert "suspended" in form.submit("Sign in", email="tess@example.org", password=PASSWORD, status=422).text


def test_d4_too_many_codes_are_refused_with_the_form_still_there(nobody: Visitor, tess: Member) -> None:
    for _ in range(5):
        ask(nobody)
    page = nobody.get("/account/sign-in").submit("Mail me a code", email="tess@example.org", status=429)
    assert page.form("/account/sign-in").values("email") == ["tess@example.org"]
    assert int(page.response.headers["Retry-After"]) > 0
    assert "too many tries" in nobody.get("/account/sign-in/code").submit("Send another", status=429).text


def test_h2_no_code_reaches_the_log(app: Flask, nobody: Visitor, tess: Member, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        page = ask(nobody)
        secret = nobody.client.get_cookie("ceapp-code-sign-in").value
        code = newest_code(app, now())
        page.submit("Sign in", code=wrong(code), status=422)
        page.submit("Sign in", code=code, follow=False)
    for secret_text in (code, wrong(code), secret, "tess@example.org"):
        assert not re.search(rf"(?<![0-9a-f]){secret_text}(?![0-9a-f])", caplog.text)


class Exchange:
    """A request and all that tells about it: what came back, and how much was asked of the database."""

    def __init__(self, app: Flask) -> None:
        self.browser = Visitor(app, app.test_client())
        self.app = app

    def told(self, who: str, address: str, button: str, **fields: str) -> tuple[Any, ...]:
        page = self.browser.get(address)
        statements: list[str] = []

        def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        with self.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            answer = page.submit(button, status=422 if "code" in fields else 303, follow=False, **fields)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        random = ("Set-Cookie", "Content-Security-Policy", "X-Request-Id")
        headers = {(name, None if name in random else value) for name, value in answer.response.headers}
        body = answer.html.replace(who, "ADDRESS")
        for pattern in (r'nonce="[^"]+"', r'name="csrf_token" type="hidden" value="[^"]+"', r'name="csrf_token" value="[^"]+"'):
            body = re.sub(pattern, "", body)
        return answer.status, headers, set(cookies_of(answer)), body, statements


@pytest.mark.both_databases
@pytest.mark.parametrize("sign_up", ["open", "code", "invited", "closed"])
class TestNoOracle:
    """Known, unknown and suspended addresses of one length, side by side."""

    @pytest.fixture
    def settings_overrides(self, sign_up: str) -> dict[str, Any]:
        return {**MAIL, "sign_up": sign_up, "sign_up_code": "harbour-2026"}

    @pytest.fixture
    def addresses(self, app: Flask, tess: Member, make_person: Callable[..., Member]) -> list[str]:
        make_person("gone@example.org", suspended_at=now())
        return ["tess@example.org", "gone@example.org", "nora@example.org"]

    def test_d3_asking_and_trying_tell_nothing(self, app: Flask, addresses: list[str]) -> None:
        seen = []
        for email in addresses:
            exchange = Exchange(app)
            steps = [exchange.told(email, "/account/sign-in", "Mail me a code", email=email)]
            letters(app, now())
            page = exchange.browser.get("/account/sign-in/code")
            steps.append((page.text.replace(email, "ADDRESS"), page.queries))
            steps += [exchange.told(email, "/account/sign-in/code", "Sign in", code="000000") for _ in range(2)]
            steps.append(exchange.told(email, "/account/sign-in/code", "Send another"))
            seen.append(steps)
        for step, (known, suspended, unknown) in enumerate(zip(*seen, strict=True)):
            assert known == unknown, step
            assert known == suspended, step

    def test_d3_signing_up_tells_nothing(self, app: Flask, addresses: list[str], sign_up: str) -> None:
        if sign_up in ("invited", "closed"):
            page = Visitor(app, app.test_client()).get("/account/sign-up")
            assert page.h1 == "How to get an account" and not page.select("//main//form")
            assert "Create account" not in page.html
            return
        fields = {"enrolment_code": " Harbour-2026"} if sign_up == "code" else {}
        known, suspended, unknown = (
            Exchange(app).told(email, "/account/sign-up", "Mail me a code", email=email, **fields) for email in addresses
        )
        assert known == unknown == suspended


class TestEnrolmentCode:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {**MAIL, "sign_up": "code", "sign_up_code": "harbour-2026"}

    def test_the_code_of_the_course_comes_first(self, app: Flask, nobody: Visitor) -> None:
        page = nobody.get("/account/sign-up")
        refused = page.submit("Mail me a code", email="new@example.org", enrolment_code="guessed", status=422)
        assert "This is not the enrolment code." in refused.text
        assert refused.form("/account/sign-up").values("email") == ["new@example.org"]
        assert letters(app, now()) == []
        page = refused.submit("Mail me a code", email="new@example.org", enrolment_code="HARBOUR-2026 ")
        page = page.submit("Send another")  # It stays a code that makes an account.
        page.submit("Sign in", code=newest_code(app, now()))
        assert "new@example.org" in nobody.get("/account").text

    def test_d4_guessing_it_is_limited(self, app: Flask, nobody: Visitor) -> None:
        page = nobody.get("/account/sign-up")
        for _ in range(20):
            page = page.submit("Mail me a code", email="new@example.org", enrolment_code="guessed", status=422)
        page.submit("Mail me a code", email="new@example.org", enrolment_code="harbour-2026", status=429)

    def test_a_forged_sign_in_makes_no_account(self, app: Flask, nobody: Visitor) -> None:
        ask(nobody, "new@example.org")
        (letter,) = letters(app, now())
        assert "There is no account" in letter.subject


class TestWithoutMail:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"sign_up": "code", "sign_up_code": "harbour-2026"}

    def test_the_code_is_in_the_second_place_and_the_operator_hands_it_over(self, app: Flask, nobody: Visitor, tess: Member) -> None:
        page = nobody.get("/account/sign-in").submit("Ask for a code", email="tess@example.org")
        assert "waits in its outbox" in page.text
        page.submit("Sign in", code=newest_code(app, now()))
        assert "tess@example.org" in nobody.get("/account").text

    def test_signing_up_by_password_asks_for_the_enrolment_code(self, nobody: Visitor) -> None:
        fields = {"email": "new@example.org", "password": PASSWORD, "again": PASSWORD}
        page = nobody.get("/account/sign-up")
        assert "This is not the enrolment code." in page.submit("Create account", status=422, enrolment_code="x", **fields).text
        page.submit("Create account", enrolment_code="harbour-2026", **fields)
        assert "new@example.org" in nobody.get("/account").text


class TestHttps:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {**MAIL, "base_url": "https://ce.example.org", "contact": "help@example.org"}

    def test_d9_the_cookie_is_bound_to_the_host(self, app: Flask, tess: Member) -> None:
        browser, options = Visitor(app, app.test_client()), {"base_url": "https://ce.example.org"}
        form = browser.get("/account/sign-in", **options).form("/account/sign-in")
        page = browser.post(form.action, form.filled(email="tess@example.org"), follow=False, **options)
        cookie = cookies_of(page)["__Host-ceapp-code-sign-in"]
        assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie

    def test_d6_a_poisoned_host_reaches_no_letter(self, app: Flask, tess: Member) -> None:
        browser, options = Visitor(app, app.test_client()), {"base_url": "https://ce.example.org"}
        form = browser.get("/account/sign-in", **options).form("/account/sign-in")
        data = form.filled(email="tess@example.org")
        browser.client.post(form.action, data=data, base_url="https://evil.example")
        for header in ("X-Forwarded-Host", "X-Original-URL", "Forwarded"):
            browser.client.post(form.action, data=data, headers={header: "host=evil.example"}, **options)
        found = letters(app, now())
        assert found
        for letter in found:
            assert "evil" not in letter.text and "https://ce.example.org" in letter.text and "help@example.org" in letter.text
