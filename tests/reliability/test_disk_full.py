"""R3: the disk is full. Nothing is called saved that is not, what was typed stays in the form, reading goes on, and space is enough.

Only root may mount a small file system: elsewhere this file is skipped, and the run says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.harness.databases import SqliteDatabases
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.journeys import page, to_reflection, writing
from tests.reliability.mounts import fill, small
from tests.reliability.postgres import Postgres
from tests.reliability.posting import ORDINARY, Crowd, at_work, lost
from tests.reliability.rounds import WORKERS, portions
from tests.reliability.server import wait_until
from tests.reliability.test_locked import sent_again

pytestmark = pytest.mark.needs_mount

CLIENTS = 4
MEGABYTES = {"sqlite": 48, "postgresql": 160}
TEXT = "These words were typed\r\nwhile the disk was full."


@contextmanager
def on_small_disk(
    kind: str, folder: Path, databases: SqliteDatabases, sabotage: str = ""
) -> Iterator[tuple[Installation, Path, Postgres | None]]:
    """An installation whose database is on a small disk, that disk, and PostgreSQL where it is one."""
    place = folder / ("instance" if kind == "sqlite" else "small")
    with small(place, MEGABYTES[kind]):
        postgres = Postgres(place) if kind == "postgresql" else None
        if postgres:
            postgres.start()
        with closing(Installation(folder, postgres or databases, sabotage, workers=WORKERS)) as installation:
            installation.server.start()
            yield installation, place, postgres
        if postgres:
            postgres.stop()


def test_r3_a_full_disk_is_said_and_lived_through(
    kind: str, folder_for_all: Path, sqlite_databases: SqliteDatabases, figures: Callable[..., Figures]
) -> None:
    row, chance, away = figures("R3 full disks", kind), Random(3), []
    for number, size in enumerate(portions("R3 full disks")):
        (folder := folder_for_all / str(number)).mkdir()
        with on_small_disk(kind, folder, sqlite_databases) as (installation, place, postgres):
            first, crowd = installation.server.pid, Crowd(installation, CLIENTS, seed=1000 * number)
            with at_work(crowd):
                for _ in range(size):
                    time.sleep(chance.uniform(0, 0.3))
                    away.append(_fill_and_free(crowd, place, postgres))
                    faults = crowd.faults()
                    row.done, row.lost, row.note = row.done + 1, row.lost + lost(faults), f"saves again after {max(away):.1f} s at most"
                    assert faults == []
            row.acknowledged += crowd.told
            assert set(crowd.statuses) <= ORDINARY | {503, 507}
            assert crowd.cut == 0
            assert (installation.server.pid, installation.server.has_ended) == (first, False)
            assert "Traceback" not in installation.server.log


def _fill_and_free(crowd: Crowd, place: Path, postgres: Postgres | None) -> float:
    """Seconds from the moment there is space again to the first thing that is saved."""
    visitor = crowd.installation.visitor(crowd.installation.somebody())
    written = writing(visitor, to_reflection(visitor), TEXT)
    refused = crowd.statuses[503]
    filler = fill(place)
    wait_until(lambda: crowd.refuse_problems() or crowd.statuses[503] > refused, "somebody is refused")
    reply = written.send(visitor)
    if reply.status == 503:
        assert sent_again(reply.page, written.action).values("text") == [TEXT]
        assert postgres or page(visitor, written.action)
    filler.unlink()
    if postgres and not postgres.is_running:  # A log that cannot grow ends PostgreSQL itself; its operator starts it, nobody starts ceapp.
        postgres.start()
    before, begun = crowd.told, time.monotonic()
    wait_until(lambda: crowd.refuse_problems() or crowd.told > before, "something is saved again")
    assert written.send(visitor).status == 303
    return time.monotonic() - begun


def test_r3_control_a_refusal_that_is_called_saved_is_found(
    folder_for_all: Path, sqlite_databases: SqliteDatabases, figures: Callable[..., Figures]
) -> None:
    """The same at a server that says "saved" when the database refused: the checker has to miss something."""
    row = figures("R3 full disks", "control", 1)
    with on_small_disk("sqlite", folder_for_all, sqlite_databases, "swallow_errors") as (installation, place, _):
        crowd = Crowd(installation, CLIENTS, lenient=True)
        with at_work(crowd):
            filler = fill(place)
            wait_until(lambda: lost(crowd.faults()), "something that was called saved is missing")
            row.done, row.lost, row.acknowledged, row.control = 1, lost(crowd.faults()), crowd.told, "tripped"
            filler.unlink()
