"""G5, G6: what is installed is pinned by its hash, nothing secret is in the repository, and whoever finds a fault knows where to go."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks import advisories
from checks.findings import ROOT
from checks.sbom import bill

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


@pytest.mark.parametrize("name", ["app.txt", "metrics.txt", "dev.txt", "scan.txt", "advisories.txt"])
def test_g6_everything_that_is_installed_is_pinned_by_hash(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert unpinned(text) == []
    assert text.count("--hash=") > 1


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


def test_g6_the_bill_of_materials_names_all_that_is_installed() -> None:
    text = (ROOT / "requirements" / "app.txt").read_text()
    made = bill(text, "1.2.3")
    packages = {each["name"]: each for each in made["components"]}
    assert (made["bomFormat"], made["specVersion"], made["metadata"]["component"]["version"]) == ("CycloneDX", "1.6", "1.2.3")
    assert set(packages) == set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", text, re.MULTILINE | re.IGNORECASE))
    flask = packages["flask"]
    assert flask["purl"] == f"pkg:pypi/flask@{flask['version']}"
    assert flask["licenses"] == [{"license": {"name": "BSD-3-Clause"}}]
    assert all(re.fullmatch(r"[0-9a-f]{64}", each["value"]) for each in flask["properties"])
    assert packages["pysqlite3"]["properties"][-1]["value"] == "sys_platform == 'linux'"
    assert bill(text, "1.2.3") == made
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made["serialNumber"])
    assert set(re.findall(r"https?://[^\"]+", json.dumps(made))) == {made["$schema"]}  # No place to fetch from.


def test_g6_the_bill_of_materials_says_what_asks_for_what() -> None:
    made = bill((ROOT / "requirements" / "app.txt").read_text(), "1")
    graph = {each["ref"]: each["dependsOn"] for each in made["dependencies"]}
    refs = {each["bom-ref"] for each in made["components"]}
    assert set(graph) == refs | {"ceapp"}
    assert {each for asked in graph.values() for each in asked} == refs
    direct = {re.split("[^a-z0-9-]", each)[0] for each in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]}
    assert direct <= {each.removeprefix("pkg:pypi/").partition("@")[0] for each in graph["ceapp"]}


@pytest.mark.parametrize("line", ["flask>=3", "flask @ https://elsewhere.example/f.whl", "-r other.txt"])
def test_g6_control_a_lock_that_is_none_gives_no_bill(line: str) -> None:
    with pytest.raises(ValueError, match="no pinned package"):
        bill(f"click==8.0 \\\n    --hash=sha256:{'a' * 64}\nflask==3 \\\n    --hash=sha256:{'a' * 64}\n{line}\n".replace("-r", "r -r"), "1")


AUDITORS: dict[str, tuple[str, int]] = {
    "one that sees nothing": ('{"dependencies": [{"name": "jinja2", "version": "2.10", "vulns": []}]}', advisories.UNCHECKED),
    "one that skips what it cannot look up": (
        '{"dependencies": [{"name": "jinja2", "version": "2.10", "skip_reason": "no data"}]}',
        advisories.UNCHECKED,
    ),
    "one that says nothing": ("", advisories.UNCHECKED),
    "one that finds the canary only": ("canary", advisories.CLEAN),
    "one that finds a fault of ours": ("ours", advisories.FAULTY),
    "one that loses its data on the way": ("lost", advisories.UNCHECKED),
}
_AUDITOR = """#!{python}
import json, sys
said, canary = {said!r}, "canary" in sys.argv[-1]
assert "--strict" in sys.argv
faulty = canary or said == "ours"
if said in ("canary", "ours", "lost"):
    if said == "lost" and not canary:
        sys.exit("the data cannot be reached")
    print(json.dumps({{"dependencies": [{{"name": "x", "version": "1", "vulns": [{{"id": "PYSEC-1"}}] if faulty else []}}]}}))
    sys.exit(1 if faulty else 0)
print(said)
"""


@pytest.mark.parametrize("what", AUDITORS)
def test_g6_without_its_canary_the_check_for_published_faults_says_that_nothing_was_checked(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, code = AUDITORS[what]
    auditor = tmp_path / "pip-audit"
    auditor.write_text(_AUDITOR.format(python=sys.executable, said=said))
    auditor.chmod(0o700)
    assert advisories.main(str(auditor)) == code
    told = capsys.readouterr().out
    assert ("CHECKED" in told) is (code == advisories.UNCHECKED)
    assert ("PYSEC-1" in told) is (code == advisories.FAULTY)


def test_g6_an_auditor_that_is_not_there_has_checked_nothing(tmp_path: Path) -> None:
    assert advisories.main(str(tmp_path / "none")) == advisories.UNCHECKED
