"""The texts found while parsing, each with the lines it came from, so that prose is checked in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ceapp.scenarios.limits import PARAGRAPH_CHARACTERS
from ceapp.scenarios.scanner import Line, Scan, scan
from ceapp.scenarios.segments import PLAIN

PLAIN_LINES = 20
PLAIN_WIDTH = PARAGRAPH_CHARACTERS // PLAIN_LINES


class Place(Enum):
    PROSE = "prose"  # in a scene or a question
    QUOTED = "quoted"  # in a callout or in feedback
    INLINE = "inline"  # the text of an option, or a title


@dataclass(frozen=True, slots=True)
class Fragment:
    """A text with its scanned lines, from which it loses blank ones at both ends."""

    lines: tuple[Line, ...]
    place: Place
    open_fence: int = 0

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def is_plain(self) -> bool:
        """Nothing but short lines of plain words, so that no check can find anything."""
        return len(self.lines) <= PLAIN_LINES and all(len(line.text) <= PLAIN_WIDTH and PLAIN.fullmatch(line.text) for line in self.lines)

    @property
    def line(self) -> int:
        return self.lines[0].number if self.lines else 0

    @classmethod
    def prose(cls, lines: Sequence[Line]) -> Fragment:
        return cls(tuple(lines), Place.PROSE)

    @classmethod
    def inline(cls, text: str, line: int) -> Fragment:
        return cls((Line(line, text),), Place.INLINE)

    @classmethod
    def quoted(cls, lines: Sequence[Line]) -> Fragment:
        """A text whose `>` have been taken away: only now can its own fences be seen."""
        scanned: Scan = scan((line.number, line.text) for line in _trimmed(lines))
        return cls(scanned.lines, Place.QUOTED, scanned.open_fence)


def _trimmed(lines: Sequence[Line]) -> Sequence[Line]:
    start, end = 0, len(lines)
    while start < end and not lines[start].text.strip():
        start += 1
    while end > start and not lines[end - 1].text.strip():
        end -= 1
    return lines[start:end]
