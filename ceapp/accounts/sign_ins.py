"""The rows behind the cookies: one for each signed-in browser. A row that is gone never comes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from ceapp.accounts.models import SignIn
from ceapp.accounts.tokens import SKEW, new_token, token_hash
from ceapp.database import transaction
from ceapp.errors import Refused

LONGEST = timedelta(days=30)
LONGEST_IDLE = timedelta(days=14)
"""Whoever works on one scenario a week stays signed in."""

PROOF_LASTS = timedelta(minutes=15)
"""How long showing that it is you counts for what asks for it."""

SEEN_EVERY = timedelta(minutes=10)
ENDED = "Your sign-in in this browser has ended. Nothing was changed: sign in and try again."


def begin(person_id: UUID, *, now: datetime, browser: str = "") -> str:
    """A new signed-in browser; returns the token for its cookie. Forgets rows that have ended by themselves."""
    token = new_token()
    with transaction() as session:
        session.execute(delete(SignIn).where(SignIn.expires_at < now))
        session.add(
            SignIn(
                person_id=person_id,
                token_hash=token_hash(token),
                created_at=now,
                last_seen_at=now,
                proved_at=now,
                browser=browser,
                expires_at=now + LONGEST,
            )
        )
    return token


def end(token: str | None) -> None:
    """Sign this browser out; no token, or one that is unknown, is nothing to do."""
    if token:
        with transaction() as session:
            session.execute(delete(SignIn).where(SignIn.token_hash == token_hash(token)))


def end_all_of(person_id: UUID) -> None:
    """Sign the person out everywhere."""
    with transaction() as session:
        session.execute(delete(SignIn).where(SignIn.person_id == person_id))


def touch(sign_in_id: UUID, *, now: datetime) -> None:
    """Note that the person was here. It changes a row that is there and never makes one: what was ended stays ended."""
    with transaction() as session:
        session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.last_seen_at < now).values(last_seen_at=now))


def prove(person_id: UUID, token: str | None, *, now: datetime) -> None:
    """Note that the person showed in this browser that it is they. Raises Refused when its sign-in has ended meanwhile."""
    with transaction() as session:
        proved = session.execute(
            update(SignIn)
            .where(SignIn.person_id == person_id, SignIn.token_hash == token_hash(token or ""), SignIn.expires_at > now)
            .values(proved_at=now)
            .returning(SignIn.id)
        ).scalar_one_or_none()
        if proved is None:
            raise Refused(ENDED)


def is_fresh(proved_at: datetime, now: datetime) -> bool:
    """Whether a proof counts still. One from the future does not: the clock was set back, and nobody knows how old it is."""
    return -SKEW <= now - proved_at < PROOF_LASTS


def has_proved(person_id: UUID, token: str | None, *, now: datetime) -> bool:
    """Whether the person showed in this browser, a short while ago, that it is they."""
    with transaction() as session:
        mine = (SignIn.person_id == person_id, SignIn.token_hash == token_hash(token or ""))
        proved_at = session.scalar(select(SignIn.proved_at).where(*mine))
    return proved_at is not None and is_fresh(proved_at, now)


def end_one_of(person_id: UUID, sign_in_id: UUID) -> None:
    """Sign the person out in one of their browsers; one that is out already is nothing to do."""
    with transaction() as session:
        session.execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.id == sign_in_id))


def end_others_of(person_id: UUID, token: str | None) -> None:
    """Sign the person out everywhere but in this browser."""
    with transaction() as session:
        session.execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.token_hash != token_hash(token or "")))
