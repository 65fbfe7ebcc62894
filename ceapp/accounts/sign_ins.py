"""The rows behind the cookies: one for each signed-in browser. A row that is gone never comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, update

from ceapp.accounts.models import SecondFactor, SignIn
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

_IS_COMPLETE = or_(SignIn.factor_at.is_not(None), ~exists().where(SecondFactor.person_id == SignIn.person_id))
"""Nothing is proved in a sign-in that waits for its second factor."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was shown in a sign-in: when it was last proved, and when the second factor was given."""

    proved_at: datetime
    factor_at: datetime | None


def begin(person_id: UUID, *, now: datetime, browser: str = "", after: Standing | None = None) -> str:
    """A new signed-in browser; returns the token for its cookie. Forgets rows that have ended by themselves.

    `after` is what was shown in the sign-in that this one takes the place of. A second factor that was given there counts here, and
    the proof is then as old as it was: what opened the new one was only the first factor.
    """
    token = new_token()
    goes_on = after is not None and after.factor_at is not None
    with transaction() as session:
        session.execute(delete(SignIn).where(SignIn.expires_at < now))
        session.add(
            SignIn(
                person_id=person_id,
                token_hash=token_hash(token),
                created_at=now,
                last_seen_at=now,
                proved_at=after.proved_at if after and goes_on else now,
                factor_at=after.factor_at if after else None,
                browser=browser,
                expires_at=now + LONGEST,
            )
        )
    return token


def standing_of(person_id: UUID, token: str | None) -> Standing | None:
    """What was shown in this sign-in; None when it has ended: what takes its place then begins anew."""
    with transaction() as session:
        mine = (SignIn.person_id == person_id, SignIn.token_hash == token_hash(token or ""))
        row = session.execute(select(SignIn.proved_at, SignIn.factor_at).where(*mine)).one_or_none()
    return Standing(*row) if row else None


def end_waiting(person_id: UUID, token: str | None, *, now: datetime) -> None:
    """End the sign-in whose second factor is given now. Raises Refused when it has ended already, or waits for too long."""
    mine = (SignIn.person_id == person_id, SignIn.token_hash == token_hash(token or ""))
    with transaction() as session:
        ended = session.execute(
            delete(SignIn).where(*mine, SignIn.factor_at.is_(None), SignIn.expires_at > now).returning(SignIn.proved_at)
        ).scalar_one_or_none()
        if ended is None or not is_fresh(ended, now):
            raise Refused(ENDED)


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
            .where(SignIn.person_id == person_id, SignIn.token_hash == token_hash(token or ""), SignIn.expires_at > now, _IS_COMPLETE)
            .values(proved_at=now)
            .returning(SignIn.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if proved is None:
            raise Refused(ENDED)


def is_fresh(proved_at: datetime, now: datetime) -> bool:
    """Whether a proof counts still. One from the future does not: the clock was set back, and nobody knows how old it is."""
    return -SKEW <= now - proved_at < PROOF_LASTS


def has_proved(person_id: UUID, token: str | None, *, now: datetime) -> bool:
    """Whether the person showed in this browser, a short while ago, that it is they: with the second factor where they have one."""
    with transaction() as session:
        mine = (SignIn.person_id == person_id, SignIn.token_hash == token_hash(token or ""))
        proved_at = session.scalar(select(SignIn.proved_at).where(*mine, _IS_COMPLETE))
    return proved_at is not None and is_fresh(proved_at, now)


def end_one_of(person_id: UUID, sign_in_id: UUID) -> None:
    """Sign the person out in one of their browsers; one that is out already is nothing to do."""
    with transaction() as session:
        session.execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.id == sign_in_id))


def end_others_of(person_id: UUID, token: str | None) -> None:
    """Sign the person out everywhere but in this browser."""
    with transaction() as session:
        session.execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.token_hash != token_hash(token or "")))
