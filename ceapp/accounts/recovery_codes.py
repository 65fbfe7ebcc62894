"""Codes that stand in for a lost telephone: twelve characters that are hard to misread."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: five bits a character, without I, L, O and U."""

LENGTH = 12
"""Sixty random bits."""

NUMBER = 10
_MISREAD = str.maketrans("OIL", "011")
_WHOLE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")
_BETWEEN = re.compile(r"[\s\u2010-\u2015-]")


def new_codes() -> list[str]:
    """Ten different ones."""
    codes: set[str] = set()
    while len(codes) < NUMBER:
        codes.add("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))
    return sorted(codes)


def in_groups(code: str) -> str:
    """As it is printed: XXXX-XXXX-XXXX."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def as_text(codes: Iterable[str], *, host: str, email: str) -> str:
    """The codes as a file, with lines that every editor shows."""
    head = (f"Recovery codes of {email}", f"for signing in at {host}", "", "Each works once, in the place of the code of the app.", "")
    return "".join(f"{line}\r\n" for line in (*head, *codes))


def without_spaces(typed: str) -> str:
    """What was typed without the spaces and dashes between, in the plainest form of each character."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", typed))


def read_code(typed: str) -> str | None:
    """The recovery code that was typed, with what is often misread put right; None when it cannot be one."""
    code = without_spaces(typed).upper().translate(_MISREAD)
    return code if _WHOLE.fullmatch(code) else None


def hash_of(code: str, seed: str) -> str:
    """What is stored. The key is the seed, which the database holds only sealed: the rows alone say nothing."""
    return hmac.new(seed.encode(), f"recovery code\n{code}".encode(), hashlib.sha256).hexdigest()
