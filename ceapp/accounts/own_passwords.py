"""A password is optional: people who have none, or forgot it, set one after a mailed code; people may go without."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ceapp.accounts import proofs, queries, sign_ins
from ceapp.accounts.models import Person
from ceapp.accounts.service import hash_of_new, replace_password, tell_of_password
from ceapp.database import transaction
from ceapp.errors import Refused

NOT_CONFIRMED = (
    "No code that was mailed to your address has come back yet, so without a password you could lose your way in. Nothing was changed."
)


def set_own_password(person_id: UUID, token: str | None, new: str, *, now: datetime, browser: str = "") -> str:
    """Set a password without giving the old one, on a fresh proof by mailed code; signs the person out everywhere else.

    Returns the token of the sign-in that goes on here.
    """
    with transaction() as session:
        proofs.require_proof(person_id, token, now=now)
        person = session.get_one(Person, person_id)
        about = (person.email, person.name)
    password_hash = hash_of_new(new, about=about)
    with transaction():
        proofs.require_proof(person_id, token, now=now)
        person = queries.person_to_change(person_id)
        deed = "changed" if person.password_hash else "set"
        standing = sign_ins.standing_of(person_id, token)
        replace_password(person, password_hash, actor=person_id, now=now)
        tell_of_password(person, deed, now=now)
        return sign_ins.begin(person_id, now=now, browser=browser, after=standing)


def remove_password(person_id: UUID, token: str | None, *, now: datetime, browser: str = "") -> str:
    """Go on with mailed codes only; signs the person out everywhere else. Returns the token of the sign-in that goes on here."""
    with transaction():
        proofs.require_proof(person_id, token, now=now)
        person = queries.person_to_change(person_id)
        if person.email_confirmed_at is None:
            raise Refused(NOT_CONFIRMED)
        had_password, standing = bool(person.password_hash), sign_ins.standing_of(person_id, token)
        replace_password(person, "", actor=person_id, now=now)
        if had_password:
            tell_of_password(person, "removed", now=now)
        return sign_ins.begin(person_id, now=now, browser=browser, after=standing)
