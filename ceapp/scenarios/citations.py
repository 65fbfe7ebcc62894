"""Citations of standards in a text: `[ACA A.5.e]`, not in code, not followed by `(`, `[` or `:`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ceapp.scenarios.scanner import without_code
from ceapp.scenarios.values import Citation

CITATION = re.compile(r"\[([^\[\]]{3,100})\](?![(\[:])")
UNKNOWN_CITE = re.compile(r"((?:\d{1,3} )?[A-Z][A-Z0-9&.-]+) ([A-Z0-9§][\w.()§-]*)$")
"""What looks like a citation of a standard that is not known: capitals, then a section with a digit or a dot in it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A citation, and its place in the text."""

    citation: Citation
    start: int
    is_known: bool


def citation_of(inside: str, cites: Collection[str]) -> Found | None:
    """What stands between the brackets as a citation; the longest known cite wins. None when it is ordinary text."""
    words = " ".join(inside.split())
    known = [cite for cite in cites if words.startswith(cite + " ")]
    if known:
        cite = max(known, key=len)
        return Found(Citation(cite, words[len(cite) + 1 :]), 0, is_known=True)
    unknown = UNKNOWN_CITE.match(words)
    if unknown and (any(character.isdigit() for character in unknown[2]) or "." in unknown[2]):
        return Found(Citation(unknown[1], unknown[2]), 0, is_known=False)
    return None


def citations_in(text: str, cites: Collection[str]) -> Iterator[Found]:
    """Every citation of a text, in order."""
    if "[" not in text:
        return
    for match in CITATION.finditer(without_code(text)):
        found = citation_of(match[1], cites)
        if found:
            yield Found(found.citation, match.start(), found.is_known)
