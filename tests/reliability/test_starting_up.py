"""R20, G1: many starts at once on an empty database, starts that must not be, and files that change or break between two starts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ceapp.audit.models import AuditEntry
from ceapp.catalogue.models import CourseRevision, ScenarioRevision
from ceapp.database.engine import sqlite
from tests.harness.courses import LIBRARY
from tests.reliability.installation import Installation, opened
from tests.reliability.journeys import begin, choosing, enrol, page
from tests.reliability.ledger import faults_of
from tests.reliability.rounds import rounds
from tests.reliability.server import CEAPP, PATIENCE, environment

pytestmark = pytest.mark.xdist_group("server")

STARTS = 4
OLD, NEW = "Ask who is in it.", "Ask who took it."


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest) -> Callable[[Path], str]:
    """Gives the address of a database with nothing in it, for an instance folder."""
    if request.param == "sqlite":
        return lambda instance: f"sqlite:///{instance / 'ceapp.sqlite3'}"
    databases = request.getfixturevalue("postgres_databases")

    def make(instance: Path) -> str:
        name = f"empty_{instance.name}"
        databases._run(f"CREATE DATABASE {name}")
        url: str = databases._address(name)
        return url

    return make


def test_r20_many_starts_at_once_migrate_and_publish_once(tmp_path: Path, empty: Callable[[Path], str]) -> None:
    for number in range(rounds(1)):
        instance = tmp_path / f"instance{number}"
        instance.mkdir()
        url = empty(instance)
        variables = environment(instance, LIBRARY, CEAPP_DATABASE_URL=url)
        starts = [subprocess.Popen([CEAPP, "sync"], env=variables, stdout=-1, stderr=-1, text=True) for _ in range(STARTS)]
        told = [start.communicate(timeout=PATIENCE) for start in starts]
        assert [(start.returncode, errors) for start, (_, errors) in zip(starts, told, strict=True)] == [(0, "")] * STARTS
        assert sorted(path.name for path in (instance / "keys").iterdir()) == ["sealing-0001.key", "secret.key"]
        with opened(url) as engine, Session(engine) as session:
            deeds = [entry.deed for entry in session.scalars(select(AuditEntry))]
            assert deeds == ["course.published"]
            assert len(session.scalars(select(CourseRevision)).all()) == 1
            assert len(session.scalars(select(ScenarioRevision)).all()) == 3


def _newer(instance: Path) -> None:
    with closing(sqlite.connect(str(instance / "ceapp.sqlite3"), isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a newer database": (_newer, "run the newer version of ceapp"),
    "a database that is none": (
        lambda instance: (instance / "ceapp.sqlite3").write_text("in the way" * 100),
        "The database cannot be opened",
    ),
    "a key that is none": (lambda instance: (instance / "keys" / "sealing-0001.key").write_text("nonsense"), "is not a key"),
    "an empty key": (lambda instance: (instance / "keys" / "secret.key").write_text(""), "secret.key"),
    "a key that is a folder": (lambda instance: _folder_at(instance / "keys" / "secret.key"), "secret.key"),
    "a settings file in another encoding": (lambda instance: (instance / "settings.toml").write_bytes(b"\xff\xfe"), "settings.toml"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_g1_what_must_not_be_served_is_refused_in_one_line(installation: Installation, broken: str) -> None:
    deed, words = BROKEN[broken]
    assert installation.keys  # Made now, so that one can be broken.
    deed(installation.instance)
    variables = environment(installation.instance, installation.scenarios, CEAPP_PORT=str(installation.server.port))
    refused = subprocess.run([CEAPP, "serve"], env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    assert words in line


def _folder_at(path: Path) -> None:
    path.unlink()
    path.mkdir()


def test_a_file_that_changes_and_one_that_breaks_while_somebody_is_at_it(installation: Installation) -> None:
    server, learner = installation.server, installation.somebody()
    server.start()
    enrol(installation.visitor(learner))
    attempt = begin(installation.visitor(learner), "short")
    installation.edit("sample/short.md", OLD, NEW)
    installation.edit("sample/extra.md", "- (best)", "- (beste)")
    server.restart()
    assert "sample/extra.md:14:" in server.log
    assert "sample: not published; the last good revision stays." in server.log
    assert OLD in _first_page_of_a_newcomer(installation)
    installation.edit("sample/extra.md", "- (beste)", "- (best)")
    server.restart()
    assert NEW in _first_page_of_a_newcomer(installation)
    during = page(installation.visitor(learner), f"{attempt}/1")
    assert OLD in during
    assert "Begin the new text" in during
    visitor = installation.visitor(learner)
    assert choosing(page(visitor, f"{attempt}/1"), 1, OLD).send(visitor).status == 303
    with installation.engine() as engine:
        assert faults_of(engine) == []


def _first_page_of_a_newcomer(installation: Installation) -> str:
    visitor = installation.visitor(installation.somebody())
    enrol(visitor)
    return page(visitor, f"{begin(visitor, 'short')}/1")
