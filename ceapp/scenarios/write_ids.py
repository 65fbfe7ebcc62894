"""Adding the ids that scenes and questions lack, without changing anything else of a file."""

from __future__ import annotations

import re

from ceapp.scenarios.headings import split_braces
from ceapp.scenarios.ids import slug_of
from ceapp.scenarios.scanner import Line, comment_start, scan
from ceapp.scenarios.segments import heading_level
from ceapp.scenarios.source import end_of_front_matter
from ceapp.scenarios.values import END, START

LINE_ENDS = re.compile(r"(\r\n|\r|\n)")
LEVELS = (2, 3)


def add_ids(source: str) -> str:
    """The source with `{#id}` after each heading of a scene or question that has none, made of its title and unique.

    Line ends, spaces and everything else stay as they are; a second call changes nothing.
    """
    parts = LINE_ENDS.split(source)
    lines, ends = parts[::2], [*parts[1::2], ""]
    headings = _headings(lines)
    taken = {START, END, *(braces.removeprefix("#") for _, braces in map(_split, headings) if braces is not None)}
    for heading in headings:
        title, braces = _split(heading)
        if braces is None and title:
            made = slug_of(title, taken)
            taken.add(made)
            lines[heading.number - 1] = _with_id(lines[heading.number - 1], heading, made)
    return "".join(line + end for line, end in zip(lines, ends, strict=True))


def _headings(lines: list[str]) -> list[Line]:
    end = end_of_front_matter([lines[0].removeprefix("\ufeff"), *lines[1:]])
    first = 0 if end is None else end + 1
    body = scan(enumerate(lines[first:], first + 1))
    return [line for line in body.lines if heading_level(line) in LEVELS]


def _split(heading: Line) -> tuple[str, str | None]:
    return split_braces(heading.text.lstrip("#").strip())


def _with_id(line: str, heading: Line, made: str) -> str:
    """The id stands at the end of the heading, but before a comment that ends the line. Another comment leaves the line to the author."""
    start = comment_start(line)
    if start < 0:
        text = line.rstrip()
        return f"{text} {{#{made}}}{line[len(text) :]}"
    if heading.text.rstrip() == line[:start].rstrip():
        return f"{line[:start].rstrip()} {{#{made}}} {line[start:]}"
    return line
