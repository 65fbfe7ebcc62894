"""Lines with their numbers, comments gone and fences marked, so that nothing after this mistakes code or a comment for structure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
ESCAPABLE = "\\`*_{}[]()<>#+-.!:|~→"
ESCAPE = re.compile(rf"\\[{re.escape(ESCAPABLE)}]")
BACKTICKS = re.compile(r"`+")
ESCAPE_OR_BACKTICKS = re.compile(rf"{ESCAPE.pattern}|`+")
NOT_LINE_END = re.compile(r"[^\n]")
COMMENT_START = "<!--"
COMMENT_END = "-->"


class Fence(Enum):
    """Where a line stands towards a fenced block."""

    NONE = "outside"
    OPEN = "open"
    INSIDE = "inside"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    text: str
    fence: Fence = Fence.NONE
    info: str = ""  # what follows the opening fence, as in ```post

    @property
    def is_blank(self) -> bool:
        return self.fence is Fence.NONE and not self.text.strip()

    @property
    def is_plain(self) -> bool:
        """Outside fences: the line may be structure."""
        return self.fence is Fence.NONE

    @property
    def indent(self) -> int:
        return indent_of(self.text)


@dataclass(frozen=True, slots=True)
class Scan:
    """The lines of a text, and where a fence or a comment was left open (0: nowhere)."""

    lines: tuple[Line, ...]
    open_fence: int = 0
    open_comment: int = 0


def indent_of(text: str) -> int:
    """How far a line is indented, a tab reaching to the next multiple of four."""
    stripped = text.lstrip(" \t")
    return len(text[: len(text) - len(stripped)].expandtabs(4))


def scan(numbered: Iterable[tuple[int, str]]) -> Scan:
    """Scan (number, line) pairs. A line that holds nothing but a comment vanishes; a blank line it is not."""
    return _Scanner().scan(numbered)


def scan_text(text: str, first: int = 1) -> Scan:
    """Scan a text whose first line has the given number."""
    return scan(enumerate(text.split("\n"), first))


def code_spans(text: str) -> list[tuple[int, int]]:
    """Where the code spans of a paragraph lie, as in CommonMark: from a run of backticks to the next run of equal length."""
    runs: dict[int, list[int]] = {}
    for match in BACKTICKS.finditer(text):
        runs.setdefault(match.end() - match.start(), []).append(match.start())
    spans: list[tuple[int, int]] = []
    place = 0
    while opening := ESCAPE_OR_BACKTICKS.search(text, place):
        place = opening.end()
        if opening[0][0] == "`":
            length = len(opening[0])
            closing = runs.get(length, [])
            after = bisect_left(closing, place)
            if after < len(closing):
                place = closing[after] + length
                spans.append((opening.start(), place))
    return spans


def without_code(text: str) -> str:
    """The paragraph with each code span and each escaped character blanked out, all other places unchanged."""
    if "`" in text:
        kept, reached = [], 0
        for start, end in code_spans(text):
            kept += [text[reached:start], NOT_LINE_END.sub(" ", text[start:end])]
            reached = end
        text = "".join([*kept, text[reached:]])
    return ESCAPE.sub("  ", text) if "\\" in text else text


def comment_start(text: str) -> int:
    """Where the first comment of a line begins, -1 without one; what stands in a code span is no comment."""
    start = text.find(COMMENT_START)
    spans = code_spans(text) if start >= 0 and "`" in text else []
    for span_start, span_end in spans:
        if start >= 0 and span_start < start < span_end:
            start = text.find(COMMENT_START, span_end)
    return start


class _Scanner:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.fence = ""
        self.fence_line = 0
        self.comment_line = 0

    def scan(self, numbered: Iterable[tuple[int, str]]) -> Scan:
        for number, text in numbered:
            if self.fence:
                self._inside_fence(number, text)
            else:
                self._outside_fence(number, text)
        return Scan(tuple(self.lines), self.fence_line if self.fence else 0, self.comment_line)

    def _inside_fence(self, number: int, text: str) -> None:
        if _closes(text, self.fence):
            self.fence = ""
            self.lines.append(Line(number, text, Fence.CLOSE))
        else:
            self.lines.append(Line(number, text, Fence.INSIDE))

    def _outside_fence(self, number: int, text: str) -> None:
        if self.comment_line or COMMENT_START in text:
            rest = self._drop_comments(number, text)
            if rest != text and not rest.strip():
                return
            text = rest
        opening = FENCE.match(text) if "```" in text or "~~~" in text else None
        if opening and not (opening[1][0] == "`" and "`" in opening[2]):
            self.fence, self.fence_line = opening[1], number
            self.lines.append(Line(number, text, Fence.OPEN, opening[2].strip()))
        else:
            self.lines.append(Line(number, text))

    def _drop_comments(self, number: int, text: str) -> str:
        kept: list[str] = []
        while text:
            if self.comment_line:
                _, end, text = text.partition(COMMENT_END)
                if end:
                    self.comment_line = 0
                continue
            start = comment_start(text)
            if start < 0:
                kept.append(text)
                break
            kept.append(text[:start])
            text = text[start + len(COMMENT_START) :]
            self.comment_line = number
        return "".join(kept)


def _closes(text: str, fence: str) -> bool:
    stripped = text.strip()
    return len(stripped) >= len(fence) and set(stripped) == {fence[0]} and indent_of(text) <= 3
