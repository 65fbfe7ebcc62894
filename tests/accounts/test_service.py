"""Signing up, in and out; changing what is changed. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select

from ceapp.accounts import passwords, queries, service, sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.models import Person, SignIn
from ceapp.accounts.people import service as people
from ceapp.accounts.service import profile_is_complete
from ceapp.accounts.tokens import token_hash
from ceapp.audit.models import AuditEntry
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused, TooMany
from tests.accounts.parallel import at_once
from tests.conftest import NOW, PASSWORD, Member

pytestmark = pytest.mark.both_databases

HERE = Caller("192.0.2.1/32")
NEW_PASSWORD = "seven lanterns on gravel"


@pytest.fixture
def stored() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def tess(make_person: Callable[..., Member], stored: str) -> Member:
    return make_person("tess@example.org", "Tess Adeyemi", password_hash=stored)


def sign_up(email: str = "new@example.org", **changes: Any) -> str:
    values = {"time_zone": "Europe/Berlin", "caller": HERE, "now": NOW, **changes}
    return service.sign_up(email, values.pop("password", PASSWORD), **values)


def sign_in(email: str = "tess@example.org", password: str = PASSWORD, *, now: datetime = NOW, **changes: Any) -> str:
    return service.sign_in(email, password, now=now, **{"caller": HERE, **changes})


def whose(token: str, now: datetime = NOW) -> str | None:
    found = queries.signed_in(token_hash(token), now=now, seen_since=now - sign_ins.LONGEST_IDLE)
    return found.person.email if found else None


def deeds() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.deed).order_by(AuditEntry.id)))


def test_signing_up_makes_a_person_who_is_signed_in(app: Flask) -> None:
    with app.app_context():
        token = sign_up()
        person = queries.person_by_email("new@example.org")
        assert person and (person.name, person.time_zone, person.is_administrator) == ("", "Europe/Berlin", False)
        assert whose(token) == "new@example.org"
        assert deeds() == ["person.signed-up"]
        assert db.session.scalars(select(AuditEntry.subjects)).one() == {"person": str(person.id)}


def test_d3_signing_up_with_a_known_address_says_nothing_about_it(app: Flask, tess: Member) -> None:
    with app.app_context():
        with pytest.raises(Refused) as refusal:
            sign_up("tess@example.org")
        assert refusal.value.message == service.NO_ACCOUNT_MADE
        assert deeds() == []
        assert sign_in()


def test_d1_a_weak_password_is_refused_whoever_asks(app: Flask, tess: Member) -> None:
    with app.app_context():
        for deed in (
            lambda: sign_up(password="passwordpassword"),
            lambda: service.change_password(tess.id, PASSWORD, "tess@example.org", now=NOW),
            lambda: service.set_password("tess@example.org", "fourteen chars", now=NOW),
        ):
            with pytest.raises(Refused, match="password"):
                deed()
        assert sign_in()


def test_two_people_who_take_one_address_at_once_get_one_account(app: Flask) -> None:
    results = at_once(app, 8, lambda _: sign_up())
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, Refused) for result in results) == 7


def test_d8_each_sign_in_is_a_new_row_and_ends_the_browsers_earlier_one(app: Flask, tess: Member) -> None:
    with app.app_context():
        first = sign_in()
        second = sign_in(ending=first)
        assert first != second
        assert (whose(first), whose(second)) == (None, "tess@example.org")
        assert deeds() == ["person.signed-in", "person.signed-in"]


def test_d8_only_the_hash_of_a_token_is_stored(app: Flask, tess: Member) -> None:
    with app.app_context():
        token = sign_in()
        hashes = db.session.scalars(select(SignIn.token_hash)).all()
        assert token not in hashes
        assert token_hash(token) in hashes


@pytest.mark.parametrize(
    ("email", "password"), [("tess@example.org", PASSWORD + "x"), ("nobody@example.org", PASSWORD), ("tess@example.org", "")]
)
def test_d3_unknown_and_wrong_are_one_sentence(app: Flask, tess: Member, email: str, password: str) -> None:
    with app.app_context(), pytest.raises(Refused) as refusal:
        sign_in(email, password)
    assert refusal.value.message == service.NOT_RIGHT


def test_d3_an_unknown_address_costs_one_check_too(app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[str | None] = []
    monkeypatch.setattr(passwords, "verify", lambda stored, _password: checks.append(stored) or False)
    with app.app_context():
        for email in ("tess@example.org", "nobody@example.org"):
            with pytest.raises(Refused):
                sign_in(email)
    assert [bool(stored) for stored in checks] == [True, False]


def test_d4_guesses_run_out_for_known_and_unknown_addresses_alike(app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "verify", lambda _stored, _password: False)
    sentences = set()
    with app.app_context():
        for email in ("tess@example.org", "nobody@example.org"):
            for _ in range(10):
                with pytest.raises(Refused):
                    sign_in(email)
            with pytest.raises(TooMany) as refusal:
                sign_in(email)
            sentences.add(refusal.value.message)
    assert len(sentences) == 1


def test_d4_right_passwords_do_not_count(app: Flask, tess: Member) -> None:
    with app.app_context():
        for _ in range(12):
            sign_in()


def test_d4_a_known_browser_gets_in_while_a_stranger_uses_up_the_account(app: Flask, tess: Member) -> None:
    with app.app_context():
        for number in range(10):
            with pytest.raises(Refused):
                sign_in(password="wrong", caller=Caller(f"198.51.100.{number}/32"))
        with pytest.raises(TooMany):
            sign_in()
        assert sign_in(caller=Caller("192.0.2.1/32", known_browser="nonce"))


def test_d4_no_more_than_the_limit_is_looked_at_when_all_guess_at_once(app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[str] = []
    monkeypatch.setattr(passwords, "verify", lambda _stored, password: checks.append(password) or False)
    results = at_once(app, 40, lambda number: sign_in(password=f"guess {number}"))
    assert len(checks) == 10
    assert sum(isinstance(result, TooMany) for result in results) == 30


def test_d2_a_hash_with_older_parameters_is_renewed_at_sign_in(app: Flask, make_person: Callable[..., Member]) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    make_person("tess@example.org", password_hash=old)
    with app.app_context():
        sign_in()
        person = queries.person_by_email("tess@example.org")
        assert person and person.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert sign_in()


def test_d8_signing_out_ends_this_browser_only(app: Flask, tess: Member) -> None:
    with app.app_context():
        here, there = sign_in(), sign_in()
        service.sign_out(here)
        service.sign_out(None)
        service.sign_out("unknown")
        assert (whose(here), whose(there)) == (None, "tess@example.org")


def test_d8_changing_the_password_ends_every_sign_in_and_renews_this_one(app: Flask, tess: Member) -> None:
    with app.app_context():
        old = [sign_in(), sign_in(), tess.token]
        token = service.change_password(tess.id, PASSWORD, NEW_PASSWORD, now=NOW)
        assert [whose(each) for each in old] == [None, None, None]
        assert whose(token) == "tess@example.org"
        with pytest.raises(Refused):
            sign_in()
        assert sign_in(password=NEW_PASSWORD)
        assert "person.password-changed" in deeds()


def test_d12_changing_the_password_asks_for_the_current_one_within_limits(
    app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        monkeypatch.setattr(passwords, "verify", lambda _stored, _password: False)
        for _ in range(10):
            with pytest.raises(Refused, match="current password is not right"):
                service.change_password(tess.id, "wrong", NEW_PASSWORD, now=NOW)
        with pytest.raises(TooMany):
            service.change_password(tess.id, PASSWORD, NEW_PASSWORD, now=NOW)
        assert whose(tess.token, datetime.now(NOW.tzinfo)) == "tess@example.org"


def test_d8_a_sign_in_on_its_way_does_not_outlive_a_change_of_password(app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    check = passwords.verify

    def slow_check(stored: str | None, password: str) -> bool:
        right = check(stored, password)
        monkeypatch.setattr(passwords, "verify", check)
        service.set_password("tess@example.org", NEW_PASSWORD, now=NOW)
        return right

    with app.app_context():
        monkeypatch.setattr(passwords, "verify", slow_check)
        with pytest.raises(Refused):
            sign_in()
        assert db.session.scalar(select(func.count()).select_from(SignIn)) == 0


def test_d8_a_request_in_flight_does_not_revive_what_was_ended(app: Flask, tess: Member) -> None:
    with app.app_context():
        token = sign_in()
        in_flight = queries.signed_in(token_hash(token), now=NOW, seen_since=NOW - timedelta(days=1))
        assert in_flight
        service.set_password("tess@example.org", NEW_PASSWORD, now=NOW)
        sign_ins.touch(in_flight.sign_in_id, now=NOW + timedelta(hours=1))
        assert whose(token) is None


@pytest.mark.parametrize(
    ("idle", "signed_in"),
    [(timedelta(days=13, hours=23), True), (timedelta(days=14), False), (timedelta(days=40), False)],
)
def test_d8_a_sign_in_ends_when_it_is_idle(app: Flask, tess: Member, idle: timedelta, signed_in: bool) -> None:
    with app.app_context():
        token = sign_in()
        assert (whose(token, NOW + idle) is not None) is signed_in


def test_d8_a_sign_in_ends_after_thirty_days_however_busy(app: Flask, tess: Member) -> None:
    with app.app_context():
        token = sign_in()
        row = db.session.scalars(select(SignIn).where(SignIn.token_hash == token_hash(token))).one()
        for day in range(1, 31):
            sign_ins.touch(row.id, now=NOW + timedelta(days=day, seconds=-1))
        assert whose(token, NOW + timedelta(days=30, seconds=-1))
        assert whose(token, NOW + timedelta(days=30)) is None
        sign_in(now=NOW + timedelta(days=31))
        assert db.session.scalar(select(func.count()).where(SignIn.expires_at < NOW + timedelta(days=31))) == 0


def test_a_suspended_person_cannot_sign_in(app: Flask, make_person: Callable[..., Member], stored: str) -> None:
    make_person("gone@example.org", password_hash=stored, suspended_at=NOW)
    with app.app_context():
        with pytest.raises(Refused, match="suspended"):
            sign_in("gone@example.org")
        with pytest.raises(Refused, match="not right"):
            sign_in("gone@example.org", "wrong")


def test_d8_becoming_an_administrator_asks_to_sign_in_again(app: Flask, tess: Member) -> None:
    with app.app_context():
        token = sign_in()
        people.make_administrator(tess.id, actor=None, now=NOW)
        assert whose(token) is None
        person = queries.person_by_email("tess@example.org")
        assert person and person.is_administrator
        assert deeds()[-1] == "person.made-administrator"


def test_the_terminal_says_when_nobody_has_the_address(app: Flask) -> None:
    with app.app_context(), pytest.raises(Missing, match=r"Nobody has an account with the address x@example\.org"):
        service.set_password("x@example.org", PASSWORD, now=NOW)


def test_the_profile_is_complete_with_name_and_zone(app: Flask, make_person: Callable[..., Member]) -> None:
    new = make_person("new@example.org", "", time_zone="")
    with app.app_context():
        assert not profile_is_complete(db.session.get_one(Person, new.id))
        service.change_profile(new.id, name="New Person", time_zone="UTC", now=NOW)
        assert profile_is_complete(db.session.get_one(Person, new.id))
        assert deeds() == ["person.profile-changed"]


def test_h1_h2_no_secret_reaches_the_audit_record(app: Flask, tess: Member) -> None:
    with app.app_context():
        token = sign_in()
        service.change_password(tess.id, PASSWORD, NEW_PASSWORD, now=NOW)
        service.change_profile(tess.id, name="Someone Else", time_zone="UTC", now=NOW)
        rows = [f"{entry.deed} {entry.subjects} {entry.actor_id}" for entry in db.session.scalars(select(AuditEntry))]
    for secret in (PASSWORD, NEW_PASSWORD, token, "tess@", "Someone"):
        assert not [row for row in rows if secret in row]


def test_a_failed_use_case_leaves_nothing(app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise OSError

    with app.app_context():
        monkeypatch.setattr(service, "record", broken)
        with pytest.raises(OSError), transaction():
            service.change_profile(tess.id, name="Half", time_zone="UTC", now=NOW)
        assert db.session.get_one(Person, tess.id).name == "Tess Adeyemi"
