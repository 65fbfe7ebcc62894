"""Secrets that are handed out once and stored only as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

SKEW = timedelta(minutes=5)
"""How far the clocks of two nodes may differ. What is later than now by more than this is from before the clock was set back."""


def new_token() -> str:
    """256 random bits, for a cookie or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored. A plain hash is enough: nobody can try all of 2 to the power of 256."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
