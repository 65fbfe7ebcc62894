"""Which characters can be printed, and which font an operator must add for the others."""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections.abc import Iterable
from functools import cache
from pathlib import Path

COVERAGE = Path(__file__).resolve().parent / "fonts" / "coverage.txt"

_KINDS = (
    "LETTER",
    "SIGN",
    "SYLLABLE",
    "SYLLABICS",
    "VOWEL",
    "DIGIT",
    "NUMBER",
    "IDEOGRAPH",
    "CHARACTER",
    "CAPITAL",
    "SMALL",
    "MARK",
    "HIEROGLYPH",
)
_BY_START = (
    ("CJK", "Noto Serif CJK"),
    ("TIBETAN", "Noto Serif Tibetan"),
    ("TANGUT", "Noto Serif Tangut"),
    ("EGYPTIAN HIEROGLYPH", "Noto Sans Egyptian Hieroglyphs"),
    ("ANATOLIAN HIEROGLYPH", "Noto Sans Anatolian Hieroglyphs"),
    ("MATHEMATICAL", "Noto Sans Math"),
    ("LATIN", "Noto Sans"),
    ("GREEK", "Noto Sans"),
    ("CYRILLIC", "Noto Sans"),
    ("COMBINING", "Noto Sans"),
)
_SYMBOLS = "Noto Sans Symbols 2"
_EMOJI = "Noto Emoji"


@cache
def _bundled() -> tuple[tuple[int, ...], tuple[int, ...]]:
    lines = [line.split("-") for line in COVERAGE.read_text("ascii").split()]
    return tuple(int(first, 16) for first, _ in lines), tuple(int(last, 16) for _, last in lines)


def are_bundled(text: str) -> bool:
    """Whether the fonts that come with ceapp have every character, so that nobody needs to try."""
    firsts, lasts = _bundled()
    places = ((bisect(firsts, ord(character)) - 1, ord(character)) for character in set(text))
    return all(place >= 0 and code <= lasts[place] for place, code in places)


def families_for(characters: Iterable[str]) -> tuple[str, ...]:
    """The Noto families that hold these characters, each once, by name. A best guess from the characters' Unicode names."""
    return tuple(sorted({_family(character) for character in characters}))


def _family(character: str) -> str:
    name = unicodedata.name(character, "")
    for start, family in _BY_START:
        if name.startswith(start):
            return family
    if unicodedata.category(character)[0] not in "LMN":
        return _EMOJI if 0x1F300 <= ord(character) <= 0x1FAFF else _SYMBOLS
    script = _script(name.split())
    return f"Noto Sans {script}" if script else "Noto Sans"


def _script(words: list[str]) -> str:
    """OLD HUNGARIAN CAPITAL LETTER A: what stands before the kind of the character."""
    kind = next((place for place, word in enumerate(words) if word in _KINDS), 1)
    return " ".join(words[:kind]).title()
