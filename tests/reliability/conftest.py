"""Installations with servers: one that the tests of a process share, and fresh ones for tests that kill or break theirs."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.harness.databases import Databases
from tests.reliability.figures import PROPERTY, Figures, table
from tests.reliability.installation import Installation
from tests.reliability.ledger import faults_of
from tests.reliability.mounts import can_mount
from tests.reliability.postgres import Postgres
from tests.reliability.rounds import FULL, asked

Installations = Callable[..., Any]
"""`with installations("postgresql", sabotage="…") as installation:`"""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The figures of the full form, also of what failed."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ()) if report.when == "call"]
    rows = [value for report in reports for name, value in report.user_properties if name == PROPERTY]
    if FULL and rows:
        terminalreporter.write_line("\n" + "\n".join(table(rows)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long harnesses run in the full form; those that mount file systems where that is allowed, and are named where it is not."""
    out = [] if FULL else [item for item in items if item.get_closest_marker("full_form")]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]
    mounting = [item for item in items if item.get_closest_marker("needs_mount")]
    if mounting and not can_mount():
        for item in mounting:
            item.add_marker(pytest.mark.skip(reason="only root may mount a file system"))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., Figures]:
    """`figures("R1 kills", "sqlite")`: a row of the table that `make reliability` prints, to be filled in."""

    def begin(promise: str, kind: str = "", rounds: int | None = None) -> Figures:
        row = Figures(f"{promise} {kind}".strip(), asked(promise) if rounds is None else rounds)
        request.node.user_properties.append((PROPERTY, row))
        return row

    return begin


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Rows as they stand at the end of the test."""
    for place, (name, value) in enumerate(item.user_properties):
        if name == PROPERTY and isinstance(value, Figures):
            item.user_properties[place] = (name, value.row())
    yield


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database."""
    name: str = request.param
    return name


@pytest.fixture
def installations(request: pytest.FixtureRequest, tmp_path: Path) -> Installations:
    """Makes instance folders, one after another, each closed at the end of its block."""
    numbers = itertools.count()

    @contextmanager
    def make(kind: str, sabotage: str = "", **settings: str) -> Iterator[Installation]:
        folder = tmp_path / f"{kind}-{next(numbers)}"
        folder.mkdir()
        databases = request.getfixturevalue("sqlite_databases" if kind == "sqlite" else "postgres_databases")
        with closing(Installation(folder, databases, sabotage, **settings)) as installation:
            yield installation

    return make


@pytest.fixture
def installation(tmp_path: Path, databases: Databases) -> Iterator[Installation]:
    """An instance folder of the test's own, whose server is not started yet."""
    made = Installation(tmp_path, databases)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An instance folder of the test's own, once with each kind of database; its server is not started yet."""
    databases = request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_databases")
    made = Installation(tmp_path, databases)
    yield made
    made.close()


@pytest.fixture
def postgres(folder_for_all: Path) -> Iterator[Postgres]:
    """A PostgreSQL server of the test's own, which it may kill."""
    made = Postgres(folder_for_all)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def folder_for_all() -> Iterator[Path]:
    """A folder that another user can reach: pytest's own are closed to the user as whom PostgreSQL runs."""
    folder = Path(tempfile.mkdtemp(prefix="ceapp-reliability-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Installation]:
    """An installation whose server runs, for tests that leave it as sound as they found it."""
    made = Installation(tmp_path_factory.mktemp("served"), databases)
    made.server.start()
    yield made
    made.close()
    assert "Traceback" not in made.server.log


@pytest.fixture
def sound(served: Installation) -> Iterator[None]:
    """After the test the checker finds nothing."""
    yield
    with served.engine() as engine:
        assert faults_of(engine) == []
