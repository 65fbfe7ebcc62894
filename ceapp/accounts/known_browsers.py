"""The mark that a browser keeps of having signed in to an account: it gives the browser a guess limit of its own, nothing else."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable


def new_mark(secret: str, email: str) -> str:
    """For a cookie. It does not tell whose account it was, and it opens nothing."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_seal(secret, email, nonce)}"


def known_browser(secrets_: Iterable[str], email: str, mark: str | None) -> str | None:
    """What names the browser when its mark was made for this account with one of the secrets, else None."""
    nonce, _, seal = (mark or "").partition(".")
    is_ours = any(hmac.compare_digest(seal.encode(), _seal(each, email, nonce).encode()) for each in secrets_)
    return nonce if nonce and is_ours else None


def _seal(secret: str, email: str, nonce: str) -> str:
    return hmac.new(secret.encode(), f"known browser\n{nonce}\n{email}".encode(), hashlib.sha256).hexdigest()
