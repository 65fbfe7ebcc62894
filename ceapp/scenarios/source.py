"""Bytes to text: UTF-8, line feeds, no byte order mark; and the file divided into front matter and body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ceapp.scenarios.limits import FILE_BYTES, FILE_LINES, LINE_CHARACTERS
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.scanner import Line, Scan, scan

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
BOM = b"\xef\xbb\xbf"
MARKER = "---"


@dataclass(frozen=True, slots=True)
class Source:
    """A file's front matter, as text, and its body, as scanned lines; both know their place in the file."""

    front_matter: str | None
    body: tuple[Line, ...]
    is_whole: bool  # False when an open fence or comment hides the rest


def normalised(data: bytes) -> bytes:
    """LF line ends and no byte order mark: what revisions are made of. Other bytes are left alone."""
    return data.removeprefix(BOM).replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def read_source(data: bytes, problems: Problems) -> Source | None:
    """The parts of a file, or None when it is no text that could be read further."""
    text = _decoded(data, problems)
    if text is None:
        return None
    lines = text.split("\n")
    end = end_of_front_matter(lines)
    if end is None:
        problems.add("no-front-matter", 1, "the file must begin with a front matter between two lines of ---", hint="see docs/authoring.md")
        front_matter, first = None, 1
    else:
        front_matter, first = "\n".join(lines[1:end]), end + 2
    body = scan(enumerate(lines[first - 1 :], first))
    return Source(front_matter, body.lines, _is_whole(body, problems))


def end_of_front_matter(lines: list[str]) -> int | None:
    """The place of the line that closes the front matter; None where there is no front matter."""
    if lines[0].rstrip() != MARKER:
        return None
    return next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() == MARKER), None)


def _decoded(data: bytes, problems: Problems) -> str | None:
    if len(data) > FILE_BYTES:
        problems.add("too-large", 1, f"the file is over {FILE_BYTES // 1024} kB", hint="divide it into several scenarios")
        return None
    data = normalised(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.add("not-utf8", line, "this line is not text in UTF-8", hint="save the file as UTF-8")
        return None
    if text.count("\n") >= FILE_LINES:
        problems.add("too-large", FILE_LINES, f"the file has over {FILE_LINES:,} lines", hint="divide it into several scenarios")
        return None
    for line, column, code, message, hint in _bad_lines(text):
        problems.add(code, line, message, hint=hint, column=column)
    return None if problems.have_errors else text


def _bad_lines(text: str) -> Iterator[tuple[int, int, str, str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LINE_CHARACTERS:
            yield number, 1, "long-line", f"this line is over {LINE_CHARACTERS:,} characters", "break it, or divide it with a blank line"
    if match := CONTROL.search(text):
        number, column = text.count("\n", 0, match.start()) + 1, match.start() - text.rfind("\n", 0, match.start())
        yield number, column, "control-character", f"there is a control character here (U+{ord(match[0]):04X})", "delete it"


def _is_whole(scanned: Scan, problems: Problems) -> bool:
    if scanned.open_fence:
        problems.add("unclosed-fence", scanned.open_fence, "the block that begins here is not closed", hint="close it with the same marks")
    if scanned.open_comment:
        problems.add("unclosed-comment", scanned.open_comment, "the comment that begins here is not closed", hint="close it with -->")
    return not (scanned.open_fence or scanned.open_comment)
