"""The parts of a piece of Markdown that are told apart by their lines: code, headings, rules, quotations, and prose between them.

Python-Markdown is given the prose only. One understanding of fences and quotations serves reading, checking, counting and rendering.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from ceapp.scenarios.scanner import Fence, Line, scan

HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*))?$")
PLAIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ'\"(‘’“”…][A-Za-z0-9À-ÖØ-öø-ÿ ,;:.?'\"()/%‘’“”–—…+-]*")
"""A line in which Markdown can find nothing, whatever stands around it; most options, titles and short feedback are such lines."""
BULLET = re.compile(r" {0,3}[-*+][ \t]+\S")
NUMBER = re.compile(r" {0,3}\d{1,9}[.)][ \t]+\S")
FIRST_NUMBER = re.compile(r" {0,3}1[.)][ \t]+\S")


class Part(Enum):
    PROSE = "prose"
    CODE = "code"
    HEADING = "heading"
    RULE = "rule"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Segment:
    """Lines of one kind; those of a quotation have lost their `>`, those of code their fences."""

    part: Part
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def segments(lines: Sequence[Line]) -> Iterator[Segment]:
    """Split scanned lines into segments, in order."""
    start = 0
    while start < len(lines):
        part = _part_of(lines[start])
        end = start + 1
        while end < len(lines) and _continues(part, lines[end]):
            end += 1
        yield _segment(part, lines[start:end])
        start = end


def quoted(line: str) -> str:
    """A quoted line without its `>` and the one space after it."""
    rest = line.lstrip()[1:]
    return rest[1:] if rest.startswith(" ") else rest


def is_quote(line: Line) -> bool:
    return line.is_plain and line.text[:4].lstrip(" ")[:1] == ">"


def heading_level(line: Line) -> int:
    """The level of a heading line, 0 for any other line. `#metoo` is no heading: it has no space."""
    match = HEADING.match(line.text) if line.is_plain and line.text[:1] == "#" else None
    return len(match[1]) if match else 0


def is_item(line: Line) -> bool:
    """Whether the line begins an item of a list."""
    return line.is_plain and bool(BULLET.match(line.text) or NUMBER.match(line.text))


def begins_list(line: Line) -> bool:
    """Whether the line begins a list even right below a paragraph: a bullet, or the number 1, as in CommonMark."""
    return line.is_plain and bool(BULLET.match(line.text) or FIRST_NUMBER.match(line.text))


def is_rule(line: Line) -> bool:
    """A line of three or more `*`, `-` or `_` and nothing else."""
    marks = line.text.replace(" ", "")
    return line.is_plain and len(marks) >= 3 and marks[0] in "*-_" and marks == marks[0] * len(marks)


def lists_without_blank(lines: Sequence[Line]) -> Iterator[int]:
    """The places in a prose segment where a list begins right below a paragraph."""
    if len(lines) < 2:
        return
    in_list, after_blank = False, True
    for place, line in enumerate(lines):
        if line.is_blank:
            after_blank = True
            continue
        if not in_list and not after_blank and begins_list(line):
            yield place
            in_list = True
        elif after_blank:
            in_list = is_item(line)
        after_blank = False


def paragraphs(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """The runs of lines of a prose segment that are rendered as one text: paragraphs, and single items of lists."""
    if len(lines) == 1 and not lines[0].is_blank:
        yield tuple(lines)
        return
    breaks = set(lists_without_blank(lines))
    run: list[Line] = []
    in_list = False
    for place, line in enumerate(lines):
        starts_item = place in breaks or (is_item(line) and (in_list or not run))
        if (line.is_blank or starts_item) and run:
            yield tuple(run)
            run = []
        if line.is_blank:
            in_list = False
            continue
        in_list = in_list or starts_item
        run.append(line)
    if run:
        yield tuple(run)


def _part_of(line: Line) -> Part:
    if not line.is_plain:
        return Part.CODE
    if heading_level(line):
        return Part.HEADING
    if is_quote(line):
        return Part.QUOTE
    return Part.RULE if is_rule(line) else Part.PROSE


def _continues(part: Part, line: Line) -> bool:
    match part:
        case Part.CODE:
            return line.fence in (Fence.INSIDE, Fence.CLOSE)
        case Part.HEADING | Part.RULE:
            return False
        case _:
            return _part_of(line) is part


def _segment(part: Part, lines: Sequence[Line]) -> Segment:
    if part is Part.CODE:
        return Segment(part, tuple(line for line in lines if line.fence is Fence.INSIDE))
    if part is Part.QUOTE:
        return Segment(part, scan((line.number, quoted(line.text)) for line in lines).lines)
    return Segment(part, tuple(lines))
