"""The first administrator: one link, one use, one administrator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.accounts import passwords, queries, set_up
from ceapp.accounts.guesses import Caller
from ceapp.accounts.models import Person, SetUpLink
from ceapp.accounts.tokens import token_hash
from ceapp.audit.models import AuditEntry
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused, TooMany
from tests.accounts.parallel import at_once
from tests.conftest import NOW, PASSWORD, Member

pytestmark = pytest.mark.both_databases


def redeem(token: str, email: str = "ada@example.org", **changes: Any) -> str:
    values = {"password": PASSWORD, "name": "Ada Lindqvist", "time_zone": "", "caller": Caller("192.0.2.1/32"), "now": NOW, **changes}
    return set_up.make_first_administrator(token, email=email, **values)


def issue(**changes: Any) -> str:
    token = set_up.issue_set_up_link(**{"now": NOW, **changes})
    assert token
    return token


def administrators() -> int:
    return db.session.scalar(select(func.count()).where(Person.is_administrator)) or 0


def test_d14_there_is_no_administrator_until_the_link_is_used(app: Flask) -> None:
    with app.app_context():
        assert not queries.has_administrator()
        token = issue()
        set_up.refuse_spent_link(token, now=NOW)
        set_up.refuse_spent_link(token, now=NOW)
        signed_in = redeem(token)
        found = queries.signed_in(token_hash(signed_in), now=NOW, seen_since=NOW - timedelta(days=1))
        assert found and found.person.is_administrator and found.person.name == "Ada Lindqvist"
        assert sorted(db.session.scalars(select(AuditEntry.deed))) == ["person.made-administrator", "person.signed-up"]


def test_d5_only_the_hash_of_the_link_is_stored(app: Flask) -> None:
    with app.app_context():
        token = issue()
        assert db.session.scalars(select(SetUpLink.token_hash)).all() == [token_hash(token)]


def test_d5_a_link_works_once(app: Flask) -> None:
    with app.app_context():
        token = issue()
        redeem(token)
        with pytest.raises(Missing, match="was used"):
            redeem(token, "eve@example.org")
        with pytest.raises(Missing):
            set_up.refuse_spent_link(token, now=NOW)


def test_d5_a_newer_link_replaces_the_earlier_one(app: Flask) -> None:
    with app.app_context():
        first, second = issue(), issue()
        with pytest.raises(Missing):
            redeem(first)
        redeem(second)


def test_d5_a_link_dies_after_a_day(app: Flask) -> None:
    with app.app_context():
        token = issue()
        with pytest.raises(Missing):
            redeem(token, now=NOW + timedelta(days=1))


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 5000])
def test_a_made_up_link_is_refused(app: Flask, token: str) -> None:
    with app.app_context():
        issue()
        with pytest.raises(Missing):
            redeem(token)


def test_no_link_is_issued_once_there_is_an_administrator(app: Flask, ada: Member) -> None:
    with app.app_context():
        assert set_up.issue_set_up_link(now=NOW) is None


def test_a_link_is_worth_nothing_once_there_is_an_administrator(app: Flask, make_person: Callable[..., Member]) -> None:
    with app.app_context():
        token = issue()
    make_person("ada@example.org", is_administrator=True)
    with app.app_context(), pytest.raises(Missing):
        redeem(token, "eve@example.org")


def test_a_refusal_does_not_use_up_the_link(app: Flask, tess: Member) -> None:
    with app.app_context():
        token = issue()
        with pytest.raises(Refused, match="has an account with this address"):
            redeem(token, tess.email)
        with pytest.raises(Refused, match="at least 15"):
            redeem(token, password="short")
        redeem(token)
        assert administrators() == 1


def test_d4_guessing_links_is_limited(app: Flask) -> None:
    with app.app_context():
        for number in range(10):
            with pytest.raises(Missing):
                redeem(f"guess-{number}")
        with pytest.raises(TooMany):
            redeem("guess-11")


def test_d5_d14_fifty_redemptions_at_once_make_one_administrator(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hash_password", lambda _password: "x")
    with app.app_context():
        token = issue()
    results = at_once(app, 50, lambda number: redeem(token, f"ada-{number}@example.org", caller=Caller(f"192.0.2.{number}/32")))
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, Missing) for result in results) == 49
    with app.app_context():
        assert administrators() == 1


def test_d14_two_open_links_at_once_make_one_administrator(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hash_password", lambda _password: "x")
    with app.app_context(), transaction() as session:
        for number in range(8):
            session.add(SetUpLink(token_hash=token_hash(f"link-{number}"), created_at=NOW))
    results = at_once(app, 8, lambda number: redeem(f"link-{number}", f"ada-{number}@example.org"))
    assert sum(isinstance(result, str) for result in results) == 1
    with app.app_context():
        assert administrators() == 1
