"""What one page made and the next one shows: sealed, in the browser's own cookie, for a short while and for one sign-in.

Nothing of it is stored here, so a reload or a second click shows the same, and afterwards nobody can.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import session

from ceapp import clock
from ceapp.accounts.cookies import sign_in_token
from ceapp.accounts.tokens import SKEW, token_hash
from ceapp.errors import Unsafe
from ceapp.keys import current_keys


def keep(what: str, secret: str, *, token: str) -> None:
    """Have the browser keep a secret for the sign-in with this token."""
    key_id, sealed = current_keys().seal("\n".join((what, token_hash(token), str(int(clock.now().timestamp())), secret)))
    session[what] = [key_id, sealed.decode()]


def kept(what: str, life: timedelta) -> str | None:
    """The secret, while it is no older than `life` and the sign-in is the same."""
    if what not in session:
        return None
    key_id, sealed = session[what]
    try:
        called, owner, made, secret = current_keys().unseal(key_id, sealed.encode()).split("\n", 3)
    except Unsafe:  # Sealed with a key that is gone since.
        return None
    age = clock.now() - datetime.fromtimestamp(int(made), UTC)
    is_ours = called == what and owner == token_hash(sign_in_token() or "")
    return secret if is_ours and -SKEW <= age < life else None


def forget(what: str) -> None:
    session.pop(what, None)
