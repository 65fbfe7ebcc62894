"""Names as they are printed: any script, nothing invisible."""

from __future__ import annotations

import unicodedata

NAME_LENGTH = 120
_JOINERS = "\u200c\u200d"  # Persian and several Indian scripts are misspelt without them.


def cleaned_name(text: str) -> str:
    """The name without what cannot be seen: control characters, direction overrides, unassigned code points; spaces single."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(character if _is_visible(character) else " " if character.isspace() else "" for character in composed)
    return " ".join(kept.split())


def problem_of_name(name: str) -> str:
    """What is wrong with a cleaned name, as a sentence; empty when it can be printed."""
    if not any(unicodedata.category(character).startswith("L") for character in name):
        return "Write your name as it should be printed, with at least one letter."
    if len(name) > NAME_LENGTH:
        return f"The name has {len(name)} characters; at most {NAME_LENGTH} fit on a certificate."
    return ""


def _is_visible(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character)[0] in "LMNPS"
