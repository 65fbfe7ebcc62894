"""Showing once more that it is you, before something that cannot be undone. It counts in the browser where it was done."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ceapp.accounts import guesses, mailed_codes, passwords, queries, sign_ins
from ceapp.accounts.code_sign_ins import confirm_address
from ceapp.accounts.guesses import Caller
from ceapp.accounts.mailed_codes import PROVE, CodeEnded
from ceapp.accounts.models import Person
from ceapp.accounts.service import CHANGED_MEANWHILE
from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.errors import Missing, Refused

NOT_RIGHT = "This is not your password. Nothing was changed: type it again, or have a code mailed."
TOO_OLD = (
    "This asks that you showed in the last 15 minutes that it is you. Nothing was changed: "
    "open “Confirm that it is you” under Account, then send this again."
)


def prove_by_password(person_id: UUID, token: str | None, password: str, *, now: datetime) -> None:
    """The person typed their password. Raises Refused when it is another one."""
    with transaction() as session:
        guess = guesses.take("password", now=now, account=str(person_id))
        stored = session.get_one(Person, person_id).password_hash
    if not passwords.verify(stored or None, password):
        raise Refused(NOT_RIGHT)
    with transaction():
        guesses.give_back(guess)
        if queries.person_to_change(person_id).password_hash != stored:
            raise Refused(CHANGED_MEANWHILE)
        sign_ins.prove(person_id, token, now=now)
        record("person.proved", actor=person_id, now=now, person=person_id)


def ask_for_code(person_id: UUID, *, caller: Caller, now: datetime, replacing: str | None = None) -> str:
    """Owe the person a code for showing that it is they; returns the secret for the browser's cookie."""
    with transaction() as session:
        email = session.get_one(Person, person_id).email
        return mailed_codes.ask(PROVE, email, person_id=person_id, caller=caller, now=now, replacing=replacing)


def prove_by_code(
    person_id: UUID, token: str | None, secret: str | None, code: str, *, caller: Caller, now: datetime, browser: str = ""
) -> str:
    """The person typed the code that was mailed to them; returns the token for the cookie, which a first confirmation renews.

    Raises WrongCode, CodeEnded or TooMany.
    """
    tried = mailed_codes.try_code(secret, PROVE, code, caller=caller, now=now, person_id=person_id)
    with transaction():
        person = queries.person_to_change(person_id)
        mailed_codes.use(tried, now=now)
        if person.email != tried.email or person.suspended_at is not None:
            raise CodeEnded(mailed_codes.NOT_ASKED)
        sign_ins.prove(person_id, token, now=now)
        record("person.proved", actor=person_id, now=now, person=person_id)
        if person.email_confirmed_at is not None:
            return token or ""
        # Until now the password was the only way in, so whoever is signed in here knows it.
        confirm_address(person, keeps_password=True, now=now)
        return sign_ins.begin(person_id, now=now, browser=browser)


def require_proof(person_id: UUID, token: str | None, *, now: datetime) -> None:
    """Inside a transaction: raise Refused unless the person showed in this browser, a short while ago, that it is they."""
    if queries.person_to_change(person_id).suspended_at is not None:
        raise Missing
    if not sign_ins.has_proved(person_id, token, now=now):
        raise Refused(TOO_OLD)
