"""Clients under load: people who begin and answer without a pause, and write down what the server said is saved."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

from bench.visitor import Reply
from tests.reliability.installation import Installation
from tests.reliability.journeys import Filled, answer_to, beginning, form_at
from tests.reliability.ledger import Acknowledged, faults_of
from tests.reliability.rounds import FULL
from tests.reliability.server import PATIENCE, wait_until

CLIENTS = 20 if FULL else 3
ORDINARY = frozenset({200, 303, 404})
"""What a sound server answers here; 404 for the step after the last one, by which a poster sees that the story has ended."""

SCENARIOS = ("every-kind", "short", "extra")


class _AbandonedError(Exception):
    """Nobody waits for this poster any more."""


class Poster(threading.Thread):
    """Somebody who begins and answers without a pause, and who sends a form again until the server has answered it."""

    def __init__(self, installation: Installation, seed: int, port: int = 0, *, lenient: bool = False) -> None:
        super().__init__(daemon=True)
        self.visitor = installation.visitor(installation.somebody(), port=port)
        self.acknowledged: list[Acknowledged] = []
        self.begun: list[Acknowledged] = []
        self._log = lambda: installation.server.log
        self.statuses: Counter[int] = Counter()
        """Every answer of the server, by its status."""
        self.cut = 0
        """Requests that got no answer."""
        self.sending = threading.Event()
        self.problem: BaseException | None = None
        self.abandoned = False
        self._chance, self._stop_asked, self._lenient = Random(seed), threading.Event(), lenient

    def run(self) -> None:
        try:
            self._post(self._until_served(lambda: form_at(self.visitor, "/courses/sample", "/enrol")))
            while not self._stop_asked.is_set():
                self._go_on()
        except _AbandonedError:
            pass
        except BaseException as problem:  # noqa: BLE001 - looked at by the test
            self.problem = problem

    def _go_on(self) -> None:
        try:
            self._work_through(self._chance.choice(SCENARIOS))
        except (AssertionError, LookupError, ValueError):
            if not self._lenient:  # A server without its protection may answer anything; a control only asks what it lost.
                raise

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(PATIENCE)
        assert not self.is_alive()
        if self.problem:
            raise self.problem

    def _work_through(self, scenario: str) -> None:
        form = self._until_served(lambda: beginning(self.visitor, scenario))
        attempt = self._post(form).location
        attempt_id = UUID(attempt.rpartition("/")[2])
        self.begun.append(Acknowledged(attempt_id, form))
        number = 1
        while not self._stop_asked.is_set():
            text = self._read(f"{attempt}/{number}")
            answer = answer_to(text, number, self._chance, f"Five words and a number: {self._chance.random()}")
            if answer is None:
                return
            reply = self._post(answer)
            assert reply.location.startswith(f"{attempt}/{number}"), f"{answer.action} answered {reply.status}: {self._errors()}"
            self.acknowledged.append(Acknowledged(attempt_id, answer))
            number += 1

    def _errors(self) -> str:
        """What the server logged of what broke, last."""
        return "\n".join([line for line in self._log().splitlines() if "error" in line.lower() and '"error":""' not in line][-5:])

    def _read(self, address: str) -> str:
        """The page there, as soon as the server gives it."""
        return self._sent_until_served(lambda: self.visitor.send("GET", address)).page

    def _post(self, form: Filled) -> Reply:
        self.sending.set()
        reply = self._sent_until_served(lambda: form.send(self.visitor))
        self.sending.clear()
        if self._chance.random() < 0.1:  # As a browser does that was told nothing: the same form once more.
            assert self._sent_until_served(lambda: form.send(self.visitor)).location == reply.location
        return reply

    def _sent_until_served(self, deed: Callable[[], Reply]) -> Reply:
        """A 503 page says that the same form may be sent again; so it is."""
        deadline = time.monotonic() + PATIENCE
        while True:
            reply: Reply = self._persist(deed)
            self.statuses[reply.status] += 1
            if reply.status != 503:
                return reply
            assert time.monotonic() < deadline, f"still refused after {PATIENCE:.0f} seconds: {reply.page[-3000:]}"
            self._stop_asked.wait(0.02)

    def _until_served(self, deed: Callable[[], Any]) -> Any:
        """For what asserts that its pages open."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._persist(deed)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                self._stop_asked.wait(0.02)

    def _persist(self, deed: Callable[[], Any]) -> Any:
        """Try until the server answers."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                found = deed()
            except (OSError, http.client.HTTPException):
                if self.abandoned:
                    raise _AbandonedError from None
                self.cut += 1
                assert time.monotonic() < deadline, "the server did not come back"
                time.sleep(0.02)
            else:
                return found


class Crowd:
    """Several posters at one installation, and what they were told together."""

    def __init__(self, installation: Installation, clients: int = CLIENTS, seed: int = 0, port: int = 0, *, lenient: bool = False) -> None:
        self.installation = installation
        self.posters = [Poster(installation, seed + number, port, lenient=lenient) for number in range(clients)]

    @property
    def acknowledged(self) -> list[Acknowledged]:
        return [each for poster in self.posters for each in list(poster.acknowledged)]

    @property
    def begun(self) -> list[Acknowledged]:
        return [each for poster in self.posters for each in list(poster.begun)]

    @property
    def told(self) -> int:
        """How many beginnings and answers the server said are saved."""
        return sum(len(poster.acknowledged) + len(poster.begun) for poster in self.posters)

    @property
    def statuses(self) -> Counter[int]:
        return sum((poster.statuses for poster in self.posters), Counter())

    @property
    def cut(self) -> int:
        return sum(poster.cut for poster in self.posters)

    def faults(self) -> list[str]:
        """What is wrong in the database at this moment. What was acknowledged is noted before it is read."""
        self.refuse_problems()
        acknowledged, begun = self.acknowledged, self.begun
        with self.installation.engine() as engine:
            return faults_of(engine, acknowledged, begun, self.installation.keys)

    def refuse_problems(self) -> bool:
        """Raise what ended a poster; False when nothing did, so that whoever waits for something else waits on."""
        for poster in self.posters:
            if poster.problem:
                raise poster.problem
        return False

    def start(self) -> None:
        """Returns when each was told once that something is saved."""
        for poster in self.posters:
            poster.start()
        wait_until(lambda: all(poster.acknowledged or poster.problem for poster in self.posters), "everybody has answered once")
        self.refuse_problems()

    def stop(self) -> None:
        for poster in self.posters:
            poster.stop()

    def abandon(self) -> None:
        """Let nobody go on, also where they wait for a server that will not come back."""
        for poster in self.posters:
            poster.abandoned = True
            poster.stop()


@contextmanager
def at_work(crowd: Crowd) -> Iterator[Crowd]:
    """The crowd posts until the end of the block; when the block fails, its error counts."""
    crowd.start()
    try:
        yield crowd
    except BaseException:
        for poster in crowd.posters:
            poster._stop_asked.set()
        raise
    crowd.stop()


def lost(faults: list[str]) -> int:
    """How many of the faults say that something acknowledged is not there."""
    return sum("is lost" in fault or "is stored 0 times" in fault for fault in faults)
