from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from ceapp.accounts.guesses import LIMITS
from ceapp.accounts.models import GuessWindow
from ceapp.certificates import misses
from ceapp.certificates.misses import Misses
from ceapp.database import db
from ceapp.errors import TooMany, Unavailable

MOST_PER_NETWORK, MOST_IN_ALL = (limit.most for limit in LIMITS["certificate-code"])


@pytest.fixture(autouse=True)
def in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.mark.both_databases
def test_a_network_is_limited_alone_over_all_processes_and_not_for_ever(now: datetime) -> None:
    processes = [Misses(), Misses()]
    for number in range(MOST_PER_NETWORK):
        processes[number % 2].count("192.0.2.1/32", now=now)
    for process in processes:
        with pytest.raises(TooMany) as refused:
            process.count("192.0.2.1/32", now=now)
        assert 1 <= refused.value.retry_after <= 601
        process.count("192.0.2.2/32", now=now)
    processes[0].count("192.0.2.1/32", now=now + timedelta(seconds=refused.value.retry_after))


def test_all_networks_together_are_limited(now: datetime) -> None:
    process = Misses()
    for number in range(MOST_IN_ALL):
        process.count(f"network {number}", now=now)
    with pytest.raises(TooMany):
        process.count("another", now=now)


def test_who_was_refused_is_refused_again_without_a_query(now: datetime) -> None:
    process, statements = Misses(), []
    for _ in range(MOST_PER_NETWORK):
        process.count("192.0.2.1/32", now=now)
    with pytest.raises(TooMany) as first:
        process.count("192.0.2.1/32", now=now)
    event.listen(db.engine, "before_cursor_execute", lambda *words: statements.append(words[2]))
    for _ in range(50):
        with pytest.raises(TooMany) as again:
            process.count("192.0.2.1/32", now=now)
    assert statements == []
    assert abs(again.value.retry_after - first.value.retry_after) <= 1
    process.count("192.0.2.1/32", now=now - timedelta(days=3))  # The clock was set back: counted anew, and not refused for days.
    assert statements


def test_the_memory_of_refusals_is_bounded(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misses, "MOST_REMEMBERED", 3)
    process = Misses()
    for number in range(MOST_IN_ALL):
        process.count(f"network {number}", now=now)
    for number in range(10):
        with pytest.raises(TooMany):
            process.count(f"stranger {number}", now=now)
        assert len(process._refused) <= 3
    assert db.session.scalar(select(func.count()).select_from(GuessWindow)) == MOST_IN_ALL + 1


def test_a_database_that_takes_no_writing_keeps_no_answer_back(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_words: object, **_more: object) -> None:
        raise Unavailable

    monkeypatch.setattr(misses, "take", locked)
    for _ in range(MOST_PER_NETWORK + 5):
        Misses().count("192.0.2.1/32", now=now)
