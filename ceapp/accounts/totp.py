"""Codes of an authenticator app: six digits for each half minute (RFC 6238 with SHA-1, on RFC 4226).

SHA-1, six digits and thirty seconds are what every app reads; several ignore anything else that a QR code says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
SEED_BYTES = 20
"""As long as the hash, as RFC 4226 section 4 recommends."""


def new_seed() -> str:
    """160 random bits in the letters that people can type: base32, 32 characters."""
    return base64.b32encode(secrets.token_bytes(SEED_BYTES)).decode()


def step_at(now: datetime) -> int:
    """The number of the half minute, counted from 1970."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(seed: str, step: int) -> str:
    """The code of a step: dynamic truncation of an HMAC, RFC 4226 section 5.3."""
    digest = hmac.new(base64.b32decode(seed), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def is_code(digits: str) -> bool:
    """Whether this can be a code of an app at all."""
    return re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits) is not None


def matching_step(seed: str, digits: str, now: datetime) -> int | None:
    """The step whose code this is: the present one, the one before or the one after (RFC 6238 section 5.2); None for a wrong code.

    All three are compared whatever the first says, so that the time tells nothing.
    """
    present = step_at(now)
    fits = [step for step in (present - 1, present, present + 1) if hmac.compare_digest(code_at(seed, step).encode(), digits.encode())]
    return fits[-1] if fits else None


def app_address(seed: str, *, issuer: str, account: str) -> str:
    """What the QR code says to the app: the key URI format of Google Authenticator, which the others read too."""
    issuer = issuer.replace(":", " ").strip()
    wanted = {"secret": seed, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{quote(f'{issuer}:{account}', safe=':@')}?{urlencode(wanted, quote_via=quote)}"


def in_groups(seed: str) -> str:
    """The seed as it is typed by hand, four characters at a time."""
    return " ".join(seed[start : start + 4] for start in range(0, len(seed), 4))
