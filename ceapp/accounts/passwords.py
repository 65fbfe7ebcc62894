"""Hashing and checking passwords: argon2id, a few at a time, never while other writers wait."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from ceapp.accounts.password_rules import MOST_BYTES
from ceapp.database import outside_transaction
from ceapp.errors import Unavailable

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_AT_ONCE = 2
_WAIT_SECONDS = 10.0
_turns = threading.BoundedSemaphore(_AT_ONCE)
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$oghCx475fO0fqBlLbBq8fA$WEO16BB/cdxdGLlEufO9MkdtMAjuobky8LDD6Gxwa5o"
"""The hash of nobody's password: checking it takes as long as checking a real one."""


def normalised(password: str) -> str:
    """NFC, as RFC 8265 (OpaqueString) has it: two keyboards that compose é differently give the same password.

    Nothing else is folded: case, width and spaces count as they were typed.
    """
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """The hash to store; `password_rules` has looked at the password before. Raises Unavailable when too many wait."""
    with _turn():
        return _hasher.hash(_bytes(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether this is the password. Without an account (None) it takes as long and is never right."""
    given = _bytes(password)
    if len(given) > MOST_BYTES:  # No password of ours is so long; a short one is checked in its place, for the time it takes.
        stored, given = None, b""
    with _turn():
        return _matches(stored or _NOBODY, given) and stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _matches(stored: str, given: bytes) -> bool:
    try:
        return _hasher.verify(stored, given)
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    return normalised(password).encode("utf-8", "surrogatepass")


@contextmanager
def _turn() -> Iterator[None]:
    """Each hash takes 19 MiB: without a limit a crowd at the door could fill the memory."""
    outside_transaction("argon2")
    if not _turns.acquire(timeout=_WAIT_SECONDS):
        raise Unavailable("Too many people are signing in at this moment. Nothing was changed: try again in a minute.")
    try:
        yield
    finally:
        _turns.release()
