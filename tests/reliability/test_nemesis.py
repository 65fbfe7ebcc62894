"""R19 at a running server: twenty people at work while it is killed, frozen and locked, and the checker after each.

The full form runs on both databases.
Clocks that jump are tried in `test_clocks.py`, where one thing happens at a time and what is right can be said.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest

from tests.reliability.conftest import Installations
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.posting import Crowd, at_work, lost
from tests.reliability.rounds import FULL, rounds
from tests.reliability.test_locked import held

CLIENTS = 20 if FULL else 8
LASTS = 5.0 if FULL else 0.5
"""Seconds that a freeze or a lock lasts at most."""


def kill_worker(installation: Installation, chance: Random) -> None:
    if installation.server.workers():
        installation.server.kill_worker(chance.randrange(2))


def kill_all(installation: Installation, _chance: Random) -> None:
    installation.server.kill()


def freeze(installation: Installation, chance: Random) -> None:
    """A worker stands still for a while, with whatever it holds, and goes on."""
    workers = installation.server.workers()
    if workers:
        worker = chance.choice(workers)
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGSTOP)
            time.sleep(chance.uniform(0, LASTS))  # What is tried is that it lasts.
            os.kill(worker, signal.SIGCONT)


def lock(installation: Installation, chance: Random) -> None:
    """Somebody else holds what writers need."""
    with held(installation):
        time.sleep(chance.uniform(0, LASTS))


DEEDS: tuple[Callable[[Installation, Random], None], ...] = (kill_worker, freeze, lock, kill_all)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full_form)])
def test_r19_nothing_is_lost_or_doubled_under_a_nemesis(kind: str, installations: Installations, figures: Callable[..., Figures]) -> None:
    asked, chance = rounds(4, 200), Random(20261120)
    row = figures("R19 nemesis", kind, asked)
    with installations(kind) as installation:
        server, crowd = installation.server, Crowd(installation, CLIENTS)
        server.start()
        with at_work(crowd):
            for number in range(asked):
                DEEDS[number % len(DEEDS)](installation, chance)
                faults = crowd.faults()
                row.lost += lost(faults)
                assert faults == []
                row.done += 1
                if server.has_ended:
                    server.start()
        row.acknowledged = crowd.told
        assert crowd.faults() == []
        assert "Traceback" not in server.log
