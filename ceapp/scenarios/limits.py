"""How much one file and one paragraph may hold, so that reading and rendering anything accepted stays fast.

Python-Markdown looks for the end of each bracket and each link from its start, and calls itself for each level of a list: what is bounded
here is what those cost. `bench/` measures the worst that is still accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ceapp.scenarios.scanner import Line, without_code
from ceapp.scenarios.segments import BULLET, NUMBER, Part, paragraphs, segments

FILE_BYTES = 256 * 1024
FRONT_MATTER_CHARACTERS = 64 * 1024
FILE_LINES = 10_000
LINE_CHARACTERS = 4_000
SCENES = 200
QUESTIONS = 100
COURSE_SCENARIOS = 60
COURSE_IMAGE_BYTES = 20 * 1024 * 1024
IMAGE_SIDE = 10_000
CRITICAL_CHOICES = 2
OPTIONS = (2, 8)
ORDER_ITEMS = (3, 8)

PARAGRAPH_CHARACTERS = 4_000
LIST_CHARACTERS = 16_000
OPEN_BRACKETS = 10
LINKS = 100
MARKERS_IN_LINE = 3
INDENT = 12
QUOTE_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Excess:
    """What is too much, and where."""

    line: int
    message: str
    hint: str


def excesses(lines: Sequence[Line], depth: int = 0) -> Iterator[Excess]:
    """Everything in a piece of Markdown that is over a limit."""
    for segment in segments(lines):
        if segment.part is Part.QUOTE:
            if depth == QUOTE_DEPTH:
                yield Excess(segment.lines[0].number, f"quotations are nested more than {QUOTE_DEPTH} deep", "take some > away")
            else:
                yield from excesses(segment.lines, depth + 1)
        elif segment.part is Part.PROSE:
            yield from _excesses_of_prose(segment.lines)


def _excesses_of_prose(lines: Sequence[Line]) -> Iterator[Excess]:
    yield from _long_blocks(lines)
    for paragraph in paragraphs(lines):
        text = "\n".join(line.text for line in paragraph)
        first = paragraph[0].number
        if len(text) > PARAGRAPH_CHARACTERS:
            yield Excess(first, f"this paragraph is over {PARAGRAPH_CHARACTERS:,} characters", "divide it with a blank line")
        if "[" in text and open_brackets(without_code(text)) > OPEN_BRACKETS:
            yield Excess(first, f"more than {OPEN_BRACKETS} brackets are open at once", r"close them, or write \[ for the character")
        if text.count("](") > LINKS:
            yield Excess(first, f"more than {LINKS} links in one paragraph", "divide it with a blank line")
        yield from (excess for line in paragraph for excess in _excesses_of_line(line))


def _long_blocks(lines: Sequence[Line]) -> Iterator[Excess]:
    first, size = 0, 0
    for line in lines:
        if line.is_blank:
            size = 0
            continue
        first = line.number if size == 0 else first
        size += len(line.text) + 1
        if size - len(line.text) - 1 <= LIST_CHARACTERS < size:
            yield Excess(first, f"this list or table is over {LIST_CHARACTERS:,} characters", "divide it")


def _excesses_of_line(line: Line) -> Iterator[Excess]:
    if line.text[:1] in " \t" and line.indent > INDENT:
        yield Excess(line.number, f"this line is indented by more than {INDENT} spaces", "lists may be nested six deep")
    if markers(line.text) > MARKERS_IN_LINE:
        yield Excess(line.number, f"more than {MARKERS_IN_LINE} list marks in a row", r"write \- or \* for the character itself")


def open_brackets(text: str) -> int:
    """The greatest number of `[` that wait for their `]` at once."""
    deepest = depth = 0
    for character in text:
        if character == "[":
            depth += 1
            deepest = max(deepest, depth)
        elif character == "]":
            depth = max(0, depth - 1)
    return deepest


def markers(text: str) -> int:
    """How many list marks a line begins with, as in `- - 1. text`."""
    text = text.lstrip()
    found = 0
    while found <= MARKERS_IN_LINE and (match := BULLET.match(text) or NUMBER.match(text)):
        found += 1
        text = text[match.end() - 1 :]
    return found
