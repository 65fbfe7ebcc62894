"""Folders with one thing wrong each."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ceapp.scenarios.reading import read_folder
from tests.scenarios.writing import COURSE, HEAD, QUESTION, STANDARD

SCENARIO = f"{HEAD}\nProse as in [ACA A.5.e].\n\n{QUESTION}"


def png(width: int = 2, height: int = 1) -> bytes:
    """A whole, small PNG."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\0" * width for _ in range(min(height, 4))))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


CLOSING = COURSE.replace("hours:", "closing: {forms: [form-x, form-y], attempts: 2}\nhours:")
"""A course with closing cases; their forms stand in line 11."""

OTHER = QUESTION.replace("{#", "{#other-")

GOOD: dict[str, str | bytes] = {
    "standards/aca-2014.md": STANDARD,
    "course/course.md": COURSE,
    "course/friend-request.md": SCENARIO,
    "course/images/card.png": png(),
    "README.md": "What these folders are.",
    "course/README.md": "What this course is.",
}


@dataclass(frozen=True)
class Case:
    code: str
    path: str
    files: Mapping[str, str | bytes | None] = field(default_factory=dict)
    line: int = 1
    links: Mapping[str, str] = field(default_factory=dict)


FOLDER_CASES = [
    Case("bad-name", "course/Big.md", {"course/Big.md": SCENARIO}),
    Case("bad-name", "Course Two", {"Course Two/course.md": COURSE, "Course Two/friend-request.md": SCENARIO}),
    Case("not-followed", "course/linked.md", links={"course/linked.md": "../outside.md"}),
    Case("not-followed", "linked", links={"linked": "course"}),
    Case(
        "not-followed", "course/images", {"course/images/card.png": None, "pictures/course.md": None}, links={"course/images": "../.hidden"}
    ),
    Case("not-followed", "course/images/other.png", links={"course/images/other.png": "card.png"}),
    Case("unreadable", "course/folder.md", {"course/folder.md/file": "x"}),
    Case("no-course", "course", {"course/course.md": None}),
    Case(
        "unknown-scenario", "course/course.md", {"course/course.md": COURSE.replace("[friend-request]", "[friend-request, frend]")}, line=10
    ),
    Case("unknown-scenario", "course/course.md", {"course/course.md": COURSE.replace("hours", "preview: none\nhours")}, line=11),
    Case("not-listed", "course/course.md", {"course/other.md": SCENARIO}),
    Case(
        "closing-form",
        "course/course.md",
        {
            "course/course.md": CLOSING,
            "course/form-x.md": f"{SCENARIO}\n\n### What would you write? {{#note}}\n\n[____]\n",
            "course/form-y.md": f"{SCENARIO}\n\n{OTHER}",
        },
        line=11,
    ),
    Case(
        "closing-parallel",
        "course/course.md",
        {
            "course/course.md": CLOSING,
            "course/form-x.md": SCENARIO,
            "course/form-y.md": f"{SCENARIO}\n\n{OTHER}",
        },
        line=11,
    ),
    Case("draft-listed", "course/course.md", {"course/friend-request.md": SCENARIO.replace("ready", "draft")}, line=10),
    Case(
        "taken-slug",
        "course/course.md",
        {
            "course/friend-request.md": SCENARIO.replace("status", "formerly: [b]\nstatus"),
            "course/b.md": SCENARIO,
            "course/course.md": COURSE.replace("[friend-request]", "[friend-request, b]"),
        },
    ),
    Case("duplicate-cite", "standards/zzz.md", {"standards/zzz.md": STANDARD}),
    Case("bad-image", "course/images/fake.png", {"course/images/fake.png": b"<svg onload=alert(1)>"}),
    Case("bad-image", "course/images/wrong.jpg", {"course/images/wrong.jpg": png()}),
    Case("bad-image", "course/images/a b.png", {"course/images/a b.png": png()}),
    Case("bad-image", "course/images/huge.png", {"course/images/huge.png": png(width=20_000)}),
    Case("too-many", "course/images/large.png", {"course/images/large.png": png() + b"\0" * (21 << 20)}),
    Case("too-large", "course/friend-request.md", {"course/friend-request.md": "a" * (257 << 10)}),
    Case("not-utf8", "standards/bad.md", {"standards/bad.md": b"---\n\xff\n---\n"}, line=2),
]


def write(root: Path, case: Case | None = None) -> None:
    """Write the good folder, changed as the case says; None takes a file away."""
    files = GOOD | dict(case.files if case else {})
    for path, content in files.items():
        if content is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    (root / ".hidden").mkdir(exist_ok=True)
    for path, target in (case.links if case else {}).items():
        (root / path).symlink_to(target)


def problems_of_folder(root: Path) -> list[tuple[str, str, int]]:
    return [(problem.code, str(Path(problem.path).relative_to(root)), problem.line) for problem in read_folder(root).all_problems]
