"""Guess limits: how often a secret may be tried, counted in the database, so that all workers and a restart share the count.

A guess is counted before the secret is looked at and given back when it was right: however many are tried at once, no more than
the limit are looked at. Windows end by themselves, so nobody is locked out for good. A browser in which this account was signed
in before has a count of its own (`known_browsers`): a stranger who uses up the account's guesses does not keep its owner out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ceapp.accounts.models import GuessWindow
from ceapp.database import db, new_id, transaction
from ceapp.errors import TooMany

TEN_MINUTES = timedelta(minutes=10)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
_KEPT = timedelta(days=2)
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` guesses about one `of` (account, network, browser, or the whole server) in one `span`."""

    of: str
    most: int
    span: timedelta


LIMITS = {
    # In this order everywhere: transactions on PostgreSQL that lock the rows in one order cannot block each other.
    "sign-in": (Limit("account", 10, QUARTER), Limit("account", 100, DAY), Limit("network", 30, QUARTER), Limit("server", 1000, QUARTER)),
    "sign-in in a known browser": (Limit("browser", 10, QUARTER), Limit("browser", 100, DAY)),
    # Asking for a code: it costs a mail, and gives five tries.
    "code": (Limit("account", 5, QUARTER), Limit("account", 30, DAY), Limit("network", 30, QUARTER), Limit("server", 1000, QUARTER)),
    "code in a known browser": (Limit("browser", 5, QUARTER), Limit("browser", 30, DAY)),
    "code-try": (Limit("account", 25, QUARTER), Limit("account", 100, DAY), Limit("network", 60, QUARTER), Limit("server", 2000, QUARTER)),
    "code-try in a known browser": (Limit("browser", 25, QUARTER), Limit("browser", 100, DAY)),
    # One million codes, three of them right at a time: thirty tries a day are one chance in ten thousand, for who has the first factor.
    "second-factor": (
        Limit("account", 10, QUARTER),
        Limit("account", 30, DAY),
        Limit("network", 30, QUARTER),
        Limit("server", 1000, QUARTER),
    ),
    "second-factor in a known browser": (Limit("browser", 10, QUARTER), Limit("browser", 30, DAY)),
    "enrolment-code": (Limit("network", 20, QUARTER), Limit("server", 300, QUARTER)),
    "course-code": (Limit("account", 10, QUARTER), Limit("network", 60, QUARTER), Limit("server", 1000, QUARTER)),
    "password": (Limit("account", 10, QUARTER), Limit("account", 100, DAY)),
    # Every sign-up counts, right or wrong: it costs a hash, and a refused one tells that an address is known.
    "sign-up": (Limit("network", 40, QUARTER), Limit("network", 200, DAY), Limit("server", 600, QUARTER)),
    "set-up": (Limit("network", 10, QUARTER), Limit("server", 100, QUARTER)),
    "certificate-code": (Limit("network", 30, TEN_MINUTES), Limit("server", 1000, TEN_MINUTES)),
    "invitation": (Limit("network", 30, QUARTER), Limit("server", 1000, QUARTER)),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a guess comes from: the network, and the mark of a browser in which this account was signed in before."""

    network: str
    known_browser: str | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess that was counted, by the windows that count it."""

    windows: tuple[UUID, ...]


def take(purpose: str, *, now: datetime, **subjects: str) -> Guess:
    """Count one guess about each subject. Raises TooMany, and counts nothing, when one of them has used up its own."""
    with transaction() as session:
        windows = _count(purpose, subjects, now)
        session.execute(delete(GuessWindow).where(GuessWindow.window_start < now - _KEPT))
    return Guess(windows)


def take_about(purpose: str, email: str, caller: Caller, *, now: datetime) -> Guess:
    """Count one guess about the account of this address: in a browser that is known for it by the browser's own count."""
    if caller.known_browser:
        return take(f"{purpose} in a known browser", now=now, browser=f"{caller.known_browser} {email}")
    return take(purpose, now=now, account=email, network=caller.network)


def give_back(guess: Guess) -> None:
    """The guess was right: it does not count."""
    if not guess.windows:
        return
    with transaction() as session:
        rank = case({window: place for place, window in enumerate(guess.windows)}, value=GuessWindow.id)
        in_order = select(GuessWindow.id).where(GuessWindow.id.in_(guess.windows)).order_by(rank).with_for_update()
        session.execute(
            update(GuessWindow)
            .where(GuessWindow.id.in_(in_order), GuessWindow.guesses > 0)
            .values(guesses=GuessWindow.guesses - 1)
            .execution_options(synchronize_session=False)
        )


def _count(purpose: str, subjects: Mapping[str, str], now: datetime) -> tuple[UUID, ...]:
    """One more in every window, in the order of the limits and in one statement; all or none of them."""
    limits = {_subject_hash(limit, subjects.get(limit.of, "")): limit for limit in LIMITS[purpose]}
    rows = [
        {"id": new_id(), "purpose": purpose, "subject": subject, "window_start": _start(limit, now), "guesses": 1}
        for subject, limit in limits.items()
    ]
    if not rows:
        return ()
    insert = (postgresql if db.engine.dialect.name == "postgresql" else sqlite).insert(GuessWindow)
    counted = insert.values(rows).on_conflict_do_update(
        index_elements=["purpose", "subject", "window_start"],
        set_={"guesses": GuessWindow.guesses + 1},
        where=GuessWindow.guesses < case({subject: limit.most for subject, limit in limits.items()}, value=GuessWindow.subject),
    )
    counts = db.session.execute(counted.returning(GuessWindow.subject, GuessWindow.id))
    windows = dict(counts.all())
    for subject, limit in limits.items():
        if subject not in windows:
            wait = _start(limit, now) + limit.span - now
            raise TooMany(_sentence(wait), retry_after=ceil(wait.total_seconds()))
    return tuple(windows[subject] for subject in limits)


def _start(limit: Limit, now: datetime) -> datetime:
    return now - (now - _EPOCH) % limit.span


def _subject_hash(limit: Limit, subject: str) -> str:
    return hashlib.sha256(f"{limit.of} {limit.span} {subject}".encode("utf-8", "surrogatepass")).hexdigest()


def _sentence(wait: timedelta) -> str:
    minutes = ceil(wait / timedelta(minutes=1))
    after = "a minute" if minutes == 1 else f"{minutes} minutes" if minutes <= 90 else f"{ceil(minutes / 60)} hours"
    return f"There were too many tries with these details or from this network. Nothing was changed. Try again in {after}."
