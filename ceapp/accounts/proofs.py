"""Showing once more that it is you, before something that cannot be undone. It counts in the browser where it was done.

Where there is a second factor it is a part of every proof.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ceapp.accounts import guesses, mailed_codes, passwords, queries, second_factors, sign_ins
from ceapp.accounts.code_sign_ins import confirm_address
from ceapp.accounts.guesses import Caller
from ceapp.accounts.mailed_codes import PROVE, CodeEnded
from ceapp.accounts.models import Person
from ceapp.accounts.second_factors import Given
from ceapp.accounts.service import CHANGED_MEANWHILE, TOO_OLD
from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.errors import Missing, Refused

NOT_RIGHT = "This is not your password. Nothing was changed: type it again, or have a code mailed."


def prove_by_password(person_id: UUID, token: str | None, password: str, *, now: datetime, factor: Given | None = None) -> None:
    """The person typed their password, and the code of their second factor. Raises Refused when one is wrong."""
    with transaction() as session:
        guess = guesses.take("password", now=now, account=str(person_id))
        stored = session.get_one(Person, person_id).password_hash
    if not passwords.verify(stored or None, password):
        raise Refused(NOT_RIGHT)
    tried_factor = second_factors.try_factor(person_id, factor, now=now)
    with transaction():
        guesses.give_back(guess)
        if queries.person_to_change(person_id).password_hash != stored:
            raise Refused(CHANGED_MEANWHILE)
        if tried_factor:
            second_factors.use(tried_factor, now=now)
        sign_ins.prove(person_id, token, now=now)
        record("person.proved", actor=person_id, now=now, person=person_id)


def ask_for_code(person_id: UUID, *, caller: Caller, now: datetime, replacing: str | None = None) -> str:
    """Owe the person a code for showing that it is they; returns the secret for the browser's cookie."""
    with transaction() as session:
        email = session.get_one(Person, person_id).email
        return mailed_codes.ask(PROVE, email, person_id=person_id, caller=caller, now=now, replacing=replacing)


def prove_by_code(
    person_id: UUID,
    token: str | None,
    secret: str | None,
    code: str,
    *,
    caller: Caller,
    now: datetime,
    browser: str = "",
    factor: Given | None = None,
) -> str:
    """The person typed the code that was mailed to them; returns the token for the cookie, which a first confirmation renews.

    Raises WrongCode, CodeEnded, WrongFactor or TooMany.
    """
    tried = mailed_codes.try_code(secret, PROVE, code, caller=caller, now=now, person_id=person_id)
    tried_factor = second_factors.try_factor(person_id, factor, now=now)
    with transaction():
        person = queries.person_to_change(person_id)
        mailed_codes.use(tried, now=now)
        if tried_factor:
            second_factors.use(tried_factor, now=now)
        if person.email != tried.email or person.suspended_at is not None:
            raise CodeEnded(mailed_codes.NOT_ASKED)
        sign_ins.prove(person_id, token, now=now)
        record("person.proved", actor=person_id, now=now, person=person_id)
        if person.email_confirmed_at is not None:
            return token or ""
        # Until now the password was the only way in, so whoever is signed in here knows it.
        standing = sign_ins.standing_of(person_id, token)
        confirm_address(person, keeps_password=True, now=now)
        return sign_ins.begin(person_id, now=now, browser=browser, after=standing)


def require_proof(person_id: UUID, token: str | None, *, now: datetime) -> None:
    """Inside a transaction: raise Refused unless the person showed in this browser, a short while ago, that it is they."""
    if queries.person_to_change(person_id).suspended_at is not None:
        raise Missing
    if not sign_ins.has_proved(person_id, token, now=now):
        raise Refused(TOO_OLD)
