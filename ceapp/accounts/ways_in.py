"""Which ways in this server offers, as its settings say: mail, and who may make an account."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from flask import current_app

from ceapp.accounts import guesses
from ceapp.accounts.guesses import Caller
from ceapp.config import Settings
from ceapp.errors import Refused

WRONG_ENROLMENT_CODE = "This is not the enrolment code. Nothing was changed: look at it again, or ask whoever gave it to you."


def has_mail() -> bool:
    """Whether mail leaves by itself; without a mail server it waits in the outbox for the operator."""
    return bool(settings().mail_url)


def may_sign_up() -> bool:
    """Whether anybody can make an account by themselves."""
    return settings().sign_up in ("open", "code")


def asks_enrolment_code() -> bool:
    return settings().sign_up == "code"


def may_make_account(*, gave_enrolment_code: bool) -> bool:
    """Whether a code may make an account for an address that has none."""
    return settings().sign_up == "open" or (settings().sign_up == "code" and gave_enrolment_code)


def check_enrolment_code(given: str, *, caller: Caller, now: datetime) -> None:
    """Raise Refused unless it is the enrolment code of this server; case and outer spaces do not count."""
    if not asks_enrolment_code():
        return
    guess = guesses.take("enrolment-code", now=now, network=caller.network)
    if not hmac.compare_digest(_digest(given), _digest(settings().sign_up_code)):
        raise Refused(WRONG_ENROLMENT_CODE)
    guesses.give_back(guess)


def settings() -> Settings:
    found: Settings = current_app.extensions["ceapp.settings"]
    return found


def _digest(text: str) -> bytes:
    return hashlib.sha256(" ".join(text.split()).casefold().encode("utf-8", "surrogatepass")).digest()
