"""C9: a certificate is printed, and the printer opens nothing but its template and its fonts, and no connection; the system watches."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from ceapp.certificates.pdf import FOLDER

BEGIN, END = "/printing-begins-here", "/printing-ends-here"
PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
from ceapp.certificates.pdf import Press
from ceapp.certificates.rendering import EXAMPLE, Paper, sheet
from ceapp.database import outside_transaction
from ceapp.errors import CeappError
from tests.security.test_requests import COMMANDS

press = Press(Path(sys.argv[1]))
press.warm()
Path(sys.argv[2]).exists()
if sys.argv[4] == "names":
    for name in (*COMMANDS, "x" * 300, "\\u202egnp.exe"):
        try:
            assert press.print(sheet(replace(EXAMPLE, learner=name, course_title=name), paper=Paper.A4, signature=None)).startswith(b"%PDF")
        except CeappError:
            assert name.startswith("\\u202e"), name  # No font has the mark, and that is said.
else:
    import typst
    source = b"#eval(sys.inputs.name, mode: \\"markup\\")"
    try:
        typst.Compiler(root=Path(sys.argv[1]).parent, ignore_system_fonts=True).compile(source, sys_inputs={"name": '#read("/secret.txt")'})
    finally:
        import socket
        socket.socket().close()
Path(sys.argv[3]).exists()
"""
"""Prints with names that are commands; or, as the control, a template that does what such a name says, and opens a socket."""

_OPENED = re.compile(r'open(?:at2?)?\((?:AT_FDCWD, )?"([^"]*)"')
_CONNECTED = re.compile(r"\b(socket|connect|sendto|bind)\(")


@cache
def can_trace() -> str:
    """Why the system's calls cannot be watched here; nothing when they can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-f", "-e", "trace=openat", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "this process may not watch another one"


def calls_while_printing(what: str, folder: Path) -> list[str]:
    """Every call about a file or the network, of all threads, between the two marks."""
    trace, fonts = folder / "trace", folder / "fonts"
    fonts.mkdir()
    (folder / "secret.txt").write_text("nobody may read this")
    watched = ["strace", "-f", "--seccomp-bpf", "-s", "400", "-e", "trace=%file,%network", "-o", str(trace)]
    subprocess.run(
        [*watched, sys.executable, "-c", PROGRAM, str(fonts), BEGIN, END, what], check=True, cwd=FOLDER.parent.parent, timeout=300
    )
    lines = trace.read_text("utf-8", "replace").splitlines()
    (begin,), (end,) = ([place for place, line in enumerate(lines) if mark in line and "execve" not in line] for mark in (BEGIN, END))
    return lines[begin + 1 : end]


OF_MEMORY = "/proc/sys/vm/overcommit_memory"
"""A number of the kernel that the C library reads when a thread gives memory back, which depends on how the threads came to run."""


def is_printers_own(path: str, extra: Path) -> bool:
    """Its template, the fonts that are shipped, and those of the operator."""
    found = Path(path)
    return (
        path == OF_MEMORY
        or found.is_relative_to(extra)
        or (found.parent == FOLDER and found.suffix == ".typ")
        or found.parent == FOLDER / "fonts"
    )


@pytest.fixture(autouse=True)
def _traced() -> None:
    if reason := can_trace():
        pytest.skip(reason)


def test_c9_printing_opens_no_foreign_file_and_no_connection(tmp_path: Path) -> None:
    calls = calls_while_printing("names", tmp_path)
    opened = [match[1] for line in calls if (match := _OPENED.search(line))]
    assert any(path.endswith(".typ") for path in opened)
    assert [path for path in opened if not is_printers_own(path, tmp_path / "fonts")] == []
    assert [line for line in calls if _CONNECTED.search(line)] == []


def test_c9_control_a_printer_that_does_what_a_name_says_is_seen(tmp_path: Path) -> None:
    calls = calls_while_printing("control", tmp_path)
    opened = [match[1] for line in calls if (match := _OPENED.search(line))]
    assert str(tmp_path / "secret.txt") in [path for path in opened if not is_printers_own(path, tmp_path / "fonts")]
    assert any("socket(" in line for line in calls)
