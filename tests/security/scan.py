"""`make scan`: proves on planted faults that wapiti and sqlmap see, then points them at a filled server of ours, signed in as each role.

CEAPP_SCAN_MINUTES (20) bounds it, half for each scanner; CEAPP_SCAN_LEVEL (1) is sqlmap's level. What time did not allow is said. Exit 1
when something was found, 2 when the scan is void because a planted fault was not.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import html5lib
from lxml import etree

from checks.findings import ROOT
from tests.reliability.server import CEAPP, environment, wait_until
from tests.security.scanners import TOOLS, Found, Wish, crawled_by_wapiti, run_sqlmap, run_wapiti

MINUTES = float(os.environ.get("CEAPP_SCAN_MINUTES", "20"))
LEVEL = int(os.environ.get("CEAPP_SCAN_LEVEL", "1"))
ROLES = {
    "visitor": "",
    "learner": "Lea Moreau",
    "trainee": "Tess Adeyemi",
    "supervisor": "Sam Okafor",
    "organisation": "Ines Castro",
    "server": "Ada Lindqvist",
}
"""What each scan is signed in as, and who that is in the demonstration."""

CANARY_MUST = {
    "wapiti": {
        "Reflected Cross Site Scripting",
        "Stored Cross Site Scripting",
        "SQL Injection",
        "Open Redirect",
        "Path Traversal",
        "Content Security Policy Configuration",
        "Clickjacking Protection",
    },
    "sqlmap": {"SQL injection"},
}
EXPECTED = {
    "Secure Flag cookie": "the scan is over http on 127.0.0.1; with https every cookie is Secure (tests/web/test_headers.py)",
    "HTTP Strict Transport Security (HSTS)": "sent with https only",
}
"""What is reported of this server and is no fault, with the reason."""

FALSE_ALARMS = {
    "wapiti: SQL Injection: POST /account/sign-in (way)": "compared with two words, reaches no SQL; limits change the answers",
}
"""Single reports that were looked into by hand, with what was found."""

UNFINISHED = "the scanner came to no end"

_SKIPPED = {"csrf_token", "key"}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/|$)")
_MOST_PAGES = 60


class Browser:
    """Somebody signed in, as the standard library's client."""

    def __init__(self, address: str) -> None:
        self.address, self._jar = address, CookieJar()
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(self._jar))

    def read(self, path: str, **fields: str) -> etree._Element | None:
        data = urlencode(fields).encode() if fields else None
        try:
            with self._opener.open(urljoin(self.address, path), data, timeout=20) as response:
                if "text/html" not in response.headers.get("Content-Type", ""):
                    return None
                return html5lib.parse(response.read(), treebuilder="lxml", namespaceHTMLElements=False).getroot()
        except URLError:
            return None

    @property
    def cookies(self) -> dict[str, str]:
        return {each.name: each.value or "" for each in self._jar}


def sign_in(address: str, name: str) -> Browser:
    """Become somebody of the demonstration; nobody for no name."""
    browser = Browser(address)
    page = browser.read("/demo")
    assert page is not None
    for form in page.iter("form"):
        if name and "".join(form.itertext()).strip().startswith(name):
            token = form.xpath(".//input[@name='csrf_token']/@value")[0]
            browser.read(form.get("action"), csrf_token=token)
    return browser


def wishes(browser: Browser) -> Iterator[Wish]:
    """Every request with parameters that links and forms of this person's pages lead to, each kind once."""
    waiting, seen = ["/"], {"/"}
    told: set[tuple[str, str, tuple[str, ...]]] = set()
    while waiting and len(seen) < _MOST_PAGES * 10:
        path = waiting.pop(0)
        page = browser.read(path)
        if page is None:
            continue
        for wish in _forms_of(page, urljoin(browser.address, path)):
            kind = (wish.method, _ID.sub("·", urlsplit(wish.url).path), wish.tested)
            if kind not in told and wish.tested and "sign-out" not in wish.url and "/sessions" not in wish.url and "/demo" not in wish.url:
                told.add(kind)
                yield wish
        for link in page.xpath("//a/@href"):
            target = urlsplit(urljoin(urljoin(browser.address, path), link))
            kind_of = _ID.sub("·", target.path)
            if target.netloc == urlsplit(browser.address).netloc and kind_of not in seen and len(seen) < _MOST_PAGES:
                seen.add(kind_of)
                waiting.append(target.path + (f"?{target.query}" if target.query else ""))
                yield from _wish_of_link(target.geturl(), told)


def _wish_of_link(url: str, told: set[tuple[str, str, tuple[str, ...]]]) -> Iterator[Wish]:
    query = urlsplit(url).query
    names = tuple(sorted({each.partition("=")[0] for each in query.split("&")})) if query else ()
    kind = ("GET", _ID.sub("·", urlsplit(url).path), names)
    if names and kind not in told:
        told.add(kind)
        yield Wish("GET", url.partition("#")[0], (), names)


def _forms_of(page: etree._Element, base: str) -> Iterator[Wish]:
    for form in page.iter("form"):
        fields = [
            (each.get("name"), each.get("value") or ("1" if each.get("type") not in ("hidden", "checkbox", "radio") else ""))
            for each in form.iter("input")
            if each.get("name")
        ]
        fields += [(each.get("name"), "some words") for each in form.iter("textarea") if each.get("name")]
        fields += [(each.get("name"), (each.xpath(".//option/@value") or [""])[0]) for each in form.iter("select") if each.get("name")]
        given = dict(fields)
        tested = tuple(sorted(set(given) - _SKIPPED))
        url = urljoin(base, form.get("action") or "")
        if (form.get("method") or "get").lower() == "post":
            yield Wish("POST", url, tuple(given.items()), tested)
        else:
            yield Wish("GET", f"{url.partition('?')[0]}?{urlencode(given)}", (), tested)


def marked(address: str) -> list[Wish]:
    """Parts of paths that are parameters and no ids; `*` is where sqlmap puts its own."""
    paths = (
        "/verify/ABCD*",
        "/courses/social-media-ethics*",
        "/courses/social-media-ethics/friend-request*",
        "/organisations/harbour-lane*/progress",
        "/images/x*",
        "/standards/x*",
        "/invitations/x*",
        "/training-record/harbour-lane*",
    )
    return [Wish("GET", address + path, (), ()) for path in paths]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], address: str, log: Path, env: dict[str, str]) -> Iterator[None]:
    """A server in a process group of its own, until the block ends."""
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=env, cwd=ROOT, start_new_session=True)
        try:
            wait_until(lambda: process.poll() is not None or Browser(address).read("/") is not None, f"{command[0]} answers")
            assert process.poll() is None, log.read_text()
            yield
        finally:
            if process.poll() is None:
                os.killpg(process.pid, 15)
                process.wait(30)


def try_canary(folder: Path) -> list[str]:
    """What is planted and was not reported."""
    port = free_port()
    address, missed = f"http://127.0.0.1:{port}/", []
    with running([sys.executable, "-m", "tests.security.canary", str(port)], address, folder / "canary.log", dict(os.environ)):
        seen = {"wapiti": {each.kind.partition(":")[0] for each in run_wapiti(address, {}, 600, folder / "canary")}}
        wish = Wish("GET", f"{address}bird?id=1", (), ("id",))
        seen["sqlmap"] = {each.kind for each in run_sqlmap(wish, {}, level=1, seconds=120, folder=folder / "canary-sql") or []}
    for tool, kinds in CANARY_MUST.items():
        missed += [f"{tool} did not report: {kind}" for kind in sorted(kinds - seen[tool])]
    return missed


def scan(folder: Path) -> list[Found]:
    """Everything that both scanners find on a filled server."""
    port = free_port()
    address, instance = f"http://127.0.0.1:{port}/", folder / "instance"
    instance.mkdir()
    env = environment(instance, ROOT / "scenarios", CEAPP_DEMO="1", CEAPP_PORT=str(port))
    log = folder / "server.log"
    found: set[Found] = set()
    with running([CEAPP, "demo"], address, log, env):
        share = max(40, int(MINUTES * 60 / 2 / len(ROLES)))
        todo: dict[tuple[str, str, tuple[str, ...]], tuple[str, Wish]] = {}
        for role, name in ROLES.items():
            for wish in wishes(sign_in(address, name)):
                todo.setdefault((wish.method, _ID.sub("·", urlsplit(wish.url).path), wish.tested), (role, wish))
        for role, name in ROLES.items():
            seen = run_wapiti(address, sign_in(address, name).cookies, share, folder / f"wapiti-{role}")
            pages = crawled_by_wapiti(folder / f"wapiti-{role}" / "report.json")
            print(f"wapiti as {role}: {pages} pages, {len(seen)} reports", flush=True)
            found |= set(seen) if pages else {Found("wapiti", UNFINISHED, f"as {role}")}
        found |= set(
            _sqlmap_all(
                address,
                list(todo.values()) + [("supervisor", each) for each in marked(address.rstrip("/"))],
                time.monotonic() + MINUTES * 30,
                folder,
            )
        )
    found |= {
        Found("server", "an unforeseen error", line.strip()[:160])
        for line in log.read_text().splitlines()
        if " at " in line and "request" in line
    }
    return sorted(found)


def _sqlmap_all(address: str, todo: list[tuple[str, Wish]], ends: float, folder: Path) -> Iterator[Found]:
    tried = late = 0
    for number, (role, wish) in enumerate(todo):
        left = int(ends - time.monotonic())
        if left < 5:
            break
        browser = sign_in(address, ROLES[role])
        token = _token_of(browser)
        fields = tuple((name, token if name == "csrf_token" else value) for name, value in wish.fields)
        seen = run_sqlmap(
            Wish(wish.method, wish.url, fields, wish.tested),
            browser.cookies,
            level=LEVEL,
            seconds=min(60, left),
            folder=folder / f"sql-{number}",
        )
        tried, late = tried + 1, late + (seen is None)
        yield from seen or []
    print(
        f"sqlmap: {len(todo)} kinds of requests with parameters, {tried} tried, {late} of them cut short, {len(todo) - tried} not reached",
        flush=True,
    )


def _token_of(browser: Browser) -> str:
    page = browser.read("/account")
    values = page.xpath("//input[@name='csrf_token']/@value") if page is not None else []
    return str(values[0]) if values else ""


def main() -> int:
    if not (TOOLS / "wapiti").exists():
        print("The scanners are not installed: run `make scan`.")
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ceapp-scan-") as name:
        folder = Path(name)
        missed = try_canary(folder)
        print(
            f"Planted faults: {sum(map(len, CANARY_MUST.values())) - len(missed)} of {sum(map(len, CANARY_MUST.values()))} reported.",
            flush=True,
        )
        if missed:
            print("The scan is void:\n  " + "\n  ".join(missed))
            return 2
        found = scan(folder)
    if unfinished := [each for each in found if each.kind == UNFINISHED]:
        print("The scan is void:\n  " + "\n  ".join(map(str, unfinished)))
    known = [each for each in found if each.kind.partition(":")[0] in EXPECTED]
    looked_into = [each for each in found if str(each) in FALSE_ALARMS]
    for each in looked_into:
        print(f"Looked into before: {each}: {FALSE_ALARMS[str(each)]}")
    faults = [each for each in found if each not in [*known, *looked_into, *unfinished]]
    for kind in sorted({each.kind.partition(":")[0] for each in known}):
        print(f"Expected: {kind}: {EXPECTED[kind]}")
    for each in faults:
        print(f"FOUND {each}")
    print(f"{len(faults)} findings in {time.monotonic() - began:.0f} seconds.")
    return 2 if unfinished else 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
