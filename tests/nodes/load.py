"""People at work while something happens to a node: what failed, and what was acknowledged."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from sqlalchemy import Engine

from bench.visitor import Reply, form
from tests.nodes.deployment import Deployment
from tests.reliability.journeys import Filled, answer_to, form_at
from tests.reliability.ledger import Acknowledged, faults_of
from tests.reliability.server import PATIENCE, wait_until


@dataclass
class Load:
    """All of them together. `failed` holds what browsers would have shown instead of a page; each was sent again."""

    deployment: Deployment
    workers: list[Worker] = field(default_factory=list)

    @property
    def failed(self) -> list[str]:
        return [each for worker in self.workers for each in list(worker.failed)]

    @property
    def done(self) -> int:
        """Requests that were answered as they should be."""
        return sum(worker.done for worker in self.workers)

    def go_on(self, requests: int = 40) -> None:
        """Wait until so many more were answered."""
        wanted = self.done + requests
        wait_until(lambda: self.done >= wanted, "the people at work get on")

    def faults(self) -> list[str]:
        """What the checker finds now. What was acknowledged is noted before it looks."""
        acknowledged = [each for worker in self.workers for each in list(worker.acknowledged)]
        begun = [each for worker in self.workers for each in list(worker.begun)]
        assert acknowledged
        with self.deployment.engine() as engine:
            return faults_of(_at_one_moment(engine), acknowledged, begun, self.deployment.keys)


class Worker(threading.Thread):
    """Somebody who begins and answers without a pause, and sends again what failed: with the same key, as a browser does."""

    def __init__(self, deployment: Deployment, seed: int) -> None:
        super().__init__(daemon=True)
        self.failed: list[str] = []
        self.acknowledged: list[Acknowledged] = []
        self.begun: list[Acknowledged] = []
        self.done = 0
        self.problem: BaseException | None = None
        self.stopping = threading.Event()
        self._chance, self._visitor = Random(seed), deployment.visitor(deployment.somebody())

    def run(self) -> None:
        try:
            self._send(form_at(self._visitor, "/courses/sample", "/enrol"))
            while not self.stopping.is_set():
                self._work_through(self._chance.choice(["every-kind", "short", "extra"]))
        except BaseException as problem:  # noqa: BLE001 - looked at by the test
            self.problem = problem

    def _work_through(self, scenario: str) -> None:
        begin = _beginning(self._get(f"/courses/sample/{scenario}").page, scenario)
        attempt = self._send(begin).location
        attempt_id, number = UUID(attempt.rpartition("/")[2]), 1
        self.begun.append(Acknowledged(attempt_id, begin))
        while not self.stopping.is_set():
            words = f"Five words and a number: {self._chance.random()}"
            answer = answer_to(self._get(f"{attempt}/{number}").page, number, self._chance, words)
            if answer is None:
                return
            reply = self._send(answer)
            assert reply.location.startswith(f"{attempt}/{number}"), f"{answer.action} answered {reply.status}: {reply.page[:2000]}"
            self.acknowledged.append(Acknowledged(attempt_id, answer))
            number += 1

    def _get(self, address: str) -> Reply:
        return self._persist(lambda: self._visitor.send("GET", address), f"GET {address}")

    def _send(self, form: Filled) -> Reply:
        return self._persist(lambda: form.send(self._visitor), f"POST {form.action}")

    def _persist(self, deed: Callable[[], Reply], what: str) -> Reply:
        """Try until there is an answer that is none of trouble."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                reply = deed()
            except (OSError, http.client.HTTPException) as problem:
                self.failed.append(f"{what}: {problem!r}")
            else:
                if reply.status < 500:
                    self.done += 1
                    return reply
                self.failed.append(f"{what}: {reply.status}: {reply.page[:200]}")
            assert time.monotonic() < deadline, f"nobody answers: {self.failed[-3:]}"
            time.sleep(0.02)


def _beginning(text: str, scenario: str) -> Filled:
    action, hidden, _ = form(text, "/begin" if f"/{scenario}/begin" in text else "/practise")
    return Filled(action, tuple(hidden))


def _at_one_moment(engine: Engine) -> Engine:
    """The database as it is at the first look, while others go on writing."""
    return engine.execution_options(isolation_level="REPEATABLE READ")


@contextmanager
def load(deployment: Deployment, people: int = 4) -> Iterator[Load]:
    """So many people at work, already under way; afterwards they have stopped and nothing else was wrong."""
    made = Load(deployment, [Worker(deployment, seed) for seed in range(people)])
    for worker in made.workers:
        worker.start()
    try:
        made.go_on()
        yield made
    finally:
        for worker in made.workers:
            worker.stopping.set()
        for worker in made.workers:
            worker.join(PATIENCE)
    assert not any(worker.is_alive() for worker in made.workers)
    for worker in made.workers:
        if worker.problem:
            raise worker.problem
