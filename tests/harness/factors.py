"""Somebody with a second factor, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from ceapp.accounts import second_factor_changes, sign_ins, totp
from tests.conftest import Member


@dataclass(frozen=True)
class Factor:
    """What the person's telephone and drawer hold, and the sign-in in which it was switched on."""

    seed: str
    codes: list[str]
    token: str

    def code(self, now: datetime, steps: int = 0) -> str:
        """What the app shows then, or so many half minutes later."""
        return totp.code_at(self.seed, totp.step_at(now) + steps)


def switched_on(app: Flask, person: Member, now: datetime) -> Factor:
    """Have the person switch on a second factor a minute before; the code of now is not used yet."""
    seed = totp.new_seed()
    digits = totp.code_at(seed, totp.step_at(now) - 2)
    with app.app_context():
        token = sign_ins.begin(person.id, now=now)
        earlier = datetime.fromtimestamp(now.timestamp() - 60, now.tzinfo)
        done = second_factor_changes.switch_on(person.id, token, seed, digits, now=earlier)
    return Factor(seed, done.codes, done.token)
