"""The blocks between two headings: prose, posts, callouts, arrows, the answer list and the place to write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from ceapp.scenarios.problems import Problems
from ceapp.scenarios.scanner import Fence, Line
from ceapp.scenarios.segments import heading_level, is_item, is_quote, is_rule, quoted

CALLOUT = re.compile(r">[ \t]*\[!([^\]]{0,40})\][ \t]*(.*)$")
ARROW = re.compile(r"(?:->|→)[ \t]+#(\S+)[ \t]*$")
ARROW_SIGNS = ("->", "→")
WRITE = re.compile(r"\[_{2,}\][ \t]*(.*)$")
OPTION_BULLET = re.compile(r"[-*+](?: {1,3}|$)")
OPTION_NUMBER = re.compile(r"\d{1,9}[.)](?: {1,3}|$)")
MARKED = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\((?:best|acceptable|risky|harmful|critical|x| )\)|\[[xX ]\])(?:\s|$)")


class Piece(Enum):
    PROSE = "prose"
    POST = "post"
    CALLOUT = "callout"
    ARROW = "arrow"
    WRITE = "write"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one kind. `word` is the name of a callout, the target of an arrow, or what follows the place to write."""

    piece: Piece
    lines: tuple[Line, ...]
    word: str = ""

    @property
    def line(self) -> int:
        return self.lines[0].number


def blocks(lines: Sequence[Line], problems: Problems, *, in_question: bool) -> list[Block]:
    """Cut the lines below a heading into blocks. A question's first list is its answer list; with a place to write it is prose."""
    return list(_Cutter(lines, problems, in_question=in_question).blocks())


def begins_option(line: Line) -> bool:
    """Whether the line begins an option: a bullet or a number without indentation."""
    return line.is_plain and bool(OPTION_BULLET.match(line.text) or OPTION_NUMBER.match(line.text)) and not is_rule(line)


def begins_callout(line: Line) -> bool:
    return line.is_plain and CALLOUT.match(line.text) is not None


def report_quote_line(previous: Line, line: Line, problems: Problems) -> None:
    """A line right below a quotation belongs to it on a forge; here it must say so."""
    begins_something = not line.is_plain or heading_level(line) or is_rule(line) or is_item(line) or is_quote(line)
    if previous.is_plain and not line.is_blank and not begins_something and not line.text.startswith(ARROW_SIGNS):
        problems.add("quote-line", line.number, "this line follows a quotation", hint="begin it with > or leave a blank line before it")


class _Cutter:
    def __init__(self, lines: Sequence[Line], problems: Problems, *, in_question: bool) -> None:
        self._lines = lines
        self._problems = problems
        self._wants_answers = in_question
        self._has_write = any(line.is_plain and WRITE.match(line.text) for line in lines)
        self._in_question = in_question
        self._place = 0
        self._prose: list[Line] = []

    def blocks(self) -> Iterator[Block]:
        while self._place < len(self._lines):
            block = self._next_block(self._lines[self._place])
            if block is not None:
                yield from self._prose_block()
                yield block
        yield from self._prose_block()

    def _next_block(self, line: Line) -> Block | None:
        """The block that begins here, or None after adding to the prose."""
        if line.fence is Fence.OPEN:
            return self._fenced(line)
        if begins_callout(line):
            return self._callout(line)
        if line.text.startswith(ARROW_SIGNS):
            return self._arrow(line)
        if self._in_question and WRITE.match(line.text):
            return self._write(line)
        if self._wants_answers and begins_option(line) and (not self._has_write or MARKED.match(line.text)):
            return self._answers(line)
        self._prose.append(line)
        self._place += 1
        if is_quote(line) and self._place < len(self._lines):
            report_quote_line(line, self._lines[self._place], self._problems)
        return None

    def _prose_block(self) -> Iterator[Block]:
        lines = self._prose
        while lines and lines[0].is_blank:
            lines = lines[1:]
        while lines and lines[-1].is_blank:
            lines = lines[:-1]
        self._prose = []
        if lines:
            yield Block(Piece.PROSE, tuple(lines))

    def _fenced(self, line: Line) -> Block | None:
        if line.indent:
            self._problems.add("indented-fence", line.number, "this fence is indented", hint="begin it at the start of its line")
        end = self._place + 1
        while end < len(self._lines) and self._lines[end - 1].fence is not Fence.CLOSE:
            end += 1
        taken = self._take(end)
        if line.info.casefold() == "post":
            return Block(Piece.POST, taken)
        self._prose += taken
        return None

    def _callout(self, line: Line) -> Block:
        match = CALLOUT.match(line.text)
        assert match is not None
        end = self._place + 1
        while end < len(self._lines) and is_quote(self._lines[end]) and not begins_callout(self._lines[end]):
            end += 1
        taken = self._take(end)
        if end < len(self._lines):
            report_quote_line(taken[-1], self._lines[end], self._problems)
        inside = (Line(line.number, match[2]), *(Line(each.number, quoted(each.text)) for each in taken[1:]))
        return Block(Piece.CALLOUT, inside, match[1].strip())

    def _arrow(self, line: Line) -> Block:
        match = ARROW.match(line.text)
        before = self._place == 0 or not self._lines[self._place - 1].is_plain or self._lines[self._place - 1].is_blank
        after = self._place + 1 == len(self._lines) or self._lines[self._place + 1].is_blank
        if match is None:
            self._problems.add("bad-arrow", line.number, "an arrow is written -> #id", hint="the id is that of a scene below, or end")
        elif not (before and after):
            hint = "leave a blank line before and after it"
            self._problems.add("misplaced-arrow", line.number, "the arrow of a scene is a paragraph by itself", hint=hint)
        return Block(Piece.ARROW, self._take(self._place + 1), match[1] if match else "")

    def _write(self, line: Line) -> Block:
        match = WRITE.match(line.text)
        return Block(Piece.WRITE, self._take(self._place + 1), match[1].strip() if match else "")

    def _answers(self, line: Line) -> Block:
        """The list up to the first line that is neither an option, nor indented, nor blank."""
        if self._prose and not self._prose[-1].is_blank and not is_quote(self._prose[-1]):
            self._problems.add("list-without-blank", line.number, "the options begin right below a paragraph", hint="leave a blank line")
        self._wants_answers = False
        bullet = OPTION_BULLET if OPTION_BULLET.match(line.text) else OPTION_NUMBER
        end = self._place + 1
        while end < len(self._lines) and self._belongs(end, bullet):
            end += 1
        while self._lines[end - 1].is_blank:
            end -= 1
        return Block(Piece.ANSWERS, self._take(end))

    def _belongs(self, place: int, bullet: re.Pattern[str]) -> bool:
        line = self._lines[place]
        if line.fence is Fence.OPEN:
            return line.indent >= 2
        if not line.is_plain or line.is_blank:
            return True
        if begins_callout(line) or heading_level(line) or is_rule(line) or line.text.startswith(ARROW_SIGNS):
            return False
        if line.indent >= 2 or is_quote(line) or bullet.match(line.text):
            return True
        return self._is_unindented_continuation(place)

    def _is_unindented_continuation(self, place: int) -> bool:
        line = self._lines[place]
        if self._lines[place - 1].is_blank or begins_option(line):
            return False
        hint = "indent it by two spaces, or leave a blank line before it"
        self._problems.add("not-indented", line.number, "this line follows an option but is not indented", hint=hint)
        return True

    def _take(self, end: int) -> tuple[Line, ...]:
        taken = tuple(self._lines[self._place : end])
        self._place = end
        return taken
