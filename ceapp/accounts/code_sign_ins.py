"""Signing in by a mailed code, which also makes an account where somebody may have one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from ceapp.accounts import mailed_codes, queries, sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.mailed_codes import CODE_LETTER, SIGN_IN, CodeEnded, Tried
from ceapp.accounts.models import Person
from ceapp.accounts.service import SUSPENDED
from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.errors import Refused

AT_ONCE = "Two sign-ins with this address met. Nothing was changed: type the code again."
NO_SIGN_UP = "Nobody can make an account here by themselves any more. Nothing was changed: see the help page for whom to ask."


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who is signed in now; `token` is for the cookie."""

    token: str
    email: str
    is_new: bool
    lost_password: bool


def ask_to_sign_in(
    email: str, *, caller: Caller, now: datetime, letter: str = CODE_LETTER, time_zone: str = "", replacing: str | None = None
) -> str:
    """Owe the address a code, or a letter that it has no account here: the browser is told the same, and the work is the same."""
    with transaction():
        person = queries.person_by_email(email)
        return mailed_codes.ask(
            SIGN_IN,
            email,
            person_id=person.id if person else None,
            caller=caller,
            now=now,
            letter=letter,
            time_zone=time_zone,
            replacing=replacing,
        )


def sign_in_by_code(
    secret: str | None, code: str, *, may_sign_up: bool, caller: Caller, now: datetime, ending: str | None = None, browser: str = ""
) -> Entered:
    """Sign in whoever has the address that the code went to; ends the browser's earlier sign-in.

    Raises WrongCode or CodeEnded, TooMany before the code is looked at, and Refused for a suspended person.
    """
    tried = mailed_codes.try_code(secret, SIGN_IN, code, caller=caller, now=now)
    try:
        with transaction():
            _lock_whoever_has(tried.email)
            mailed_codes.use(tried, now=now)
            person, is_new = _person_of(tried, now) if may_sign_up else (_known_person_of(tried), False)
            if person.suspended_at is not None:
                raise Refused(SUSPENDED)
            lost_password = confirm_address(person, keeps_password=False, now=now)
            record("person.signed-up" if is_new else "person.signed-in", actor=person.id, now=now, person=person.id)
            sign_ins.end(ending)
            token = sign_ins.begin(person.id, now=now, browser=browser)
            return Entered(token, person.email, is_new, lost_password)
    except IntegrityError as problem:
        raise Refused(AT_ONCE) from problem


def confirm_address(person: Person, *, keeps_password: bool, now: datetime) -> bool:
    """Inside a transaction: a code came back from the address. Whether a password was removed by it.

    The first time, every sign-in and code from before ends: somebody else may have made the account with this address. So may the
    password be somebody else's, except where it was just given by the one who has the code.
    """
    if person.email_confirmed_at is not None:
        return False
    person.email_confirmed_at = now
    sign_ins.end_all_of(person.id)
    mailed_codes.end_codes_of(person.id, now=now)
    record("person.email-confirmed", actor=person.id, now=now, person=person.id)
    if keeps_password or not person.password_hash:
        return False
    person.password_hash = ""
    record("person.password-removed", actor=person.id, now=now, person=person.id)
    return True


def _lock_whoever_has(email: str) -> None:
    found = queries.person_by_email(email)
    if found is not None:
        queries.person_to_change(found.id)


def _person_of(tried: Tried, now: datetime) -> tuple[Person, bool]:
    found = queries.person_by_email(tried.email)
    if found is not None or tried.person_id is not None:
        return _known_person_of(tried), False
    with transaction() as session:
        person = Person(email=tried.email, time_zone=tried.time_zone, password_hash="", email_confirmed_at=now, created_at=now)
        session.add(person)
        session.flush()
        return person, True


def _known_person_of(tried: Tried) -> Person:
    """The person, locked. The account that the code was asked for has to have the address still."""
    found = queries.person_by_email(tried.email)
    if found is None and tried.person_id is None:
        raise CodeEnded(NO_SIGN_UP)
    if found is None or tried.person_id not in (None, found.id):
        raise CodeEnded(mailed_codes.NOT_ASKED)
    return queries.person_to_change(found.id)
