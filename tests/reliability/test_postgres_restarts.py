"""R5: PostgreSQL may restart at any time. Nothing acknowledged is lost, pages say 503 meanwhile, and the server goes on by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.postgres import Postgres
from tests.reliability.posting import ORDINARY, Crowd, at_work, lost
from tests.reliability.rounds import WORKERS, asked, portions
from tests.reliability.server import wait_until

CLIENTS = 4
CONTROL_RESTARTS = 5


def test_r5_restarts_under_load(tmp_path: Path, postgres: Postgres, figures: Callable[..., Figures]) -> None:
    row, chance, away = figures("R5 restarts", "postgresql"), Random(5), []
    for number, size in enumerate(portions("R5 restarts")):
        (folder := tmp_path / str(number)).mkdir()
        with closing(Installation(folder, postgres, workers=WORKERS)) as installation:
            installation.server.start()
            first, crowd = installation.server.pid, Crowd(installation, CLIENTS, seed=1000 * number)
            with at_work(crowd):
                for _ in range(size):
                    time.sleep(chance.uniform(0, 0.5))
                    away.append(_restart(crowd, postgres))
                    _count(row, crowd)
                    row.done, row.note = row.done + 1, f"first success {max(away):.1f} s after it is up, at most"
            row.acknowledged += crowd.told
            _count(row, crowd)
            _refuse_noise(installation, crowd, first)


@pytest.mark.full_form
def test_r5_refused_connections(tmp_path: Path, postgres: Postgres, figures: Callable[..., Figures]) -> None:
    """A database that is away for long: pages say so at once, and the first request after its return succeeds."""
    row, seconds = figures("R5 refused", "postgresql"), 60.0
    with closing(Installation(tmp_path, postgres)) as installation:
        installation.server.start()
        first, crowd = installation.server.pid, Crowd(installation, CLIENTS)
        with at_work(crowd):
            for _ in range(asked("R5 refused")):
                postgres.stop()
                refused = crowd.statuses[503]
                time.sleep(seconds)  # It is meant to be away; nothing is waited for.
                assert crowd.statuses[503] > refused
                postgres.start()
                before, begun = crowd.told, time.monotonic()
                wait_until(lambda before=before: crowd.told > before, "something is saved again")
                row.done, row.note = row.done + 1, f"away {seconds:.0f} s, first success {time.monotonic() - begun:.1f} s after"
                _count(row, crowd)
        row.acknowledged = crowd.told
        _refuse_noise(installation, crowd, first)


@pytest.mark.full_form
def test_r5_control_commits_that_do_not_wait_are_lost(tmp_path: Path, folder_for_all: Path, figures: Callable[..., Figures]) -> None:
    """The same restarts at a server that does not wait for the disk: the checker has to miss something."""
    row, postgres = figures("R5 restarts", "control", CONTROL_RESTARTS), Postgres(folder_for_all, "-c wal_writer_delay=10s")
    postgres.start()
    with closing(Installation(tmp_path, postgres, "relax_syncing")) as installation:
        crowd = Crowd(installation, CLIENTS, lenient=True)
        installation.server.start()
        with at_work(crowd):
            while row.done < CONTROL_RESTARTS and not row.lost:
                _restart(crowd, postgres)
                row.done, row.lost = row.done + 1, lost(crowd.faults())
        row.acknowledged, row.control = crowd.told, "tripped" if row.lost else "did NOT trip"
    postgres.stop()
    assert row.lost


def _restart(crowd: Crowd, postgres: Postgres) -> float:
    """Seconds from the moment it takes connections again to the first thing that is saved."""
    postgres.restart()
    before, begun = crowd.told, time.monotonic()
    wait_until(lambda: crowd.refuse_problems() or crowd.told > before, "something is saved again")
    return time.monotonic() - begun


def _count(row: Figures, crowd: Crowd) -> None:
    faults = crowd.faults()
    row.lost += lost(faults)
    assert faults == []


def _refuse_noise(installation: Installation, crowd: Crowd, first: int) -> None:
    """The same process serves; every answer was a page, a way on, or 503; and no request was left without an answer."""
    assert (installation.server.pid, installation.server.has_ended) == (first, False)
    assert set(crowd.statuses) <= ORDINARY | {503}
    assert crowd.cut == 0
    assert "Traceback" not in installation.server.log
