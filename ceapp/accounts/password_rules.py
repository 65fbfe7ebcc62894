"""Which passwords are refused: too short, too long, or among the first that anybody would guess. No other rules.

There are no rules about kinds of characters and nothing expires. What is guessed first is judged by a local list and by a few
patterns, after folding away case, accents, spaces and the usual letter swaps. The list was written by hand for this project
and is short; it is no published list of leaked passwords, and one of those would catch more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LEAST_CHARACTERS = 15
MOST_BYTES = 1024
_LEAST_DIFFERENT = 6
_LEAST_REST = 8  # Characters that must be left when everything predictable is taken away.
_LONGEST_UNIT = 7  # A repeated text of up to this length counts as one.

_GUESSED = "This password is among the first that would be guessed. Take four or five words that have nothing to do with you or each other."
_BLOCKLIST = Path(__file__).with_name("blocklist.txt")
_SWAPS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb",
    "!@#$%^&*()+",
)
_LEAST_RUN = 4
_JOINERS = " -_.,:;'"
_COMMON_WORDS = frozenset(_BLOCKLIST.with_name("common_words.txt").read_text("utf-8").split())
_LEAST_PERSONAL = 3


def problems_of(password: str, about: Iterable[str] = ()) -> list[str]:
    """What is wrong with a password, in sentences; `about` is what others know of the person (e-mail address, name)."""
    password = unicodedata.normalize("NFC", password)
    try:
        length = len(password.encode())
    except UnicodeEncodeError:
        return ["The password holds a character that cannot be stored. Type it again."]
    if len(password) < LEAST_CHARACTERS:
        return [
            f"The password needs at least {LEAST_CHARACTERS} characters; this one has {len(password)}. Four or five unrelated words do."
        ]
    if length > MOST_BYTES:
        return [f"The password is longer than {MOST_BYTES} bytes. Shorten it."]
    if _is_predictable(password, about):
        return [_GUESSED]
    return []


def _is_predictable(password: str, about: Iterable[str]) -> bool:
    typed = password.casefold()
    if len(set(typed)) < _LEAST_DIFFERENT or _is_repeated(typed):
        return True
    stem = typed.rstrip("0123456789!?.*#")  # What is put behind a known phrase is guessed with it.
    if {_letters(text) for text in (typed, stem, typed.translate(_SWAPS), stem.translate(_SWAPS))} & _blocked():
        return True
    words = _COMMON_WORDS | _personal_words(about)
    return min(_rest(typed, words), _rest(typed.translate(_SWAPS), words)) < _LEAST_REST


def _rest(typed: str, words: Iterable[str]) -> int:
    """How many characters are left without common words, runs on the keyboard, years and repetitions."""
    left = "".join(character for character in _unaccented(typed) if character not in _JOINERS)
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, " ")
    for run in _all_runs():
        left = left.replace(run, " ")
    left = re.sub(r"(19|20)\d\d", " ", left)
    left = re.sub(r"(.)\1{2,}", " ", left)
    return len(left.replace(" ", ""))


def _is_repeated(text: str) -> bool:
    """Whether the text is one short unit again and again, the last time perhaps cut off."""
    return any((text[:size] * len(text)).startswith(text) for size in range(1, _LONGEST_UNIT + 1))


def _personal_words(about: Iterable[str]) -> frozenset[str]:
    parts = {_letters(part) for text in about for part in re.split(r"[\W_\d]+", text.casefold())}
    return frozenset(part for part in parts if len(part) >= _LEAST_PERSONAL)


def _letters(text: str) -> str:
    """Letters and digits only, without accents."""
    return "".join(character for character in _unaccented(text) if character.isalnum())


def _unaccented(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character))


@cache
def _all_runs() -> tuple[str, ...]:
    """Every piece of a keyboard row, the alphabet or the digits, forwards and backwards, longest first."""
    rows = [row for run in _RUNS for row in (run, run[::-1])]
    pieces = {row[start:end] for row in rows for start in range(len(row)) for end in range(start + _LEAST_RUN, len(row) + 1)}
    return tuple(sorted(pieces, key=lambda piece: (-len(piece), piece)))


@cache
def _blocked() -> frozenset[str]:
    lines = _BLOCKLIST.read_text("utf-8").splitlines()
    return frozenset(letters for line in lines if not line.startswith("#") and (letters := _letters(line.casefold())))
