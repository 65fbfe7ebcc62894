"""R17: a reload (SIGHUP) fails no request, and a stop (SIGTERM) finishes what was begun."""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from bench.visitor import Reply
from tests.reliability.conftest import Installations
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.journeys import to_reflection, writing
from tests.reliability.posting import ORDINARY, Crowd, at_work, lost
from tests.reliability.rounds import WORKERS, asked, portions
from tests.reliability.server import Server, wait_until
from tests.reliability.test_locked import held

STOPPED_WITHIN = 30
"""Seconds after which a service manager would kill."""


class Reader(threading.Thread):
    """Somebody who opens a page again and again, each time on a new connection, as a proxy does."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.answers: Counter[str] = Counter()
        self._port, self._stop_asked = server.port, threading.Event()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            try:
                connection.request("GET", "/courses", headers={"Connection": "close"})
                response = connection.getresponse()
                response.read()
                self.answers[str(response.status)] += 1
            except (OSError, http.client.HTTPException) as problem:
                self.answers[type(problem).__name__] += 1
            finally:
                connection.close()

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()


def reload(server: Server) -> None:
    """Send SIGHUP and wait until all workers are others."""
    before = set(server.workers())
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: not before & set(now := server.workers()) and len(now) == len(before), "all workers are new ones")


def test_r17_a_reload_fails_no_request(installations: Installations, figures: Callable[..., Figures]) -> None:
    """Readers on new connections fail never. Whoever keeps a connection may find it closed before the next request, as HTTP has it."""
    row = figures("R17 reloads", "sqlite")
    for number, size in enumerate(portions("R17 reloads")):
        with installations("sqlite") as installation:
            server = installation.server
            server.start()
            first, crowd, readers = server.pid, Crowd(installation, 2, seed=number), [Reader(server) for _ in range(2)]
            for reader in readers:
                reader.start()
            with at_work(crowd):
                for _ in range(size):
                    reload(server)
                    row.done += 1
            for reader in readers:
                reader.stop()
            answers, faults = sum((reader.answers for reader in readers), Counter()), crowd.faults()
            row.acknowledged, row.lost = row.acknowledged + crowd.told, row.lost + lost(faults)
            row.note = f"{answers.total()} requests on new connections: {dict(answers)}; {crowd.cut} kept connections were closed"
            assert faults == []
            assert (server.pid, set(answers)) == (first, {"200"})
            assert set(crowd.statuses) <= ORDINARY
            # A kept connection is closed once for each client and worker that ends, not more.
            assert crowd.cut <= 2 * 2 * size


def test_r17_a_reload_to_what_does_not_start_keeps_the_old_workers(installations: Installations) -> None:
    with installations("sqlite", workers=WORKERS) as installation:
        _reload_in_vain(installation)


def _reload_in_vain(installation: Installation) -> None:
    server = installation.server
    server.start()
    before = set(server.workers())
    (installation.instance / "settings.toml").write_text('sign_up = "nonsense"\n')
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: "A new worker did not start: the old ones go on serving." in server.log, "the reload is given up")
    wait_until(lambda: set(server.workers()) == before, "the kernel lists the old workers, and no other")
    assert installation.visitor().get("/courses")[0] == 200
    (installation.instance / "settings.toml").unlink()
    reload(server)


def test_r17_a_stop_finishes_what_was_begun(installations: Installations, figures: Callable[..., Figures]) -> None:
    """A form whose saving waits for the database while the server is told to end: it is saved, and its sender is told so."""
    row, chance, longest = figures("R17 stops", "sqlite"), Random(17), 0.0
    with installations("sqlite", workers=WORKERS) as installation:
        for _ in range(asked("R17 stops")):
            crowd = Crowd(installation, 2)
            installation.server.start()
            reply, seconds = _stopped_while_waiting(installation, chance.uniform(0.2, 1.5))
            row.done, longest = row.done + 1, max(longest, seconds)
            assert reply.status == 303
            assert seconds < STOPPED_WITHIN
            row.acknowledged, row.note = row.acknowledged + 1, f"ended after {longest:.1f} s at most"
            assert crowd.faults() == []
        assert "Traceback" not in installation.server.log


def test_r17_control_a_server_that_ends_at_once_loses_what_was_begun(installations: Installations, figures: Callable[..., Figures]) -> None:
    row = figures("R17 stops", "control", 1)
    with installations("sqlite", "die_at_once", workers=WORKERS) as installation:
        installation.server.start()
        with pytest.raises((OSError, http.client.HTTPException)):
            _stopped_while_waiting(installation, 0.5)
        row.done, row.control = 1, "tripped"


def _stopped_while_waiting(installation: Installation, seconds: float) -> tuple[Reply, float]:
    """The reply to a form that waits for a lock while the server is told to end, and how long the end took."""
    visitor, server = installation.visitor(installation.somebody()), installation.server
    filled = writing(visitor, to_reflection(visitor), "These are at least five words.")
    found: list[Reply | BaseException] = []

    def send() -> None:
        try:
            found.append(filled.send(visitor))
        except (OSError, http.client.HTTPException) as problem:
            found.append(problem)

    sender = threading.Thread(target=send)
    with held(installation):
        sender.start()
        wait_until(lambda: found or _is_writing(installation), "the form waits for the lock")
        begun = time.monotonic()
        os.kill(server.pid, signal.SIGTERM)
        time.sleep(seconds)  # The lock is meant to last.
        assert not found or isinstance(found[0], BaseException)
    sender.join()
    wait_until(lambda: server.has_ended, "the server ends")
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0], time.monotonic() - begun


def _is_writing(installation: Installation) -> bool:
    """Whether a worker has its turn to write on SQLite."""
    with (installation.instance / "writer.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_r17_a_stop_that_comes_before_the_workers_run_is_heard(installations: Installations) -> None:
    """Without holding the signal back, a worker that is starting misses it and is killed after 15 seconds."""
    with installations("sqlite", workers=WORKERS) as installation:
        server = installation.server
        server.start(wait=False)
        wait_until(lambda: server.workers() or server.refuse_end(), "workers are started")
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 14
