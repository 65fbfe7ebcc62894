"""wapiti and sqlmap, started, bounded in time, and their reports read."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from checks.findings import ROOT

TOOLS = ROOT / ".venv-scan" / "bin"
MODULES = "xss,permanentxss,sql,exec,file,redirect,crlf,csp,http_headers,cookieflags"
"""Those of wapiti that need no other machine."""

_NEVER = ("/account/sign-out", "/account/sessions*", "/demo*", "/assets*", "/account/password*", "/people/*", "*/leave")
"""Addresses that would end the scan's own sign-in, or somebody else's that it needs later."""


@dataclass(frozen=True, order=True)
class Found:
    """What a scanner reported."""

    tool: str
    kind: str
    where: str
    parameter: str = ""

    def __str__(self) -> str:
        return f"{self.tool}: {self.kind}: {self.where}" + (f" ({self.parameter})" if self.parameter else "")


@dataclass(frozen=True)
class Wish:
    """A request with parameters: what sqlmap is pointed at. `marked` is a part of the path that is a parameter."""

    method: str
    url: str
    fields: tuple[tuple[str, str], ...]
    tested: tuple[str, ...]

    @property
    def said(self) -> str:
        return f"{self.method} {urlsplit(self.url).path}"


def run_wapiti(url: str, cookies: Mapping[str, str], seconds: int, folder: Path) -> list[Found]:
    """Crawl from `url` with these cookies and attack what was found, for about so many seconds in all."""
    for turn in range(2):  # The scanner's own database is locked now and then; it ends without a report then.
        if crawled_by_wapiti(folder / "report.json") == 0:
            _one_wapiti(url, cookies, seconds, folder / f"turn-{turn}")
            for report in (folder / f"turn-{turn}").glob("report.json"):
                report.rename(folder / "report.json")
    report = folder / "report.json"
    return sorted(set(_read_wapiti(json.loads(report.read_text())))) if report.exists() else []


def _one_wapiti(url: str, cookies: Mapping[str, str], seconds: int, folder: Path) -> None:
    folder.mkdir(parents=True)
    report = folder / "report.json"
    each = max(10, seconds // (len(MODULES.split(",")) + 4))
    command = [str(TOOLS / "wapiti"), "-u", url, "-m", MODULES, "-f", "json", "-o", str(report), "--no-bugreport", "-v", "0"]
    command += [
        "--max-scan-time",
        str(each * 4),
        "--max-attack-time",
        str(each),
        "--store-session",
        str(folder),
        "--store-config",
        str(folder),
    ]
    command += ["-t", "10", "--tasks", "2", "-d", "6", "--max-files-per-dir", "12", "--max-parameters", "40", "--skip", "csrf_token"]
    for path in _NEVER:
        command += ["-x", url.rstrip("/") + path]
    if cookies:
        command += ["-C", "; ".join(f"{name}={value}" for name, value in cookies.items())]
    _run(command, seconds * 2 + 60, folder / "wapiti.log")


def crawled_by_wapiti(report: Path) -> int:
    """How many pages the scan came to whose report this is; none when it did not get to the end."""
    return int(json.loads(report.read_text())["infos"].get("crawled_pages_nbr", 0)) if report.exists() else 0


def _read_wapiti(report: dict[str, dict[str, list[dict[str, str]]]]) -> Iterator[Found]:
    for group in ("vulnerabilities", "anomalies"):
        for kind, entries in report[group].items():
            for each in entries:
                said = each.get("info", "")[:110] if kind in _TOLD_BY_WORDS else ""
                yield Found("wapiti", f"{kind}: {said}" if said else kind, f"{each['method']} {each['path']}", each.get("parameter") or "")


_TOLD_BY_WORDS = ("Content Security Policy Configuration", "HTTP Secure Headers", "HttpOnly Flag cookie", "Secure Flag cookie")


def run_sqlmap(wish: Wish, cookies: Mapping[str, str], *, level: int, seconds: int, folder: Path) -> list[Found] | None:
    """Try the parameters of one request; None when the time was up before the end."""
    command = [str(TOOLS / "sqlmap"), "-u", wish.url, "--batch", "--level", str(level), "--risk", "1", "--technique", "BEU"]
    command += [
        "--time-sec",
        "2",
        "--timeout",
        "10",
        "--retries",
        "1",
        "--output-dir",
        str(folder),
        "--flush-session",
        "--disable-coloring",
    ]
    command += ["--ignore-code", "*", "--answers", "redirect=N,follow=N"]
    if wish.tested:
        command += ["-p", ",".join(wish.tested)]
    if wish.method == "POST":
        command += ["--data", urlencode(wish.fields)]
    if cookies:
        command += ["--cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())]
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "sqlmap.log"
    if not _run(command, seconds, log):
        return None
    return [
        Found("sqlmap", "SQL injection", wish.said, name) for name in re.findall(r"^Parameter: (.+?) \(", log.read_text(), re.MULTILINE)
    ]


def _run(command: list[str], seconds: int, log: Path) -> bool:
    """Whether it ended by itself in time."""
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=log.parent)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
    return True
