"""The code that a certificate is checked by: 128 random bits that people can read aloud and type.

26 characters of Crockford's base32 and a check character of the same alphabet. The check is a weighted sum over GF(32), the weights
being powers of a generator, so that every single wrong character and every swap of two characters is noticed. Nothing about the
certificate is in it.
"""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
LENGTH = 27
_GROUP = 5
_FOLDED = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\u2010": None, "\u2011": None, "\u2013": None})
_LONGEST_TYPED = 64


def new_code() -> str:
    """A fresh code, without hyphens; the only place that makes one."""
    bits = secrets.randbits(128)
    body = "".join(ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))
    return body + _check(body)


def show(code: str) -> str:
    """7K3M9-QX2TP-4WZC6-HD8RB-V5NJE-YF, as it is printed."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def parse(text: str) -> str | None:
    """The code that somebody typed or scanned, or None when it cannot be one. Case, O/0, I/L/1, spaces and hyphens do not matter."""
    if len(text) > _LONGEST_TYPED:
        return None
    code = "".join(text.split()).upper().translate(_FOLDED)
    if len(code) != LENGTH or any(character not in _VALUES for character in code) or _check(code[:-1]) != code[-1]:
        return None
    return code


def _check(body: str) -> str:
    total = 0
    for character in body:
        total = _double(total ^ _VALUES[character])
    return ALPHABET[total]


def _double(value: int) -> int:
    """Multiply by the generator x of GF(32) modulo x^5 + x^2 + 1."""
    return (value << 1 ^ 0b100101) & 31 if value & 16 else value << 1
