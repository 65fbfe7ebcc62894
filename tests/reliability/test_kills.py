"""R1, R6: kill -9 at any moment. What was acknowledged is stored once, and a form that was sent again has one effect."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from bench.visitor import Reply
from tests.reliability.installation import Installation
from tests.reliability.journeys import Filled, answer_to, beginning, form_at
from tests.reliability.ledger import Acknowledged, faults_of
from tests.reliability.rounds import rounds
from tests.reliability.server import PATIENCE

CLIENTS = 6
KINDS = ("worker", "all", "parent", "interrupt")


class Poster(threading.Thread):
    """Somebody who begins and answers without a pause, and who sends a form again until the server has answered it."""

    def __init__(self, installation: Installation, seed: int) -> None:
        super().__init__(daemon=True)
        self.visitor = installation.visitor(installation.somebody())
        self.acknowledged: list[Acknowledged] = []
        self.begun: list[Acknowledged] = []
        self.sending = threading.Event()
        self.problem: BaseException | None = None
        self._chance, self._stop_asked = Random(seed), threading.Event()

    def run(self) -> None:
        try:
            self._post(self._persist(lambda: form_at(self.visitor, "/courses/sample", "/enrol")))
            while not self._stop_asked.is_set():
                self._work_through(self._chance.choice(["every-kind", "short", "extra"]))
        except BaseException as problem:  # noqa: BLE001 - looked at by the test
            self.problem = problem

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(PATIENCE)
        assert not self.is_alive()
        if self.problem:
            raise self.problem

    def _work_through(self, scenario: str) -> None:
        form = self._persist(lambda: beginning(self.visitor, scenario))
        attempt = self._post(form).location
        attempt_id = UUID(attempt.rpartition("/")[2])
        self.begun.append(Acknowledged(attempt_id, form))
        number = 1
        while not self._stop_asked.is_set():
            text = self._persist(lambda number=number: self.visitor.send("GET", f"{attempt}/{number}")).page
            answer = answer_to(text, number, self._chance, f"Five words and a number: {self._chance.random()}")
            if answer is None:
                return
            reply = self._post(answer)
            assert reply.location.startswith(f"{attempt}/{number}"), f"{answer.action} answered {reply.status}: {reply.page[:2000]}"
            self.acknowledged.append(Acknowledged(attempt_id, answer))
            number += 1

    def _post(self, form: Filled) -> Reply:
        self.sending.set()
        reply = self._persist(lambda: form.send(self.visitor))
        while reply.status == 503:  # Nothing was saved, the page says; the same form may be sent again.
            reply = self._persist(lambda: form.send(self.visitor))
        self.sending.clear()
        if self._chance.random() < 0.1:  # As a browser does that was told nothing: the same form once more.
            assert self._persist(lambda: form.send(self.visitor)).location == reply.location
        return reply

    def _persist(self, deed: Callable[[], Any]) -> Any:
        """Try until the server answers."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                found = deed()
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < deadline, "the server did not come back"
                time.sleep(0.02)
            else:
                return found


def test_r1_nothing_acknowledged_is_lost_when_processes_are_killed(either: Installation) -> None:
    installation = either
    server, chance = installation.server, Random(20261120)
    server.start()
    posters = [Poster(installation, seed) for seed in range(CLIENTS)]
    for poster in posters:
        poster.start()
    for number in range(rounds(4)):
        posters[number % CLIENTS].sending.wait(PATIENCE)
        time.sleep(chance.uniform(0, 0.05))
        _kill(installation, KINDS[number % len(KINDS)], chance)
        assert _faults(installation, posters) == []
        if server.has_ended:
            server.start()
    for poster in posters:
        poster.stop()
    assert _faults(installation, posters) == []
    server.stop()
    assert _faults(installation, posters) == []
    assert all(poster.acknowledged for poster in posters)
    assert "Traceback" not in server.log


def _kill(installation: Installation, kind: str, chance: Random) -> None:
    server = installation.server
    if kind == "worker" and server.workers():
        server.kill_worker(chance.randrange(2))
    elif kind == "parent":
        server.kill_parent()
    elif kind == "interrupt":
        server.interrupt()
    else:
        server.kill()


def _faults(installation: Installation, posters: list[Poster]) -> list[str]:
    """What is wrong in the database at this moment. What was acknowledged is noted before it is read."""
    acknowledged = [each for poster in posters for each in list(poster.acknowledged)]
    begun = [each for poster in posters for each in list(poster.begun)]
    with installation.engine() as engine:
        return faults_of(engine, acknowledged, begun, installation.keys)
