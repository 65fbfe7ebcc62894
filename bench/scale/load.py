"""Many people at once at a real server on the large database: some read, some practise, and one takes everything out (R14, R22)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.scale.seeding import TOKEN
from bench.visitor import Visitor, form

READERS = 8
READ_EACH = 40
PATIENCE_SECONDS = 120
EXPORT = "/exports"


@dataclass
class Seen:
    """What people at a server met: seconds until a page, seconds until an answer was stored, and whatever was no success."""

    pages: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@contextmanager
def server(folder: Path, port: int, database_url: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A server on the instance in this folder."""
    settings = {"instance": str(folder), "scenarios": str(folder / "scenarios"), "port": str(port), "database_url": database_url}
    environment = {**os.environ, **{f"CEAPP_{name.upper()}": value for name, value in settings.items()}}
    log = (folder / "server.log").open("ab")
    process = subprocess.Popen([str(Path(sys.executable).parent / "ceapp"), "serve"], env=environment, stdout=log, stderr=log)
    try:
        _wait_until_it_answers(port)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()


def use(port: int, submitters: int, learners: int) -> Seen:
    """Readers open pages while so many people practise a scenario at the same time, each with a browser of their own."""
    seen = Seen()
    deeds: list[Callable[[], None]] = [lambda number=number: _practise(port, number, seen) for number in range(1, submitters + 1)]  # type: ignore[misc]
    deeds += [lambda number=number: _read(port, learners - number, seen) for number in range(1, READERS + 1)]  # type: ignore[misc]
    threads = [threading.Thread(target=_noting(deed, seen)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def answers_while(port: int, number: int, busy: Callable[[], None]) -> Seen:
    """One person practises for as long as something else is under way."""
    seen, done = Seen(), threading.Event()

    def practise() -> None:
        while not done.is_set():
            _practise(port, number, seen)

    thread = threading.Thread(target=_noting(practise, seen))
    thread.start()
    try:
        busy()
    finally:
        done.set()
        thread.join()
    return seen


def learner(port: int, number: int) -> Visitor:
    return Visitor(port, {"ceapp": f"{TOKEN}learner{number}@example.org"})


def administrator(port: int) -> Visitor:
    return Visitor(port, {"ceapp": f"{TOKEN}ada@example.org"})


def _noting(deed: Callable[[], None], seen: Seen) -> Callable[[], None]:
    def do() -> None:
        try:
            deed()
        except Exception as problem:  # noqa: BLE001 - whatever it was, it counts
            seen.failures.append(f"{type(problem).__name__}: {problem}"[:200])

    return do


def _read(port: int, number: int, seen: Seen) -> None:
    visitor = learner(port, number)
    addresses = ("/", "/courses", "/courses/ethics-2", "/certificates", "/practice", "/courses/ethics-2/friend-request")
    for turn in range(READ_EACH):
        begun = time.perf_counter()
        status, _, _ = visitor.get(addresses[turn % len(addresses)])
        seen.pages.append(time.perf_counter() - begun)
        if status != 200:
            seen.failures.append(f"{addresses[turn % len(addresses)]} answered {status}")
    visitor.close()


def _practise(port: int, number: int, seen: Seen) -> None:
    """Work through a scenario once more, for practice."""
    visitor = learner(port, number)
    action, hidden, _ = form(visitor.get("/courses/ethics-1/friend-request")[2], "/practise")
    _, attempt, page = visitor.post(action, hidden)
    step = 1
    while (answer := _answer(page, step)) is not None:
        visitor.seconds.clear()
        status, _, _ = visitor.post(*answer)
        seen.answers.extend(visitor.seconds)
        if status != 200:
            seen.failures.append(f"{answer[0]} answered {status}")
            break
        step += 1
        _, _, page = visitor.get(f"{attempt}/{step}")
    visitor.close()


def _answer(page: str, step: int) -> tuple[str, list[tuple[str, str]]] | None:
    """Some answer to whatever is asked: the first option, or the places as they stand."""
    try:
        action, hidden, body = form(page, f"/{step}")
    except LookupError:
        return None
    places = re.findall(r"<select name=\"(place-[^\"]+)\"", body)
    given = re.findall(r"name=\"given\"[^>]*value=\"([^\"]+)\"", body)
    if places:
        return action, hidden + [(name, str(place)) for place, name in enumerate(places, 1)]
    return action, hidden + ([("given", given[0])] if given else [("text", "")])


def _wait_until_it_answers(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except (URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
