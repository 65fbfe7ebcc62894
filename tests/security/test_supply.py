"""G5, G6: what is installed is pinned by its hash, nothing secret is in the repository, and whoever finds a fault knows where to go."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.findings import ROOT

MOST_DIRECT = 22
"""Direct dependencies of the server; one more is a decision."""

_PINNED = re.compile(r"^(?P<name>[a-z0-9._-]+)(\[[a-z,]+\])?==[^\s;]+", re.IGNORECASE)
_SECRETS = (
    ("private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("key of a cloud", re.compile(r"\b(AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|gh[pousr]_[0-9A-Za-z]{36}|xox[baprs]-[0-9A-Za-z-]{10,})\b")),
    ("password in an address", re.compile(r"\b(postgresql|smtps?|https?)(\+\w+)?://[^\s:/@'\"{<`]+:(?!password@|secret@)[^\s@/'\"{<`]{6,}@(?!.*(example|127\.0\.0\.1|localhost))")),
    ("signing key", re.compile(r"\bsecret_key\s*=\s*[\"'][0-9A-Za-z+/_-]{32,}[\"']")),
)  # fmt: skip
_NOT_READ = {".pdf", ".png", ".woff2", ".ttf", ".otf", ".ico", ".zip", ".sqlite3"}


def unpinned(text: str) -> list[str]:
    """Requirements of a file that are not pinned to a version with a hash, and lines that name another place to fetch from."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]
    return [line[:80] for line in lines if not _PINNED.match(line) or "--hash=sha256:" not in line or "://" in line]


def secrets_in(text: str) -> list[str]:
    return [kind for kind, pattern in _SECRETS if pattern.search(text)]


@pytest.mark.parametrize("name", ["app.txt", "dev.txt", "scan.txt"])
def test_g6_everything_that_is_installed_is_pinned_by_hash(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert unpinned(text) == []
    assert text.count("--hash=") > 20


@pytest.mark.parametrize(
    "line",
    [
        "flask==3.1.0",
        "flask>=3 --hash=sha256:aa",
        "--index-url https://elsewhere.example/simple",
        "flask @ https://elsewhere.example/f.whl --hash=sha256:aa",
    ],
)
def test_g6_control_a_requirement_without_pin_or_hash_is_found(line: str) -> None:
    assert unpinned(line)


def test_g6_installing_asks_for_hashes_and_wheels_and_the_exceptions_are_few() -> None:
    makefile = (ROOT / "Makefile").read_text()
    installs = [line for line in makefile.splitlines() if "pip" in line and "install" in line and "--editable" not in line]
    assert installs
    assert all("--require-hashes --only-binary :all:" in line for line in installs)
    assert re.findall(r"--no-binary (\S+)", makefile) == ["pyperclip,urwid-mitmproxy,yaswfp"]  # for the scanners only


def test_g6_direct_dependencies_stay_few() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert len(project["dependencies"]) <= MOST_DIRECT


def test_g6_whoever_finds_a_fault_is_told_how_to_report_it() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    for heading in ("## Report", "## Supported versions", "## How long a fix takes"):
        assert heading in text


def files_of_the_repository() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    yield from (ROOT / name for name in listed.splitlines() if Path(name).suffix not in _NOT_READ and (ROOT / name).is_file())


def test_g5_no_secret_is_in_the_repository() -> None:
    files = list(files_of_the_repository())
    assert len(files) > 300
    found = [(str(path.relative_to(ROOT)), each) for path in files for each in secrets_in(path.read_text("utf-8", "replace"))]
    invented = [each for each in found if each[0].startswith("tests/") and each[1] == "signing key"]  # tests make up servers
    assert [each for each in found if each not in invented] == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("private key", "-----BEGIN " + "PRIVATE KEY-----"),
        ("key of a cloud", "AKIA" + "ABCDEFGHIJKLMNOP"),
        ("password in an address", "postgresql://ceapp:" + "hunter2hunter2@db.internal/ceapp"),
        ("signing key", "secret_key = " + '"' + "a1" * 20 + '"'),
    ],
)
def test_g5_control_a_planted_secret_is_found(kind: str, text: str) -> None:
    assert secrets_in(text) == [kind]
