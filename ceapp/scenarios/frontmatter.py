"""The YAML of a front matter as a tree of texts with their lines.

Built from the parser's events, so that nothing is guessed (`no`, `12:30` and dates stay text), no alias is followed and no object is
constructed. What a text means is for whoever asks for it: see `fields`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from ceapp.scenarios.limits import FRONT_MATTER_CHARACTERS
from ceapp.scenarios.problems import Problems

FIRST_LINE = 2
"""The front matter begins below its opening ---."""
DEPTH = 6
NODES = 5_000

UNCLOSED = "found unexpected end of stream"
EXPLANATIONS = {
    "mapping values are not allowed": ("a second colon in this line", "put the text between quotation marks"),
    "found character '\\t'": ("a tab in the indentation", "use spaces"),
    "found character that cannot start any token": (
        "a text begins with a sign that YAML keeps for itself",
        "put it between quotation marks",
    ),
    "could not find expected ':'": (
        "a key without a colon, or a text that goes on unindented",
        "write key: text, and indent what continues",
    ),
    "did not find expected key": ("this line is indented otherwise than those around it, or a quotation mark or bracket is missing", ""),
    "did not find expected ',' or ']'": ("a list is not closed", "close it with ]"),
    "did not find expected ',' or '}'": ("a group is not closed", "close it with }"),
    UNCLOSED: ("a quotation mark is not closed", "close it"),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, as it stands there; `is_quoted` tells "3" from 3 and "" from nothing."""

    text: str
    line: int
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: dict[str, Node]
    line: int
    lines: dict[str, int] = field(default_factory=dict)  # where each key stands


Node = Scalar | Sequence | Mapping


class _Refused(Exception):
    def __init__(self, code: str, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.line, self.message, self.hint = code, line, message, hint


def read_front_matter(text: str, problems: Problems) -> Mapping | None:
    """The entries of a front matter; None, with one problem, when it is not YAML that the format allows."""
    try:
        if len(text) > FRONT_MATTER_CHARACTERS:
            raise _Refused("too-large", FIRST_LINE, f"the front matter is over {FRONT_MATTER_CHARACTERS // 1024} kB")
        return _Composer(text).document()
    except _Refused as refused:
        problems.add(refused.code, refused.line, refused.message, hint=refused.hint)
    except yaml.MarkedYAMLError as error:
        mark = (error.context_mark if UNCLOSED in str(error.problem) else None) or error.problem_mark
        place, column = (mark.line, mark.column + 1) if mark else (0, 1)
        message, hint = _explained(str(error.problem), text.split("\n")[place : place + 1])
        problems.add("bad-yaml", place + FIRST_LINE, message, hint=hint, column=column)
    except yaml.YAMLError:
        problems.add("bad-yaml", FIRST_LINE, "the front matter holds a character that YAML does not allow", hint="write it in the body")
    return None


class _Composer:
    """Events to a tree, one node at a time, with the limits of the format."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._nodes = 0

    def document(self) -> Mapping:
        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, 1)
                self._refuse_second_document()
                if isinstance(root, Mapping):
                    return root
                raise _Refused("bad-yaml", FIRST_LINE, "the front matter is not made of lines of the form key: text")
        return Mapping({}, FIRST_LINE)

    def _refuse_second_document(self) -> None:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise _Refused("bad-yaml", _line(event), "the front matter ends here", "it lies between two lines of ---")

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._refuse(event, depth)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, _line(event), is_quoted=bool(event.style))
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(tuple(self._items(depth)), _line(event))
        return self._mapping(_line(event), depth)

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _mapping(self, line: int, depth: int) -> Mapping:
        mapping = Mapping({}, line)
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise _Refused("bad-yaml", key.line, "a key must be a single word", "write key: text")
            if key.text in mapping.entries:
                raise _Refused("duplicate-key", key.line, f'the key "{_short(key.text)}" stands there twice', "keep one of them")
            mapping.entries[key.text] = self._node(next(self._events), depth + 1)
            mapping.lines[key.text] = key.line
        return mapping

    def _refuse(self, event: yaml.Event, depth: int) -> None:
        self._nodes += 1
        if self._nodes > NODES:
            raise _Refused("bad-yaml", _line(event), f"the front matter has more than {NODES:,} values")
        if depth > DEPTH:
            raise _Refused("bad-yaml", _line(event), f"the front matter is nested more than {DEPTH} deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Refused(
                "bad-yaml", _line(event), "anchors (&) and aliases (*) are not used here", "put the text between quotation marks"
            )
        if getattr(event, "tag", None) is not None:
            raise _Refused("bad-yaml", _line(event), "tags (!) are not used here", "put the text between quotation marks")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + FIRST_LINE if event.start_mark else FIRST_LINE


def _explained(reason: str, lines: list[str]) -> tuple[str, str]:
    if any(line.startswith("\t") for line in lines):
        return EXPLANATIONS["found character '\\t'"]
    for part, (message, hint) in EXPLANATIONS.items():
        if part in reason:
            return message, hint
    return f"the front matter is not YAML: {reason}", ""


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
