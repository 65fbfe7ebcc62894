"""R1: kill -9 at any moment. What was acknowledged is stored once, and a form that was sent again has one effect."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from tests.reliability.conftest import Installations
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.posting import CLIENTS, Crowd, at_work, lost
from tests.reliability.rounds import WORKERS, portions
from tests.reliability.server import PATIENCE

KINDS = ("all", "worker", "interrupt", "parent")
SERVING_AGAIN = 5.0
"""Seconds within which a killed server is to serve again; a figure, since a busy machine proves nothing."""
CONTROL_KILLS = 10


def test_r1_nothing_acknowledged_is_lost_when_processes_are_killed(
    kind: str, installations: Installations, figures: Callable[..., Figures]
) -> None:
    row, chance, away = figures("R1 kills", kind), Random(20261120), []
    for number, size in enumerate(portions("R1 kills")):
        with installations(kind) as installation:
            server, crowd = installation.server, Crowd(installation, seed=1000 * number)
            server.start()
            with at_work(crowd):
                for _ in range(size):
                    # In the short form each database gets another kind of kill.
                    away.append(_kill_while_sending(crowd, KINDS[(row.done + (kind == "postgresql")) % 4], chance))
                    _refuse(row, crowd)
                    row.done += 1
                    row.note = f"serving again after {max(away):.1f} s at most"
            row.acknowledged += crowd.told
            _refuse(row, crowd)
            server.stop()
            _refuse(row, crowd)
            assert "Traceback" not in server.log


def test_r1_control_an_early_acknowledgement_is_found(installations: Installations, figures: Callable[..., Figures]) -> None:
    """The same kills at a server that says "saved" before it is: the checker has to miss something."""
    row = figures("R1 kills", "control", CONTROL_KILLS)
    with installations("sqlite", "acknowledge_early", workers=WORKERS) as installation:
        crowd = Crowd(installation, lenient=True)
        installation.server.start()
        crowd.start()
        while not row.lost and row.done < CONTROL_KILLS:
            if row.done:
                installation.server.start()
            crowd.posters[row.done % CLIENTS].sending.wait(PATIENCE)
            installation.server.kill()
            time.sleep(0.2)  # Clients read what was said before the kill; nothing can be saved any more.
            row.lost, row.done = lost(crowd.faults()), row.done + 1
        crowd.abandon()
        row.acknowledged, row.control = crowd.told, "tripped" if row.lost else "did NOT trip"
    assert row.lost


def _refuse(row: Figures, crowd: Crowd) -> None:
    faults = crowd.faults()
    row.lost += lost(faults)
    assert faults == []


def _kill_while_sending(crowd: Crowd, kind: str, chance: Random) -> float:
    """Kill up to 50 ms after somebody sent a form; seconds until the server answers again."""
    server = crowd.installation.server
    chance.choice(crowd.posters).sending.wait(PATIENCE)
    time.sleep(chance.uniform(0, 0.05))
    _kill(crowd.installation, kind, chance)
    begun = time.monotonic()
    if server.has_ended:
        server.start()
    else:
        server.wait_until_it_answers()
    return time.monotonic() - begun


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
