"""Headings: they divide a text into sections, and carry the ids of scenes and questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ceapp.scenarios.problems import Problems
from ceapp.scenarios.scanner import Line
from ceapp.scenarios.segments import heading_level

WITHOUT_SPACE = re.compile(r"#{2,3}[^#\s]")


@dataclass(frozen=True, slots=True)
class Section:
    """The lines below a heading up to the next one that divides. Level 0 is what stands before the first heading."""

    level: int
    title: str
    braces: str | None  # what stands between { and } at the end of the heading
    line: int
    lines: tuple[Line, ...]


def sections(lines: Sequence[Line], levels: Sequence[int], problems: Problems) -> list[Section]:
    """Divide a text at its headings of the given levels; others are left in the prose, which is checked for them."""
    found: list[Section] = []
    level, title, braces, number, start = 0, "", None, lines[0].number if lines else 1, 0
    for place, line in enumerate(lines):
        this = _dividing_level(line, levels, problems)
        if this:
            found.append(Section(level, title, braces, number, tuple(lines[start:place])))
            level, number, start = this, line.number, place + 1
            title, braces = split_braces(line.text.lstrip("#").strip())
    found.append(Section(level, title, braces, number, tuple(lines[start:])))
    return found


def split_braces(title: str) -> tuple[str, str | None]:
    """A title and what stands between braces at its end, if anything does."""
    if not title.endswith("}") or "{" not in title:
        return title, None
    text, _, inside = title[:-1].rpartition("{")
    return text.rstrip(), inside.strip()


def _dividing_level(line: Line, levels: Sequence[int], problems: Problems) -> int:
    if not line.is_plain or not line.text.startswith("#"):
        return 0
    level = heading_level(line)
    if not level and WITHOUT_SPACE.match(line.text):
        level = len(line.text) - len(line.text.lstrip("#"))
        problems.add("heading-space", line.number, "a heading needs a space after its # signs", hint=f"write {'#' * level} and a space")
    return level if level in levels else 0
