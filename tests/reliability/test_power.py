"""R2: the power fails. What was acknowledged is on the disk, as a file system in an image shows that is copied while nothing is written.

Only root may mount: elsewhere this file is skipped, and the run says so.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from tests.harness.databases import SqliteDatabases
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation, opened
from tests.reliability.ledger import faults_of
from tests.reliability.mounts import as_after_a_power_cut, image, mounted, on_disk
from tests.reliability.postgres import Postgres
from tests.reliability.posting import Crowd, at_work, lost
from tests.reliability.rounds import WORKERS, portions

pytestmark = pytest.mark.needs_mount

CONTROL_CUTS = 6
SIZES = {"sqlite": 64, "postgresql": 256}


class Disk:
    """An installation whose database is on a disk of its own."""

    def __init__(self, folder: Path, file: Path, installation: Installation, postgres: Postgres | None) -> None:
        self._folder, self._file, self.installation, self._postgres = folder, file, installation, postgres

    def faults_after_a_cut(self, crowd: Crowd) -> list[str]:
        """Freeze everything that writes, note what was acknowledged, take the disk as it is, let all go on; and check what was taken."""
        with self._frozen():
            acknowledged, begun = crowd.acknowledged, crowd.begun
            as_after_a_power_cut(self._file, self._folder / "cut.img")
        with mounted(self._folder / "cut.img", self._folder / "cut") as cut, self._database(cut) as url, opened(url) as engine:
            return faults_of(engine, acknowledged, begun, self.installation.keys)

    @contextmanager
    def _frozen(self) -> Iterator[None]:
        pids = [self.installation.server.pid, *self.installation.server.workers(), *(self._postgres.pids() if self._postgres else ())]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(pids):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    @contextmanager
    def _database(self, cut: Path) -> Iterator[str]:
        if self._postgres is None:
            yield f"sqlite:///{cut / 'instance' / 'ceapp.sqlite3'}"
            return
        (cut / "data" / "postmaster.pid").unlink()
        recovered = Postgres(cut)
        recovered.start()
        try:
            yield recovered.url(urlsplit(self.installation.server.database_url).path[1:])
        finally:
            recovered.stop()


@contextmanager
def disk(kind: str, folder: Path, databases: SqliteDatabases, sabotage: str = "") -> Iterator[Disk]:
    with image(folder, SIZES[kind]) as (file, place):
        postgres = Postgres(place, "-c wal_writer_delay=10s" if sabotage else "") if kind == "postgresql" else None
        if postgres:
            postgres.start()
        home = place if kind == "sqlite" else folder / "home"
        home.mkdir(exist_ok=True)
        with closing(Installation(home, postgres or databases, sabotage, workers=WORKERS)) as installation:
            on_disk(place)  # What the harness put there; from here on the product answers for it.
            installation.server.start()
            yield Disk(folder, file, installation, postgres)
        if postgres:
            postgres.stop()


def test_r2_nothing_acknowledged_is_lost_when_the_power_fails(
    kind: str, folder_for_all: Path, sqlite_databases: SqliteDatabases, figures: Callable[..., Figures]
) -> None:
    row, chance = figures("R2 power cuts", kind), Random(2)
    for number, size in enumerate(portions("R2 power cuts")):
        (folder := folder_for_all / str(number)).mkdir()
        with disk(kind, folder, sqlite_databases) as under_test:
            crowd = Crowd(under_test.installation, seed=1000 * number)
            with at_work(crowd):
                for _ in range(size):
                    time.sleep(chance.uniform(0.1, 1))
                    faults = under_test.faults_after_a_cut(crowd)
                    row.done, row.lost = row.done + 1, row.lost + lost(faults)
                    assert faults == []
            row.acknowledged += crowd.told


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full_form)])
def test_r2_control_commits_that_do_not_wait_for_the_disk_are_lost(
    kind: str, folder_for_all: Path, sqlite_databases: SqliteDatabases, figures: Callable[..., Figures]
) -> None:
    """SQLite with synchronous=NORMAL, as most advice has it, and PostgreSQL with synchronous_commit=off."""
    row = figures("R2 power cuts", f"control {kind}", CONTROL_CUTS)
    with disk(kind, folder_for_all, sqlite_databases, "relax_syncing") as under_test:
        crowd = Crowd(under_test.installation)
        with at_work(crowd):
            while row.done < CONTROL_CUTS and not row.lost:
                time.sleep(0.5)
                row.done, row.lost = row.done + 1, lost(under_test.faults_after_a_cut(crowd))
        row.acknowledged, row.control = crowd.told, "tripped" if row.lost else "did NOT trip"
    assert row.lost
