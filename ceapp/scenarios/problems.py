"""Problems found while reading: what is wrong, where, and what to do about it. Reading collects them and never raises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "warning"]

MOST_PROBLEMS = 100
"""Beyond so many in one file the first ones are what matters."""

MOST_LOOK_UPS = 20
"""Comparing words is slow, and a file with more unknown names than that has another problem."""

ERRORS = {
    # The file
    "unreadable": "The file cannot be read.",
    "too-large": "The file is larger than the limit.",
    "not-utf8": "The file is not text in UTF-8.",
    "control-character": "The file holds a character that no text needs, such as NUL.",
    "long-line": "A line is longer than a paragraph may be.",
    "bad-name": "The name of a file or folder cannot be a slug.",
    "not-followed": "The path is a symbolic link or leads out of the folder.",
    "too-many-problems": "The file has more problems than are listed.",
    # The front matter
    "no-front-matter": "The file does not begin with a front matter between two lines of ---.",
    "bad-yaml": "The front matter is not well-formed YAML, or uses a part of YAML that the format leaves out.",
    "unknown-key": "The front matter has a key that the format does not know.",
    "duplicate-key": "A key of the front matter stands there twice.",
    "missing-key": "A key that must be there is missing.",
    "bad-value": "A value of the front matter is not of the kind that its key needs.",
    "unknown-objective": "The scenario names an objective that its course does not have.",
    # Scenes, questions, ids
    "unclosed-fence": "A fenced block is not closed, so that the rest of the text is taken for code.",
    "indented-fence": "A fence is indented.",
    "unclosed-comment": "A comment is not closed, so that the rest of the text is hidden.",
    "heading-level": "A heading has a level that is not allowed here.",
    "heading-space": "There is no space between the # signs and the heading.",
    "underlined-heading": "A heading is written by underlining it.",
    "no-title": "A scene or a question has no title.",
    "no-scenes": "The scenario has no text.",
    "bad-id": "An id is not made of lower-case letters, digits, - and _.",
    "missing-id": "A scene or a question of a ready scenario has no id.",
    "duplicate-id": "Two things have the same id.",
    "reserved-id": "The ids start and end are taken by the format.",
    "too-many": "There are more scenes, questions, scenarios or images than the limit.",
    # Questions
    "no-answers": "A question has neither options nor a place to write.",
    "bad-mark": "An option does not begin with one of the marks.",
    "mixed-marks": "A question mixes kinds of marks.",
    "stray-option": "An option stands outside the answer list of a question.",
    "two-answer-kinds": "A question has both options and a place to write.",
    "option-count": "A question has too few or too many options.",
    "no-key": "A question lacks the marks that make it possible to score.",
    "same-option": "Two options of a question are the same.",
    "empty-option": "An option has no text.",
    "option-content": "An option holds a list, a heading or a fenced block.",
    "not-indented": "A line that belongs to an option is not indented.",
    "after-feedback": "Text follows the feedback of an option.",
    "no-feedback": "A question does not say why its options are right or wrong.",
    "too-many-critical": "The scenario has more critical choices than a scenario may have.",
    "bad-reflection": "The place to write a reflection is not written as the format wants it.",
    # Callouts and posts
    "unknown-callout": "A callout has a name that the format does not know.",
    "misplaced-callout": "A callout stands where it has no meaning.",
    "empty-callout": "A callout has no text.",
    "quote-line": "A line follows a quotation or callout without a > and without a blank line.",
    "bad-post": "A post is not made of lines of the form key: text.",
    # The way through
    "bad-arrow": "An arrow is not written as the format wants it.",
    "misplaced-arrow": "An arrow stands where it cannot lead anywhere.",
    "unknown-target": "An arrow names a scene that is not there.",
    "arrow-back": "An arrow leads back, or to its own scene.",
    "falls-through": "A scene falls into the next one, which other scenes lead to by arrows.",
    # Prose
    "too-much": "A paragraph is too long or too deeply nested.",
    "link-definition": "A link is defined away from its text.",
    "bad-link": "A link leads to an address that is not allowed.",
    "unknown-link": "A link within the file leads to an id that is not there.",
    "bad-image": "An image cannot be used.",
    "missing-image": "An image is not in the folder images of the course.",
    "no-alt": "An image has no text for those who cannot see it.",
    "unknown-section": "A citation names a section that its standard does not have.",
    # Courses and standards
    "no-course": "A folder has no course.md.",
    "unknown-scenario": "The course names a scenario that is not in its folder.",
    "listed-twice": "The course names a scenario twice.",
    "closing-form": "A form of the closing cases has what only a scenario can have.",
    "taken-slug": "An earlier name of a scenario is the name of another one.",
    "no-sections": "The standard has no section.",
    "bad-section": "A section of a standard is not written as the format wants it.",
    "duplicate-section": "A section stands there twice.",
    "no-paraphrase": "A section that was read has no paraphrase.",
    "unread-paraphrase": "A section that was not read has a paraphrase.",
    "duplicate-cite": "Two standards are cited by the same name.",
}

WARNINGS = {
    "unknown-cite": "A citation names a standard that is not there.",
    "list-without-blank": "A list begins right below a paragraph.",
    "unreachable-scene": "No path leads to a scene.",
    "uneven-paths": "Two paths differ by more than one scored question.",
    "position-words": "A text points at options by their position, but options are shown shuffled.",
    "not-listed": "A scenario is not named in its course.",
    "closing-parallel": "The forms of the closing cases differ in how much they ask.",
    "draft-listed": "The course names a scenario that is a draft.",
    "review-due": "A date for review has passed.",
}

CODES: dict[str, str] = ERRORS | WARNINGS
"""Every code with a sentence that says what it stands for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem at one place. Lines and columns count from 1."""

    code: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.path}:{self.line}:{self.column}: {self.severity} {self.code} {self.message}{hint}"

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


class Problems:
    """Collects the problems of one file, each once, at most MOST_PROBLEMS."""

    def __init__(self, path: str) -> None:
        self.path = path.encode("utf-8", "replace").decode()  # a file name need not be text
        self._found: dict[tuple[str, int, str], Problem] = {}
        self._looked_up = 0

    def add(self, code: str, line: int, message: str, *, hint: str = "", column: int = 1) -> None:
        """Report a problem, unless it has been reported."""
        if len(self._found) > MOST_PROBLEMS or (code, line, message) in self._found:
            return
        if len(self._found) == MOST_PROBLEMS:
            code, message, hint, column = "too-many-problems", "there are more problems below", "mend those above first", 1
        severity: Severity = "error" if code in ERRORS else "warning"
        self._found[code, line, message] = Problem(code, severity, self.path, line, column, message, hint)

    def did_you_mean(self, word: str, known: Iterable[str], prefix: str = "") -> str:
        """A hint with the known word that is most like the given one; none where nothing is like it, or after the first so many."""
        self._looked_up += 1
        return did_you_mean(word, known, prefix) if self._looked_up <= MOST_LOOK_UPS else ""

    def __len__(self) -> int:
        return len(self._found)

    @property
    def have_errors(self) -> bool:
        return any(problem.is_error for problem in self._found.values())

    def sorted(self) -> tuple[Problem, ...]:
        """The problems in the order of the file."""
        return tuple(sorted(self._found.values(), key=lambda problem: (problem.line, problem.column, problem.code)))


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """A hint with the known word that is most like the given one, or no hint."""
    close = get_close_matches(word[:64], list(known)[:300], n=1)
    return f"did you mean {prefix}{close[0]}?" if close else ""
