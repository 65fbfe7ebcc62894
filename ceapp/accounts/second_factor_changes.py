"""Switching one's own second factor on and off, and making new recovery codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ceapp.accounts import proofs, recovery_codes, second_factors, sign_ins, totp
from ceapp.accounts.models import SecondFactor
from ceapp.accounts.sign_ins import Standing
from ceapp.audit.service import record
from ceapp.database import new_id, transaction
from ceapp.errors import Refused

NOT_THE_CODE = (
    "This is not the code that the app should show. Nothing was changed. Take the code that it shows now; "
    "if it is refused again, look whether the clock of your telephone is right, or scan the picture once more."
)
ON_ALREADY = "Your second factor is on already. Nothing was changed."
OFF = "You have no second factor, so there is nothing to change."


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """What the person gets once: the token of the sign-in that goes on here, and the recovery codes."""

    token: str
    codes: list[str]


def switch_on(person_id: UUID, token: str | None, seed: str, digits: str, *, now: datetime, browser: str = "") -> SwitchedOn:
    """Keep a seed that the person's app has, as a code of it shows; signs the person out everywhere else.

    The code is used by this. It is not a guess: the seed is on the same page.
    """
    step = totp.matching_step(seed, digits, now)
    if step is None:
        raise Refused(NOT_THE_CODE)
    codes = recovery_codes.new_codes()
    key_id, ciphertext = second_factors.sealed_seed(person_id, seed)
    with transaction() as session:
        proofs.require_proof(person_id, token, now=now)
        if second_factors.factor_of(person_id) is not None:
            raise Refused(ON_ALREADY)
        factor = SecondFactor(id=new_id(), person_id=person_id, key_id=key_id, ciphertext=ciphertext, last_step=step, since=now)
        session.add(factor)
        session.flush()
        second_factors.store_recovery_codes(factor.id, codes, seed, now=now)
        record("person.second-factor-on", actor=person_id, now=now, person=person_id)
        second_factors.tell(person_id, "on", now=now)
        sign_ins.end_all_of(person_id)
        fresh = sign_ins.begin(person_id, now=now, browser=browser, after=Standing(proved_at=now, factor_at=now))
    return SwitchedOn(fresh, codes)


def switch_off(person_id: UUID, token: str | None, *, now: datetime, browser: str = "") -> str:
    """Go on without a second factor; signs the person out everywhere else. Returns the token of the sign-in that goes on here."""
    with transaction():
        proofs.require_proof(person_id, token, now=now)
        second_factors.remove(_factor_of(person_id))
        record("person.second-factor-off", actor=person_id, now=now, person=person_id)
        second_factors.tell(person_id, "off", now=now)
        standing = sign_ins.standing_of(person_id, token)
        sign_ins.end_all_of(person_id)
        return sign_ins.begin(person_id, now=now, browser=browser, after=standing)


def make_recovery_codes(person_id: UUID, token: str | None, *, now: datetime) -> list[str]:
    """Ten new recovery codes; those from before no longer work."""
    with transaction():
        proofs.require_proof(person_id, token, now=now)
        codes = second_factors.renew_recovery_codes_of(_factor_of(person_id), now=now)
        record("person.recovery-codes-made", actor=person_id, now=now, person=person_id)
        second_factors.tell(person_id, "codes", now=now)
    return codes


def _factor_of(person_id: UUID) -> SecondFactor:
    factor = second_factors.factor_of(person_id)
    if factor is None:
        raise Refused(OFF)
    return factor
