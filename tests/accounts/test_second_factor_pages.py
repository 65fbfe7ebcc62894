"""D11: the second factor through the real forms: set up, asked for at each sign-in, required by the setting, taken away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ceapp.accounts import passwords, second_factors, totp
from ceapp.accounts.models import Person, SecondFactor, SignIn
from ceapp.database import db, transaction
from tests.conftest import PASSWORD, Agency, Member
from tests.harness.factors import Factor, switched_on
from tests.harness.letters import letters, newest_code
from tests.harness.pages import Page, Visitor

Browser = Callable[[Member | None], Visitor]
SECRETS = ("second-factor-seed", "second-factor-codes")


@pytest.fixture
def setting() -> str:
    return "offered"


@pytest.fixture
def settings_overrides(setting: str) -> dict[str, Any]:
    return {"mail_url": "smtp://127.0.0.1:9", "mail_from": "CE office <ce@example.org>", "second_factor": setting}


@pytest.fixture(scope="module")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def sam(make_person: Callable[..., Member], password_hash: str) -> Member:
    return make_person("sam@example.org", "Sam Okafor", password_hash=password_hash, email_confirmed_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def ada(make_person: Callable[..., Member], password_hash: str) -> Member:
    return make_person("ada@example.org", "Ada Lindqvist", password_hash=password_hash, is_administrator=True)


def now() -> datetime:
    return datetime.now(UTC)


def code_on(page: Page, steps: int = 0) -> str:
    """What an app shows that was given the key of this page."""
    seed = "".join(page.select("//p[@class='factor-key']/code/text()")[0].split())
    return totp.code_at(seed, totp.step_at(now()) + steps)


def codes_on(page: Page) -> list[str]:
    return [str(each) for each in page.select("//ol[@class='factor-codes']//code/text()")]


def stranger(app: Flask) -> Visitor:
    return Visitor(app, app.test_client())


def by_password(app: Flask, person: Member, wanted: str = "") -> Page:
    page = stranger(app).get(f"/account/sign-in{wanted}")
    return page.submit("Sign in", email=person.email, password=PASSWORD, way="password")


def by_mailed_code(app: Flask, person: Member) -> Page:
    page = stranger(app).get("/account/sign-in").submit("Mail me a code", email=person.email)
    return page.submit("Sign in", code=newest_code(app, now()))


def grow_old(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(proved_at=now() - timedelta(minutes=15)))


# Setting it up


def test_d11_anybody_switches_it_on_with_an_app(app: Flask, browser_of: Browser, sam: Member) -> None:
    browser = browser_of(sam)
    page = browser.get("/account").follow("Second factor").follow("Set it up")
    assert page.select("//img[@class='factor-picture']/@src")[0].startswith("data:image/svg+xml")
    wrong = page.submit("Switch on", code=code_on(page, 9), status=422)
    assert "not the code that the app should show" in wrong.text
    assert code_on(wrong) == code_on(page) == code_on(browser.get("/account/second-factor/set-up"))  # The phone has this key already.
    codes_page = page.submit("Switch on", code=code_on(page))
    assert codes_page.h1 == "Keep your recovery codes"
    assert len(codes_on(codes_page)) == 10
    file = browser.client.get("/account/second-factor/codes.txt")
    assert file.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert all(code in file.get_data(as_text=True) for code in codes_on(codes_page))
    done = codes_page.submit("I have kept them")
    assert "10 recovery codes" in done.text
    assert "and a code of your second factor" in browser.get("/account").text
    assert [each.subject for each in letters(app, now())] == ["Your second factor is on"]


def test_d11_neither_the_key_nor_the_codes_are_shown_again(app: Flask, browser_of: Browser, sam: Member) -> None:
    browser = browser_of(sam)
    page = browser.get("/account/second-factor/set-up")
    key = page.select("//p[@class='factor-key']/code/text()")[0]
    codes = codes_on(page.submit("Switch on", code=code_on(page)))
    assert codes == codes_on(browser.get("/account/second-factor/codes"))  # A reload is no loss.
    browser.get("/account/second-factor/codes").submit("I have kept them")
    browser.get("/account/second-factor/codes", status=303)
    assert browser.client.get("/account/second-factor/codes.txt").status_code == 404
    assert browser.get("/account/second-factor/set-up", status=303).response.headers["Location"].startswith("/account/second-factor/codes")
    shown = "".join(browser.get(each).html for each in ("/account", "/account/second-factor", "/account/sessions"))
    assert key not in shown and not any(code in shown for code in codes)


def test_d11_the_codes_close_by_themselves_and_for_other_sign_ins(
    app: Flask, browser_of: Browser, sam: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = browser_of(sam)
    page = browser.get("/account/second-factor/set-up")
    page.submit("Switch on", code=code_on(page))
    other = stranger(app)
    other.client.set_cookie(app.config["SESSION_COOKIE_NAME"], browser.client.get_cookie(app.config["SESSION_COOKIE_NAME"]).value)
    other.client.set_cookie(app.config["SIGN_IN_COOKIE_NAME"], switched_on_elsewhere(app))
    other.get("/account/second-factor/codes", status=303)
    later = now() + timedelta(minutes=15)
    monkeypatch.setattr("ceapp.clock.now", lambda: later)
    browser.get("/account/second-factor/codes", status=303)


def switched_on_elsewhere(app: Flask) -> str:
    """A complete sign-in of the same person in another browser."""
    with app.app_context():
        person_id = db.session.scalars(select(SecondFactor.person_id)).one()
        return second_factors.sign_ins.begin(person_id, now=now(), after=second_factors.Standing(proved_at=now(), factor_at=now()))


def test_d11_what_the_browser_keeps_meanwhile_is_sealed(app: Flask, browser_of: Browser, sam: Member) -> None:
    """The cookie is signed and everybody could read it: so the key and the codes in it are encrypted."""
    browser = browser_of(sam)
    page = browser.get("/account/second-factor/set-up")
    key = "".join(page.select("//p[@class='factor-key']/code/text()")[0].split())
    assert SECRETS[0] in session_of(app, browser) and key not in str(session_of(app, browser))
    codes = codes_on(page.submit("Switch on", code=code_on(page)))
    assert SECRETS[1] in session_of(app, browser) and SECRETS[0] not in session_of(app, browser)
    assert not any(code.replace("-", "") in str(session_of(app, browser)) for code in codes)


def session_of(app: Flask, browser: Visitor) -> dict[str, Any]:
    with browser.client.session_transaction() as kept:
        return dict(kept)


def test_d12_setting_it_up_needs_a_fresh_proof(app: Flask, browser_of: Browser, sam: Member) -> None:
    browser = browser_of(sam)
    page = browser.get("/account/second-factor/set-up")
    grow_old(app)
    page.submit("Switch on", code=code_on(page), status=403)
    leads = browser.get("/account/second-factor/set-up", status=303).response.headers["Location"]
    again = browser.get(leads).submit("Confirm", password=PASSWORD)
    assert again.submit("Switch on", code=code_on(page)).h1 == "Keep your recovery codes"  # With the key that the phone has.


# Signing in


@pytest.mark.parametrize("way", [by_password, by_mailed_code])
def test_d11_every_way_in_asks_for_it(app: Flask, sam: Member, way: Callable[..., Page]) -> None:
    factor = switched_on(app, sam, now())
    page = way(app, sam)
    assert page.h1 == "Your second factor"
    assert "not the code of your second factor" in page.submit("Sign in", factor=factor.code(now(), 9), status=422).text
    assert "not counted as a try" in page.submit("Sign in", factor="12 34", status=422).text
    page.visitor.get("/account", status=303)
    signed_in = page.submit("Sign in", factor=f"{factor.code(now())[:3]} {factor.code(now())[3:]}")
    assert signed_in.select("//nav//a[text()='Account']")
    assert page.visitor.get("/account").h1 == "Your account"


def test_d11_it_leads_to_the_page_that_was_wanted(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, now())
    page = by_password(app, sam, "?next=/account/sessions")
    assert page.submit("Sign in", factor=factor.codes[0]).h1 == "Where you are signed in"
    assert "//" not in urlsplit(by_password(app, sam, "?next=//evil.example").form("second-factor").action).query


def test_d11_a_mailed_code_still_stands_in_for_the_password_afterwards(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, now())
    page = by_mailed_code(app, sam)
    page.submit("Sign in", factor=factor.code(now()))
    assert not page.visitor.get("/account/password").select("//input[@name='current']")


def test_d11_an_address_that_is_signed_in_half_is_led_on(app: Flask, sam: Member) -> None:
    """No page says more than a stranger reads, and the menu says what is left to do."""
    switched_on(app, sam, now())
    browser = by_password(app, sam).visitor
    assert browser.get("/", status=303).response.headers["Location"] == "/account/sign-in/second-factor?next=/"
    page = browser.get("/courses")
    assert page.select("//nav//a[text()='Finish signing in']") and not page.select("//nav//a[text()='Account']")
    for address in ("/account/sign-in", "/account/sign-up"):
        assert "/account/sign-in/second-factor" in browser.get(address, status=303).response.headers["Location"]
    signed_out = browser.get("/help").submit("Sign out")
    assert signed_out.h1 == "Sign in"


def test_d11_a_sign_in_that_waited_too_long_begins_anew(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, now())
    page = by_password(app, sam)
    grow_old(app)
    again = page.submit("Sign in", factor=factor.code(now()))
    assert again.h1 == "Sign in" and "longer than 15 minutes" in again.text
    with app.app_context():
        assert second_factors.state_of(sam.id)


@pytest.mark.parametrize("who", [True, False])
def test_d11_nobody_else_is_asked(browser_of: Browser, sam: Member, who: bool) -> None:
    browser = browser_of(sam if who else None)
    assert browser.get("/account/sign-in/second-factor", status=303).response.headers["Location"] == "/account/sign-in?next=/"


def test_d4_too_many_tries_are_told(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, now())
    page = by_password(app, sam)
    wrong = factor.code(now(), 1000)
    for _ in range(10):
        page.submit("Sign in", factor=wrong, status=422)
    refused = page.submit("Sign in", factor=factor.code(now()), status=429)
    assert "too many tries" in refused.text and refused.response.headers["Retry-After"]


# Proofs, new codes, switching off


def test_d11_a_proof_asks_for_it_by_password_and_by_mail(app: Flask, browser_of: Browser, sam: Member) -> None:
    browser, factor = signed_in(app, browser_of, sam)
    grow_old(app)
    page = browser.get("/account/prove?next=/account/email")
    assert "Type the code" in page.submit("Confirm", password=PASSWORD, status=422).text
    mailed = page.submit("Mail me a code")
    assert "Type the code" in mailed.submit("Confirm", code=newest_code(app, now()), status=422).text
    code = newest_code(app, now())
    assert "not the code of your second" in mailed.submit("Confirm", code=code, factor=factor.code(now(), 99), status=422).text
    browser.get("/account/email", status=303)
    assert mailed.submit("Confirm", code=code, factor=factor.code(now())).h1 == "Change your e-mail address"
    grow_old(app)
    assert page.submit("Confirm", password=PASSWORD, factor=factor.codes[0]).h1 == "Change your e-mail address"


def test_d11_new_codes_and_switching_off_ask_for_a_fresh_proof(app: Flask, browser_of: Browser, sam: Member) -> None:
    browser, factor = signed_in(app, browser_of, sam)
    page = browser.get("/account/second-factor")
    grow_old(app)
    for button in ("Make new recovery codes", "Switch off"):
        page.submit(button, status=403)
    browser.get("/account/prove").submit("Confirm", password=PASSWORD, factor=factor.code(now()))
    assert len(codes_on(page.submit("Make new recovery codes"))) == 10
    off = page.submit("Switch off")
    assert off.h1 == "Second factor" and "is off" in off.text
    assert by_password(app, sam).h1 != "Your second factor"
    subjects = [each.subject for each in letters(app, now())]
    assert subjects == ["Your second factor is on", "New recovery codes were made", "Your second factor is off"]


def test_d11_changing_the_password_asks_for_a_proof_and_leaves_it_on(app: Flask, browser_of: Browser, sam: Member) -> None:
    browser, factor = signed_in(app, browser_of, sam)
    grow_old(app)
    assert browser.get("/account/password", status=303).response.headers["Location"].startswith("/account/prove?")
    page = browser.get("/account/prove?next=/account/password").submit("Confirm", password=PASSWORD, factor=factor.code(now()))
    new = "seven lanterns on gravel"
    assert "is changed" in page.submit("Change password", current=PASSWORD, new=new, again=new).text
    assert browser.get("/account/second-factor").select("//button[text()='Switch off']")


def test_d11_few_codes_left_are_warned_of(app: Flask, browser_of: Browser, sam: Member) -> None:
    browser, factor = signed_in(app, browser_of, sam)
    for left in range(9, -1, -1):
        by_password(app, sam).submit("Sign in", factor=factor.codes[left])
        text = browser.get("/account/second-factor").text
        assert ("no recovery code left" if left == 0 else f"{left} recovery code") in text
        assert ("Careful" in text) is (left <= 2)


def test_a_half_sign_in_is_seen_in_the_list_of_browsers(app: Flask, browser_of: Browser, sam: Member) -> None:
    browser, _ = signed_in(app, browser_of, sam)
    by_password(app, sam)
    assert "the second factor was not given" in browser.get("/account/sessions").text


def signed_in(app: Flask, browser_of: Browser, person: Member) -> tuple[Visitor, Factor]:
    """A browser in which the second factor was switched on."""
    factor = switched_on(app, person, now())
    browser = browser_of(person)
    browser.client.set_cookie(app.config["SIGN_IN_COOKIE_NAME"], factor.token)
    return browser, factor


# Required by the setting


@pytest.mark.parametrize("setting", ["staff"])
def test_d11_staff_are_led_to_set_it_up_and_open_nothing_before(
    app: Flask, browser_of: Browser, agency: Agency, sam: Member, tess: Member, ines: Member, ada: Member
) -> None:
    assert browser_of(tess).get("/account").h1 == "Your account"  # A trainee need not.
    for person, address in ((sam, "/supervision"), (ines, f"/organisations/{agency.slug}/members"), (ada, "/people"), (ada, "/exports")):
        browser = browser_of(person)
        leads = browser.get(address, status=303).response.headers["Location"]
        assert leads == f"/account/second-factor/set-up?next={address}"
        assert "Your role on this server needs a second factor" in browser.get(leads).text
        for own in ("/account", "/account/sessions", "/account/prove", "/account/second-factor", "/certificates"):
            assert browser.get(own, status=303).response.headers["Location"].startswith("/account/second-factor/set-up")


@pytest.mark.parametrize("setting", ["administrators"])
def test_d11_who_is_led_there_goes_on_to_where_they_were_going(app: Flask, browser_of: Browser, ada: Member, sam: Member) -> None:
    page = browser_of(ada).get(browser_of(ada).get("/people", status=303).response.headers["Location"])
    codes = page.submit("Switch on", code=code_on(page))
    assert codes.h1 == "Keep your recovery codes"
    assert codes.submit("I have kept them").h1 == "People"
    assert browser_of(sam).get("/account").h1 == "Your account"


@pytest.mark.parametrize("setting", ["administrators"])
def test_d11_who_signed_in_long_ago_signs_in_again_first(app: Flask, browser_of: Browser, ada: Member) -> None:
    browser = browser_of(ada)
    page = browser.get("/account/second-factor/set-up")
    grow_old(app)
    assert page.submit("Switch on", code=code_on(page), status=403).h1 == "Sign in again"
    again = browser.get("/account/second-factor/set-up")
    assert not again.select("//p[@class='factor-key']")
    page = again.submit("Sign out and in again")
    assert page.submit("Sign in", email=ada.email, password=PASSWORD, way="password").h1 == "Set up your second factor"


@pytest.mark.parametrize("setting", ["administrators"])
def test_d11_whoever_gets_the_role_is_led_there_at_the_next_request(app: Flask, browser_of: Browser, sam: Member) -> None:
    browser = browser_of(sam)
    browser.get("/account")
    with app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == sam.id).values(is_administrator=True))
    assert browser.get("/account", status=303).response.headers["Location"].startswith("/account/second-factor/set-up")


@pytest.mark.parametrize("setting", ["administrators"])
def test_d11_whose_role_needs_one_and_who_switches_it_off_is_led_to_the_next(app: Flask, browser_of: Browser, ada: Member) -> None:
    browser, _ = signed_in(app, browser_of, ada)
    assert browser.get("/account/second-factor").submit("Switch off").h1 == "Set up your second factor"
    browser.get("/people", status=303)


@pytest.mark.parametrize("setting", ["administrators"])
def test_d11_a_form_that_was_open_says_that_nothing_was_saved(app: Flask, browser_of: Browser, sam: Member) -> None:
    page = browser_of(sam).get("/account")
    with app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == sam.id).values(is_administrator=True))
    refused = page.submit("Save", name="Sam O.", status=403)
    assert "waits for its second factor, so nothing was saved" in refused.text
    assert "Sam O." in refused.text


# An administrator takes it away


def test_d11_an_administrator_takes_it_away_on_a_page(app: Flask, browser_of: Browser, ada: Member, sam: Member) -> None:
    factor = switched_on(app, sam, now())
    page = browser_of(ada).get(f"/people/{sam.id}")
    assert "on since" in page.text
    deed = page.follow("Take second factor away")
    assert factor.seed not in deed.html
    assert "Give a reason" in deed.submit("Take second factor away", status=422).text
    done = deed.submit("Take second factor away", reason="Met her in person; the telephone is lost.")
    assert "is taken away" in done.text and "off" in done.text
    deed.submit("Take second factor away", reason="Met her in person; the telephone is lost.")  # A second click changes nothing.
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignIn).where(SignIn.person_id == sam.id)) == 0
    told = [each for each in letters(app, now()) if each.subject == "Your second factor was taken away"]
    assert len(told) == 1 and "the telephone is lost" in told[0].text
    assert by_password(app, sam).h1 != "Your second factor"


def test_d11_nobody_is_offered_to_take_their_own_away_there(app: Flask, browser_of: Browser, ada: Member) -> None:
    browser, _ = signed_in(app, browser_of, ada)
    assert "Take second factor away" not in browser.get(f"/people/{ada.id}").text
    deed = browser.get(f"/people/{ada.id}/second-factor-reset")
    assert "their own second factor" in deed.submit("Take second factor away", reason="Mine", status=422).text


def test_no_page_needs_a_query_more(app: Flask, browser_of: Browser, sam: Member, tess: Member) -> None:
    """Whether the sign-in is complete comes with the sign-in."""
    with_factor, _ = signed_in(app, browser_of, sam)
    for address in ("/", "/account", "/certificates"):
        browser_of(tess).get(address)  # What the process remembers from then on.
        assert with_factor.get(address).queries == browser_of(tess).get(address).queries


def test_the_picture_holds_the_key(browser_of: Browser, sam: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    real = totp.app_address
    monkeypatch.setattr(totp, "app_address", lambda seed, **about: said.append(real(seed, **about)) or said[-1])
    page = browser_of(sam).get("/account/second-factor/set-up")
    key = "".join(page.select("//p[@class='factor-key']/code/text()")[0].split())
    assert parse_qs(urlsplit(said[0]).query)["secret"] == [key]
