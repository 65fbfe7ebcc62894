"""The answer list of a question: options, their marks, arrows, ids and feedback."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ceapp.scenarios.blocks import OPTION_BULLET, OPTION_NUMBER
from ceapp.scenarios.fragments import Fragment
from ceapp.scenarios.ids import is_id, option_id
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.scanner import Fence, Line, without_code
from ceapp.scenarios.segments import heading_level, is_item, quoted
from ceapp.scenarios.values import Grade, Kind, Option

MARK = re.compile(r"(\([^()\[\]]{0,20}\)|\[[^()\[\]]{0,20}\])(?:\s+|$)")
MARKS: dict[str, tuple[Kind, Grade | None, bool]] = {
    **{f"({grade})": (Kind.GRADED, grade, grade is Grade.BEST) for grade in Grade},
    "(x)": (Kind.PLAIN, None, True),
    "( )": (Kind.PLAIN, None, False),
    "[x]": (Kind.ALL, None, True),
    "[ ]": (Kind.ALL, None, False),
}
MARKS_HINT = "the marks are (best) (acceptable) (risky) (harmful) (critical), or (x) ( ) for one right option, or [x] [ ] for several"
ARROW_AT_END = re.compile(r"\s(?:->|→)\s#([^\s{}]+)$")
ID_AT_END = re.compile(r"\s\{#([^\s{}]*)\}$")
LOOSE_ARROW = re.compile(r"->|→\s*#")


@dataclass
class _Draft:
    """An option while its lines are gathered."""

    line: int
    text: list[str]
    feedback: list[Line] = field(default_factory=list)
    has_trouble: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """The options as read. `is_sound` is False where a mark is wrong, so that nothing is said about what follows from it."""

    kind: Kind
    options: tuple[Option, ...]
    is_sound: bool


class AnswerReader:
    """Reads one answer list; the texts it finds go to `fragments` for the checks of prose."""

    def __init__(self, problems: Problems, fragments: list[Fragment]) -> None:
        self._problems = problems
        self._fragments = fragments
        self._is_sound = True

    def read(self, lines: Sequence[Line]) -> Answers:
        is_order = OPTION_NUMBER.match(lines[0].text) is not None
        drafts = self._drafts(lines)
        if is_order:
            options = [self._option(draft, None) for draft in drafts]
            self._report_marked_steps(drafts)
            return Answers(Kind.ORDER, tuple(options), self._is_sound)
        marks = self._marks(drafts)
        options = [self._option(draft, mark) for draft, mark in zip(drafts, marks, strict=True)]
        kinds = [MARKS[mark][0] for mark in marks if mark]
        return Answers(kinds[0] if kinds else Kind.PLAIN, tuple(options), self._is_sound)

    def _drafts(self, lines: Sequence[Line]) -> list[_Draft]:
        drafts: list[_Draft] = []
        for line in lines:
            begin = line.is_plain and (OPTION_BULLET.match(line.text) or OPTION_NUMBER.match(line.text))
            if begin:
                drafts.append(_Draft(line.number, [line.text[begin.end() :].strip()]))
            elif line.is_blank:
                if drafts[-1].feedback:
                    drafts[-1].feedback.append(Line(line.number, ""))
            elif line.is_plain and _is_feedback(line):
                self._add_feedback(drafts[-1], line)
            else:
                self._add_text(drafts[-1], line)
        return drafts

    def _add_feedback(self, draft: _Draft, line: Line) -> None:
        if line.indent < 2:
            hint = "indent the > by two spaces"
            self._problems.add("not-indented", line.number, "the feedback of an option must be indented", hint=hint)
        draft.feedback.append(Line(line.number, quoted(line.text)))

    def _add_text(self, draft: _Draft, line: Line) -> None:
        if not line.is_plain:
            if line.fence is Fence.OPEN:
                self._report_content(draft, line, "a fenced block")
        elif draft.feedback:
            if not draft.has_trouble:
                hint = "begin it with > to go on with the feedback, or with - for the next option"
                self._problems.add("after-feedback", line.number, "this line follows the feedback of an option", hint=hint)
            draft.has_trouble = True
        elif is_item(Line(line.number, line.text.strip())):
            self._report_content(draft, line, "a list")
        elif heading_level(Line(line.number, line.text.strip())):
            self._report_content(draft, line, "a heading")
        else:
            draft.text.append(line.text.strip())

    def _report_content(self, draft: _Draft, line: Line, what: str) -> None:
        if not draft.has_trouble:
            hint = "put it into the feedback, or before the options"
            self._problems.add("option-content", line.number, f"an option cannot hold {what}", hint=hint)
        draft.has_trouble = True

    def _marks(self, drafts: Sequence[_Draft]) -> list[str]:
        """The mark of each option, taken off its text; "" where it has none."""
        marks = []
        for draft in drafts:
            match = MARK.match(draft.text[0])
            mark = match[1] if match and match[1] in MARKS else ""
            if match and mark:
                draft.text[0] = draft.text[0][match.end() :]
            marks.append(mark)
        self._report_bad_marks(drafts, marks)
        self._report_mixed_marks(drafts, marks)
        return marks

    def _report_bad_marks(self, drafts: Sequence[_Draft], marks: Sequence[str]) -> None:
        if not any(marks) and not any(draft.text[0][:1] in ("(", "[") for draft in drafts):
            self._is_sound = False
            message = "the first list of a question is its answer list, but these lines have no marks"
            self._problems.add("bad-mark", drafts[0].line, message, hint=MARKS_HINT)
            return
        for draft, mark in zip(drafts, marks, strict=True):
            if not mark:
                self._is_sound = False
                shown = MARK.match(draft.text[0])
                message = f"{shown[1]} is not a mark" if shown else "this option does not begin with a mark"
                self._problems.add("bad-mark", draft.line, message, hint=MARKS_HINT, column=3)

    def _report_mixed_marks(self, drafts: Sequence[_Draft], marks: Sequence[str]) -> None:
        marked = [(draft, MARKS[mark][0]) for draft, mark in zip(drafts, marks, strict=True) if mark]
        odd = next((draft for draft, kind in marked if kind is not marked[0][1]), None)
        if odd is not None:
            self._is_sound = False
            hint = "grades, ( ) for one right option, or [ ] for several: keep to one of them"
            self._problems.add("mixed-marks", odd.line, "this question mixes kinds of marks", hint=hint, column=3)

    def _report_marked_steps(self, drafts: Sequence[_Draft]) -> None:
        for draft in drafts:
            match = MARK.match(draft.text[0])
            if match and match[1] in MARKS:
                self._is_sound = False
                message = "the steps of an order have no marks; their order is the key"
                self._problems.add("bad-mark", draft.line, message, hint="begin options with - instead of a number")
                return

    def _option(self, draft: _Draft, mark: str | None) -> Option:
        text, given_id, target = self._without_tail(" ".join(part for part in draft.text if part), draft.line)
        if not text and not draft.has_trouble:
            self._problems.add("empty-option", draft.line, "this option has no text")
        _, grade, right = MARKS[mark] if mark else (None, None, False)
        feedback = Fragment.quoted(draft.feedback)
        self._fragments += [Fragment.inline(text, draft.line), feedback]
        return Option(given_id or option_id(text), text, draft.line, grade, right, feedback.text, target)

    def _without_tail(self, text: str, line: int) -> tuple[str, str, str]:
        """The text of an option without its arrow and its id, in whichever order they stand."""
        given_id = target = ""
        while match := (not given_id and ID_AT_END.search(text)) or (not target and ARROW_AT_END.search(text)):
            text = text[: match.start()].rstrip()
            if match.re is ID_AT_END:
                given_id = self._checked_id(match[1], line)
            else:
                target = match[1]
        if LOOSE_ARROW.search(without_code(text)):
            hint = r"write \-> for the characters themselves"
            self._problems.add("bad-arrow", line, "the arrow of an option stands at its end and is written -> #id", hint=hint)
        return text, given_id, target

    def _checked_id(self, given: str, line: int) -> str:
        if not is_id(given):
            self._problems.add("bad-id", line, f"#{given[:64]} is not an id", hint="use lower-case letters, digits, - and _")
        return given or "-"


def _is_feedback(line: Line) -> bool:
    """Feedback may be indented further than a quotation in prose."""
    return line.text.lstrip(" \t").startswith(">")
