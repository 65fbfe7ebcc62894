"""Six-digit codes that go to an address and are typed in the browser that asked for them.

The browser keeps a random secret in a cookie, and the row keeps only its hash: a code is worth nothing on any other screen. The code
is made when its mail is sent. Five tries, ten minutes, one use; a try is counted before the code is looked at. A row whose code must
not work (the address has no account and may not make one) is made, mailed, tried and ended in the same way as every other.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from ceapp.accounts import guesses
from ceapp.accounts.guesses import Caller, Guess
from ceapp.accounts.models import MailedCode
from ceapp.accounts.tokens import SKEW, new_token, token_hash
from ceapp.database import new_id, transaction
from ceapp.errors import Refused
from ceapp.keys import current_keys
from ceapp.mail.service import queue

SIGN_IN, PROVE, CHANGE_EMAIL = "sign-in", "prove", "change-email"

CODE_LETTER, SIGN_UP_LETTER = "code", "sign-up-code"
"""The letters that carry a code; the second one to somebody who gave the enrolment code, so that it may make an account."""

MOST_TRIES = 5
LIFE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=1)
"""How long a code may wait to be mailed."""
_KEPT = timedelta(days=1)
_AHEAD = timedelta(hours=2)
"""A code goes before what waited longer, such as five hundred invitations: somebody sits and waits for it."""

NOT_ASKED = "This browser has not asked for a code, or the code was used already. Nothing was changed: ask for a new one."
EXPIRED = "This code is older than ten minutes. Nothing was changed: ask for a new one."
USED_UP = "This code was typed wrong five times and cannot be used any more. Nothing was changed: ask for a new one."


class WrongCode(Refused):
    """The code was not right, and there are tries left."""


class CodeEnded(Refused):
    """The code cannot be used (any more): a new one is needed."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A code that was typed right, and not used yet."""

    id: UUID
    email: str
    person_id: UUID | None
    time_zone: str
    code_hash: str
    guess: Guess


def ask(
    purpose: str,
    email: str,
    *,
    person_id: UUID | None,
    caller: Caller,
    now: datetime,
    letter: str = CODE_LETTER,
    time_zone: str = "",
    replacing: str | None = None,
) -> str:
    """Owe the address a code; returns the secret for the browser's cookie. `replacing` is the secret of the code that it had before."""
    secret = new_token()
    with transaction() as session:
        guesses.take_about("code", email, caller, now=now)
        session.execute(delete(MailedCode).where(MailedCode.created_at < now - _KEPT))
        session.execute(
            update(MailedCode).where(MailedCode.token_hash == token_hash(replacing or ""), MailedCode.used_at.is_(None)).values(used_at=now)
        )
        row = MailedCode(id=new_id(), purpose=purpose, email=email, person_id=person_id, time_zone=time_zone, created_at=now, tries=0)
        row.token_hash = token_hash(secret)
        session.add(row)
        session.flush()
        queue(letter, f"code:{row.id}", person_id=person_id, values={"code": str(row.id)}, now=now, due_at=now - _AHEAD)
    return secret


def mint(code_id: UUID, *, works: bool, now: datetime) -> str | None:
    """Make the code, at the moment of mailing; an earlier one stops working. None when nobody waits for it any more.

    One that must not work is noted in the same way, so that trying it looks the same; it is never shown to anybody.
    """
    code = f"{secrets.randbelow(10**6):06d}"
    with transaction() as session:
        made = session.execute(
            update(MailedCode)
            .where(
                MailedCode.id == code_id,
                MailedCode.used_at.is_(None),
                MailedCode.tries < MOST_TRIES,
                MailedCode.created_at > now - LONGEST_WAIT,
            )
            .values(code_hash=_code_hash(code_id, code, current_keys().secret) if works else "", made_at=now)
            .returning(MailedCode.id)
        ).scalar_one_or_none()
    return code if made else None


def try_code(secret: str | None, purpose: str, code: str, *, caller: Caller, now: datetime, person_id: UUID | None = None) -> Tried:
    """Count a try and look at the code. Raises WrongCode or CodeEnded; what was right has to be used in the transaction of its deed.

    `person_id` is the signed-in person for codes that are asked for by somebody who is signed in: nobody else's code will do.
    """
    _refuse_too_old(secret, purpose, now)
    with transaction() as session:
        found = session.scalar(select(MailedCode).where(MailedCode.token_hash == token_hash(secret or ""), MailedCode.purpose == purpose))
        if found is None or (person_id is not None and found.person_id != person_id):
            raise CodeEnded(NOT_ASKED)
        refuse_ended(found, now)
        guess = guesses.take_about("code-try", found.email, caller, now=now)
        looked_at = session.execute(
            update(MailedCode)
            .where(MailedCode.id == found.id, MailedCode.used_at.is_(None), MailedCode.tries < MOST_TRIES)
            .values(tries=MailedCode.tries + 1)
            .returning(MailedCode.tries, MailedCode.code_hash)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if looked_at is None:
            raise CodeEnded(USED_UP)
        tries, code_hash = looked_at
        tried = Tried(found.id, found.email, found.person_id, found.time_zone, code_hash, guess)
    if not any(hmac.compare_digest(code_hash, _code_hash(tried.id, code, each)) for each in current_keys().secrets(now)):
        raise _wrong(MOST_TRIES - tries)
    return tried


def _refuse_too_old(secret: str | None, purpose: str, now: datetime) -> None:
    """One that is found to be too old stays so, whatever the clock says later."""
    is_old = or_(MailedCode.made_at <= now - LIFE, MailedCode.made_at > now + SKEW)
    mine = (MailedCode.token_hash == token_hash(secret or ""), MailedCode.purpose == purpose)
    with transaction() as session:
        ended = session.execute(
            update(MailedCode)
            .where(*mine, is_old, MailedCode.used_at.is_(None), MailedCode.tries < MOST_TRIES)
            .values(used_at=now)
            .returning(MailedCode.id)
        ).scalar_one_or_none()
    if ended is not None:
        raise CodeEnded(EXPIRED)


def use(tried: Tried, *, now: datetime) -> None:
    """Use the code up, in the transaction of what it opens. Raises CodeEnded when somebody was faster."""
    with transaction() as session:
        guesses.give_back(tried.guess)
        used = session.execute(
            update(MailedCode)
            .where(MailedCode.id == tried.id, MailedCode.used_at.is_(None), MailedCode.code_hash == tried.code_hash)
            .values(used_at=now)
            .returning(MailedCode.id)
        ).scalar_one_or_none()
        if used is None:
            raise CodeEnded(NOT_ASKED)


def end_codes_of(person_id: UUID, *, now: datetime) -> None:
    """No code that this person asked for, or that goes to their address, opens anything from now on."""
    with transaction() as session:
        session.execute(update(MailedCode).where(MailedCode.person_id == person_id, MailedCode.used_at.is_(None)).values(used_at=now))


def refuse_ended(row: MailedCode, now: datetime) -> None:
    """Raise CodeEnded with the reason when the code cannot be used any more."""
    if row.used_at is not None:
        raise CodeEnded(NOT_ASKED)
    if row.tries >= MOST_TRIES:
        raise CodeEnded(USED_UP)
    since = row.made_at or row.created_at
    if now >= since + (LIFE if row.made_at else LONGEST_WAIT) or since > now + SKEW:  # From before the clock was set back.
        raise CodeEnded(EXPIRED)


def _wrong(left: int) -> Refused:
    if left == 0:
        return CodeEnded(USED_UP)
    again = "One try is left" if left == 1 else f"{left} tries are left"
    return WrongCode(f"This is not the code. Nothing was changed. {again}; look at the newest mail.")


def _code_hash(code_id: UUID, code: str, secret: str) -> str:
    """Keyed with a secret that is not in the database: a million codes are tried in a second by whoever has the rows."""
    said = f"mailed code\n{code_id}\n{code}".encode("utf-8", "surrogatepass")
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()
