"""What administrators do with accounts. `actor` is the administrator, or None for the operator in the terminal."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ceapp.accounts import queries, second_factors, sign_ins
from ceapp.accounts.mailed_codes import end_codes_of
from ceapp.accounts.models import Person, SecondFactorReset
from ceapp.accounts.people.queries import factor_reset_with, is_last_administrator, person_with_id
from ceapp.audit.service import record
from ceapp.database import new_id, one_at_a_time, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.mail.service import cancel_mail_of, queue

NOT_ONESELF = "You cannot suspend yourself. Nothing was changed; ask another administrator."
LAST_ONE = "This is the last administrator of the server. Nothing was changed; make somebody else an administrator first."
NOT_ONES_OWN_SIGN_IN = "This would sign you out without a password. Nothing was changed; your own password is changed under Account."
NOT_ONES_OWN_FACTOR = (
    "Nobody takes their own second factor away here. Nothing was changed; yours is under Account, or ask another administrator."
)
NO_FACTOR = "This person has no second factor. Nothing was changed."
LONGEST_REASON = 400
"""Characters of a reason."""

IS_REVIEWER = "This account only reviews courses. Nothing was changed: whoever learns, supervises or administers here needs another one."
IS_SUSPENDED = "This account is suspended. Nothing was changed; restore it first."


def suspend(person_id: UUID, *, actor: UUID | None, now: datetime) -> None:
    """Close an account until it is restored: nobody is signed in with it, and nothing that waits is mailed to it."""
    with transaction():
        person = _person_to_change(person_id, actor)
        if person.id == actor:
            raise Refused(NOT_ONESELF)
        if person.suspended_at is not None:
            return
        _refuse_last_administrator(person)
        person.suspended_at = now
        _end_ways_in(person_id, now)
        cancel_mail_of(person_id, now=now)
        record("person.suspended", actor=actor, now=now, person=person_id)


def restore(person_id: UUID, *, actor: UUID | None, now: datetime) -> None:
    """Open a suspended account again; the person signs in as before."""
    with transaction():
        person = _person_to_change(person_id, actor)
        if person.suspended_at is None:
            return
        person.suspended_at = None
        record("person.restored", actor=actor, now=now, person=person_id)


def reset_sign_in(person_id: UUID, *, actor: UUID | None, form_key: str, now: datetime) -> None:
    """Remove the password and end every sign-in, so that the next one is by a mailed code; a mail tells the person."""
    with transaction():
        person = _person_to_change(person_id, actor)
        if person.id == actor:
            raise Refused(NOT_ONES_OWN_SIGN_IN)
        if person.suspended_at is not None:
            raise Refused(IS_SUSPENDED)
        occurrence = f"sign-in-reset:{person_id}:{form_key}"
        if queue("sign-in-reset", occurrence, person_id=person_id, values={}, now=now) is None:  # The same form again.
            return
        person.password_hash = ""
        _end_ways_in(person_id, now)
        record("person.sign-in-reset", actor=actor, now=now, person=person_id)


def reset_second_factor(person_id: UUID, reason: str, *, actor: UUID | None, form_key: str, now: datetime) -> None:
    """Take somebody's second factor away and end every sign-in; a mail tells the person, with the reason. Nobody reads the seed.

    The same form again changes nothing.
    """
    key_id, ciphertext = current_keys().seal(_fit(reason))
    with transaction() as session:
        person = _person_to_change(person_id, actor)
        if person.id == actor:
            raise Refused(NOT_ONES_OWN_FACTOR)
        if factor_reset_with(form_key):
            return
        factor = second_factors.factor_of(person_id)
        if factor is None:
            raise Refused(NO_FACTOR)
        second_factors.remove(factor)
        _end_ways_in(person_id, now)
        reset = SecondFactorReset(
            id=new_id(), person_id=person_id, reset_by=actor, reset_at=now, form_key=form_key, key_id=key_id, ciphertext=ciphertext
        )
        session.add(reset)
        record("person.second-factor-reset", actor=actor, now=now, person=person_id, reset=reset.id)
        second_factors.tell(person_id, "reset", now=now, reason=reason.strip())


def make_administrator(person_id: UUID, *, actor: UUID | None, now: datetime) -> None:
    """Let a person administer the server; they sign in anew."""
    with transaction():
        person = _person_to_change(person_id, actor)
        if person.suspended_at is not None:
            raise Refused(IS_SUSPENDED)
        refuse_reviewer(person)
        if person.is_administrator:
            return
        person.is_administrator = True
        sign_ins.end_all_of(person_id)
        record("person.made-administrator", actor=actor, now=now, person=person_id)


def take_administrator(person_id: UUID, *, actor: UUID | None, now: datetime) -> None:
    """Take the administration of the server away, from the next request on. Never from the last one."""
    with transaction():
        person = _person_to_change(person_id, actor)
        if not person.is_administrator:
            return
        _refuse_last_administrator(person)
        person.is_administrator = False
        record("person.administrator-taken", actor=actor, now=now, person=person_id)


def refuse_unless_administers(actor: UUID | None) -> None:
    """Raise Missing when the actor does not administer the server at this moment. The operator in the terminal always may."""
    acting = person_with_id(actor) if actor else None
    if actor is not None and (acting is None or not acting.is_administrator or acting.suspended_at is not None):
        raise Missing


def refuse_reviewer(person: Person) -> None:
    """Raise Refused for an account that reviews courses: it does nothing else, so that it is in no list, report or figure."""
    if person.is_reviewer:
        raise Refused(IS_REVIEWER)


def _person_to_change(person_id: UUID, actor: UUID | None) -> Person:
    """The person, locked, when the actor administers the server at this moment.

    All these deeds take turns, so that two administrators who take each other away do not leave the server without one.
    """
    one_at_a_time("people")
    refuse_unless_administers(actor)
    if person_with_id(person_id) is None:
        raise Missing
    return queries.person_to_change(person_id)


def _refuse_last_administrator(person: Person) -> None:
    if is_last_administrator(person.id):
        raise Refused(LAST_ONE)


def _end_ways_in(person_id: UUID, now: datetime) -> None:
    """End every sign-in, and every code that was asked for before."""
    sign_ins.end_all_of(person_id)
    end_codes_of(person_id, now=now)


def _fit(reason: str) -> str:
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Malformed(f"Give a reason of up to {LONGEST_REASON} characters. Nothing was changed.")
    return reason
