"""The ways into a course, and the codes that people type. Pure."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from enum import StrEnum

from ceapp.certificates.codes import ALPHABET

_LENGTH, _GROUP = 16, 4
"""Sixteen characters of thirty-two: 80 random bits."""
_FOLDED = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, "\u2010": None, "\u2011": None, "\u2013": None})


class Way(StrEnum):
    """Who may enrol in a course."""

    OPEN = "open"
    BY_CODE = "by code"
    BY_HAND = "by hand"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Way.OPEN: "Open: whoever has an account",
    Way.BY_CODE: "By code: whoever has the code of the course, or a voucher",
    Way.BY_HAND: "By hand: only whom an administrator enrols",
}


class Refund(StrEnum):
    """What became of money that was paid elsewhere."""

    NONE = "none"
    ASKED = "asked"
    REFUNDED = "refunded"
    DECLINED = "declined"

    @property
    def label(self) -> str:
        return "No refund was asked for" if self is Refund.NONE else f"Refund {self.value}"


def new_voucher() -> str:
    """A fresh code, without hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))


def show(code: str) -> str:
    """7K3M-9QX2-TP4W-ZC6H, as it is handed out."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def typed(text: str) -> str:
    """A code as it counts: case, O/0, I/L/1, spaces and hyphens do not matter."""
    return "".join(text.split()).upper().translate(_FOLDED)


def keyed_hash(key: bytes, code: str) -> str:
    """What is stored of a code to find it again: of no use without the key."""
    return hmac.new(key, f"course code\n{typed(code)}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def possible_hashes(sealing: Mapping[str, bytes], code: str) -> list[str]:
    """How a code would be stored under each of the keys."""
    return [keyed_hash(key, code) for key in sealing.values()]
