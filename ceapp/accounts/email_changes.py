"""Changing the address that one signs in with: a code goes to the new one, a notice to the old one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts import mailed_codes, proofs, queries, sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.mailed_codes import CHANGE_EMAIL, CodeEnded
from ceapp.accounts.models import Person
from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.errors import Refused
from ceapp.mail.service import queue

SAME = "This is the address that you have already. Nothing was changed."


def ask_to_change_email(
    person_id: UUID, token: str | None, email: str, *, caller: Caller, now: datetime, replacing: str | None = None
) -> str:
    """Owe the new address a code; returns the secret for the browser's cookie.

    An address that has an account gets a letter too, with no code in it: the browser learns nothing of that.
    """
    with transaction() as session:
        proofs.require_proof(person_id, token, now=now)
        if session.get_one(Person, person_id).email == email:
            raise Refused(SAME)
        return mailed_codes.ask(CHANGE_EMAIL, email, person_id=person_id, caller=caller, now=now, replacing=replacing)


def change_email(
    person_id: UUID, token: str | None, secret: str | None, code: str, *, caller: Caller, now: datetime, browser: str = ""
) -> str:
    """The code came back from the new address: it is the person's from now on, and every other sign-in ends.

    Returns the token of the sign-in that goes on here. Raises WrongCode, CodeEnded or TooMany, and Refused when this sign-in was ended.
    """
    tried = mailed_codes.try_code(secret, CHANGE_EMAIL, code, caller=caller, now=now, person_id=person_id)
    try:
        with transaction() as session:
            person = queries.person_to_change(person_id)
            mailed_codes.use(tried, now=now)
            if person.suspended_at is not None:
                raise CodeEnded(mailed_codes.NOT_ASKED)
            standing = sign_ins.standing_of(person_id, token)
            sign_ins.prove(person_id, token, now=now)  # A request on its way must not outlive “sign out everywhere”.
            values = {"email": person.email, "at": now.isoformat()}
            person.email, person.email_confirmed_at = tried.email, now
            session.flush()
            queue("email-changed", f"email-changed:{tried.id}", person_id=person_id, values=values, now=now)
            sign_ins.end_all_of(person_id)
            mailed_codes.end_codes_of(person_id, now=now)
            record("person.email-changed", actor=person_id, now=now, person=person_id)
            return sign_ins.begin(person_id, now=now, browser=browser, after=standing)
    except IntegrityError as problem:  # Somebody got an account with this address since the code was made.
        raise CodeEnded(mailed_codes.NOT_ASKED) from problem
