"""Guess limits: counted before looking, given back when right, never for good."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.accounts import guesses
from ceapp.accounts.guesses import LIMITS, give_back, take
from ceapp.accounts.known_browsers import known_browser, new_mark
from ceapp.accounts.models import GuessWindow
from ceapp.database import db, transaction
from ceapp.errors import TooMany
from tests.accounts.parallel import at_once
from tests.conftest import NOW

pytestmark = pytest.mark.both_databases


def counted() -> int:
    return db.session.scalar(select(func.sum(GuessWindow.guesses))) or 0


def use_up(times: int, now: datetime = NOW, account: str = "tess@example.org", network: str = "192.0.2.1/32") -> None:
    for _ in range(times):
        take("sign-in", now=now, account=account, network=network)


def test_d4_the_eleventh_guess_about_an_account_is_refused(app: Flask) -> None:
    with app.app_context():
        use_up(10)
        with pytest.raises(TooMany) as refusal:
            use_up(1, network="198.51.100.1/32")
        assert refusal.value.retry_after == 15 * 60
        assert "Try again in 15 minutes." in refusal.value.message
        use_up(1, account="omar@example.org")


def test_d4_the_thirty_first_guess_from_a_network_is_refused(app: Flask) -> None:
    with app.app_context():
        for number in range(30):
            use_up(1, account=f"person-{number}@example.org")
        with pytest.raises(TooMany):
            use_up(1, account="another@example.org")


def test_d4_the_whole_server_has_a_limit(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "sign-in", (*LIMITS["sign-in"][:3], guesses.Limit("server", 5, guesses.QUARTER)))
    with app.app_context():
        for number in range(5):
            use_up(1, account=f"person-{number}@example.org", network=f"192.0.2.{number}/32")
        with pytest.raises(TooMany):
            use_up(1, account="another@example.org", network="198.51.100.1/32")


def test_d4_nobody_is_locked_out_for_good(app: Flask) -> None:
    with app.app_context():
        use_up(10)
        use_up(10, now=NOW + timedelta(minutes=15))


def test_d4_at_most_a_hundred_a_day_are_tried_about_an_account(app: Flask) -> None:
    with app.app_context():
        done = 0
        for quarter in range(4 * 24 - 60):
            for _ in range(11):
                try:
                    use_up(1, now=NOW.replace(hour=0) + quarter * guesses.QUARTER, network=f"192.0.2.{quarter}/32")
                    done += 1
                except TooMany:
                    break
        assert done == 100
        with pytest.raises(TooMany, match=r"in 15 hours\."):
            use_up(1, now=NOW.replace(hour=9), network="198.51.100.1/32")
        use_up(1, now=NOW + timedelta(days=1))


def test_a_refused_guess_counts_nowhere(app: Flask) -> None:
    with app.app_context():
        use_up(10)
        before = counted()
        with pytest.raises(TooMany):
            use_up(1)
        assert counted() == before


def test_a_right_guess_is_given_back_and_no_more(app: Flask) -> None:
    with app.app_context():
        use_up(3)
        before = counted()
        give_back(take("sign-in", now=NOW, account="tess@example.org", network="192.0.2.1/32"))
        assert counted() == before


def test_old_windows_are_forgotten(app: Flask) -> None:
    with app.app_context():
        use_up(1)
        use_up(1, now=NOW + timedelta(days=4))
        assert counted() == len(LIMITS["sign-in"])


def test_no_address_is_stored_readable(app: Flask) -> None:
    with app.app_context():
        use_up(1)
        subjects = db.session.scalars(select(GuessWindow.subject)).all()
        assert all(len(subject) == 64 for subject in subjects)


def test_d4_the_limit_holds_when_all_guess_at_once(app: Flask) -> None:
    results = at_once(app, 40, lambda _: take("sign-in", now=NOW, account="tess@example.org", network="192.0.2.1/32"))
    assert sum(isinstance(result, TooMany) for result in results) == 30
    assert sum(isinstance(result, guesses.Guess) for result in results) == 10


def test_d4_the_limit_holds_when_guesses_are_given_back_in_between(app: Flask) -> None:
    def guess(number: int) -> str:
        taken = take("sign-in", now=NOW, account=f"person-{number % 3}@example.org", network="192.0.2.1/32")
        if number % 2:
            with transaction():
                give_back(taken)
            return "right"
        return "wrong"

    results = at_once(app, 40, guess)
    assert set(results) == {"right", "wrong"}
    with app.app_context():
        assert counted() == results.count("wrong") * len(LIMITS["sign-in"])


def test_a_mark_names_its_browser_for_its_own_account_only() -> None:
    mark = new_mark("secret" * 8, "tess@example.org")
    assert known_browser(["secret" * 8], "tess@example.org", mark) == mark.partition(".")[0]
    assert known_browser(["secret" * 8], "omar@example.org", mark) is None
    assert known_browser(["other" * 8], "tess@example.org", mark) is None
    for forged in (None, "", ".", "a.b", "ä.ö", mark + "x", mark[1:]):
        assert known_browser(["secret" * 8], "tess@example.org", forged) is None
