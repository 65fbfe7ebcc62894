"""The second factor where it is asked for: a code from an authenticator app, or a recovery code, each of which works once.

A try is counted before it is looked at. What was right is used in the transaction of what it opens, by one statement: of many uses of
one code, one gets through, whatever the clock says later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from ceapp.accounts import guesses, queries, recovery_codes, sign_ins, totp
from ceapp.accounts.guesses import Caller, Guess
from ceapp.accounts.models import RecoveryCode, SecondFactor
from ceapp.accounts.service import SUSPENDED
from ceapp.accounts.sign_ins import Standing
from ceapp.audit.service import record
from ceapp.database import db, new_id, transaction
from ceapp.errors import Refused, Unsafe
from ceapp.keys import current_keys
from ceapp.mail.service import queue

NOTICE = "second-factor-notice"
"""The letter about what became of it."""

WRONG = (
    "This is not the code of your second factor. Nothing was changed. Take the code that the app shows now; "
    "if it is refused again, look whether the clock of your telephone is right."
)
USED = "This code was used already, and each works once. Nothing was changed: wait until the app shows the next one."
RECOVERY_WRONG = "This is not one of your recovery codes, or it was used already. Nothing was changed."
ASKED_TOO = "You have a second factor, so its code is asked for too. Nothing was changed."


class WrongFactor(Refused):
    """The code of the second factor is wrong, or was used before."""


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody typed as their second factor, and from where."""

    typed: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class Tried:
    """A code that may be right, and is not used yet: of a step of the app, or the hash of a recovery code."""

    person_id: UUID
    factor_id: UUID
    guess: Guess
    step: int | None = None
    code_hash: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What a person is shown of their second factor."""

    since: datetime
    codes_left: int


def state_of(person_id: UUID) -> State | None:
    """None while it is off."""
    row = db.session.execute(
        select(SecondFactor.since, func.count(RecoveryCode.id))
        .outerjoin(RecoveryCode, (RecoveryCode.second_factor_id == SecondFactor.id) & RecoveryCode.used_at.is_(None))
        .where(SecondFactor.person_id == person_id)
        .group_by(SecondFactor.id)
    ).one_or_none()
    return State(*row) if row else None


def try_factor(person_id: UUID, given: Given | None, *, now: datetime) -> Tried | None:
    """Count a try and look at the code; None for a person who has no second factor. Raises WrongFactor or TooMany."""
    with transaction():
        factor = factor_of(person_id)
        if factor is None:
            return None
        if given is None or not given.typed:
            raise WrongFactor(ASKED_TOO)
        guess = guesses.take_about("second-factor", str(person_id), given.caller, now=now)
        factor_id, seed = factor.id, _seed_of(factor)
    digits = recovery_codes.without_spaces(given.typed)
    if totp.is_code(digits):
        step = totp.matching_step(seed, digits, now)
        if step is None:
            raise WrongFactor(WRONG)
        return Tried(person_id, factor_id, guess, step=step)
    code = recovery_codes.read_code(given.typed)
    if code is None:
        raise WrongFactor(WRONG)
    return Tried(person_id, factor_id, guess, code_hash=recovery_codes.hash_of(code, seed))


def use(tried: Tried, *, now: datetime) -> None:
    """Use the code up, in the transaction of what it opens and with the person locked. Raises WrongFactor when it was used before."""
    with transaction():
        guesses.give_back(tried.guess)
        if tried.step is not None:
            _use_step(tried, tried.step)
        else:
            _use_recovery_code(tried, now)


def complete_sign_in(person_id: UUID, token: str | None, given: Given, *, now: datetime, browser: str = "") -> str:
    """Give the second factor of a sign-in that waits for it; returns the token of the complete one that takes its place.

    Raises WrongFactor or TooMany, and Refused when the sign-in has ended meanwhile.
    """
    tried = try_factor(person_id, given, now=now)
    if tried is None:  # Switched off or reset a moment ago: either ended every sign-in but the one where it was done.
        raise Refused(sign_ins.ENDED)
    with transaction():
        person = queries.person_to_change(person_id)
        if person.suspended_at is not None:
            raise Refused(SUSPENDED)
        use(tried, now=now)
        sign_ins.end_waiting(person_id, token, now=now)
        record("person.second-factor-given", actor=person_id, now=now, person=person_id)
        return sign_ins.begin(person_id, now=now, browser=browser, after=Standing(proved_at=now, factor_at=now))


def factor_of(person_id: UUID) -> SecondFactor | None:
    """Inside a transaction: the row while it is on."""
    return db.session.scalar(select(SecondFactor).where(SecondFactor.person_id == person_id).execution_options(populate_existing=True))


def sealed_seed(person_id: UUID, seed: str) -> tuple[str, bytes]:
    """The seed as it is stored, with whose it is: moved to another person's row it opens nothing."""
    return current_keys().seal(f"second factor\n{person_id}\n{seed}")


def store_recovery_codes(factor_id: UUID, codes: Sequence[str], seed: str, *, now: datetime) -> None:
    """Inside a transaction: these are the codes from now on; those from before no longer work."""
    with transaction() as session:
        session.execute(delete(RecoveryCode).where(RecoveryCode.second_factor_id == factor_id))
        session.add_all(
            RecoveryCode(id=new_id(), second_factor_id=factor_id, code_hash=recovery_codes.hash_of(code, seed), made_at=now)
            for code in codes
        )
        session.flush()


def renew_recovery_codes_of(factor: SecondFactor, *, now: datetime) -> list[str]:
    """Inside a transaction: ten new codes in the place of all earlier ones."""
    codes = recovery_codes.new_codes()
    store_recovery_codes(factor.id, codes, _seed_of(factor), now=now)
    return codes


def remove(factor: SecondFactor) -> None:
    """Inside a transaction: nothing of the second factor is kept."""
    with transaction() as session:
        session.execute(delete(RecoveryCode).where(RecoveryCode.second_factor_id == factor.id))
        session.execute(delete(SecondFactor).where(SecondFactor.id == factor.id))


def tell(person_id: UUID, deed: str, *, now: datetime, **more: str) -> None:
    """Inside a transaction: owe the person a letter of what became of their second factor."""
    email = queries.person_to_change(person_id).email
    values = {"email": email, "deed": deed, "at": now.isoformat(), **more}
    queue(NOTICE, f"{NOTICE}:{new_id()}", person_id=person_id, values=values, now=now)


def _use_step(tried: Tried, step: int) -> None:
    with transaction() as session:
        used = session.execute(
            update(SecondFactor)
            .where(SecondFactor.id == tried.factor_id, SecondFactor.last_step < step)
            .values(last_step=step)
            .returning(SecondFactor.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if used is None:
            raise WrongFactor(USED)


def _use_recovery_code(tried: Tried, now: datetime) -> None:
    mine = (RecoveryCode.second_factor_id == tried.factor_id, RecoveryCode.used_at.is_(None))
    with transaction() as session:
        used = session.execute(
            update(RecoveryCode)
            .where(*mine, RecoveryCode.code_hash == tried.code_hash)
            .values(used_at=now)
            .returning(RecoveryCode.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if used is None:
            raise WrongFactor(RECOVERY_WRONG)
        left = session.scalar(select(func.count()).select_from(RecoveryCode).where(*mine))
    record("person.recovery-code-used", actor=tried.person_id, now=now, person=tried.person_id)
    tell(tried.person_id, "recovery", now=now, left=str(left))


def _seed_of(factor: SecondFactor) -> str:
    about, person_id, seed = current_keys().unseal(factor.key_id, factor.ciphertext).split("\n")
    if about != "second factor" or person_id != str(factor.person_id):
        raise Unsafe("The seed of a second factor is in the row of somebody else: restore the newest good backup, and report this.")
    return seed
