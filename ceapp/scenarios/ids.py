"""Ids and slugs: what they may look like, and how they are made where an author gave none."""

from __future__ import annotations

import re
import unicodedata
from base64 import b32encode
from collections.abc import Collection
from hashlib import sha256

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")
OPTION_ID_LENGTH = 10
SLUG_LENGTH = 40


def is_id(text: str) -> bool:
    """Whether the text can be the id of a scene, question or option, or the slug of a scenario or course."""
    return ID.fullmatch(text) is not None


def folded(text: str) -> str:
    """The text as two writings of the same words compare: one normal form, no case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def option_id(text: str) -> str:
    """The id of an option whose author gave none: ten base32 characters of the SHA-256 of its folded text."""
    return b32encode(sha256(folded(text).encode()).digest()).decode().lower()[:OPTION_ID_LENGTH]


def slug_of(title: str, taken: Collection[str]) -> str:
    """An id made of a title that is not taken yet: `What do you do first?` gives `what-do-you-do-first`."""
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = NOT_IN_SLUG.sub("-", ascii_title).strip("-")
    slug = _shortened(words) or "untitled"
    if slug not in taken:
        return slug
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"


def _shortened(words: str) -> str:
    if len(words) <= SLUG_LENGTH:
        return words
    cut = words[:SLUG_LENGTH]
    return cut.rpartition("-")[0] or cut
