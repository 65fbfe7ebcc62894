"""R20, G1: many starts at once on an empty database, starts that must not be, and files that change or break between two starts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ceapp.audit.models import AuditEntry
from ceapp.catalogue.models import CourseRevision, ScenarioRevision
from ceapp.database.engine import sqlite
from ceapp.database.migrate import alembic_config
from ceapp.database.revisions import MIGRATIONS
from tests.harness.courses import LIBRARY
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation, opened
from tests.reliability.journeys import begin, choosing, enrol, page
from tests.reliability.ledger import faults_of
from tests.reliability.rounds import FULL, WORKERS
from tests.reliability.server import CEAPP, PATIENCE, SABOTAGE, Server, environment

OLD, NEW = "Ask who is in it.", "Ask who took it."


BEFORE = "0001"
"""The oldest version that is brought up."""

Databases = Callable[[Path, str], str]


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest) -> Databases:
    """Gives the address of a database for an instance folder: with nothing in it, or at a version, where every migration is noted."""

    def make(instance: Path, revision: str) -> str:
        url, _ = request.getfixturevalue("sqlite_databases" if kind == "sqlite" else "postgres_databases").bare(instance)
        if revision:
            with opened(url) as engine, engine.connect() as connection:
                command.upgrade(alembic_config(connection), revision)
                for statement in _NOTES[kind]:
                    connection.execute(text(statement))
                connection.commit()
        if kind == "sqlite" and revision:
            Path(url.removeprefix("sqlite:///")).chmod(0o600)  # Others must not read it, or it is not served.
        return url

    return make


_NOTES = {
    "sqlite": (
        "CREATE TABLE steps (revision TEXT)",
        "CREATE TRIGGER note_step AFTER UPDATE ON alembic_version BEGIN INSERT INTO steps VALUES (NEW.version_num); END",
    ),
    "postgresql": (
        "CREATE TABLE steps (revision TEXT)",
        "CREATE FUNCTION note_step() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO steps VALUES (NEW.version_num); RETURN NEW; END $$",
        "CREATE TRIGGER note_step AFTER UPDATE ON alembic_version FOR EACH ROW EXECUTE FUNCTION note_step()",
    ),
}


def started(instance: Path, url: str, number: int, sabotage: str = "") -> list[tuple[int, str]]:
    """How so many processes ended that were started at once: `sync`, which prepares as `serve` does."""
    variables = environment(instance, LIBRARY, CEAPP_DATABASE_URL=url, CEAPP_SLOW_QUERY_MS="0")
    if sabotage:
        variables |= {"SABOTAGE": sabotage, "PYTHONPATH": os.pathsep.join([str(SABOTAGE), os.environ.get("PYTHONPATH", "")])}
    starts = [subprocess.Popen([CEAPP, "sync"], env=variables, stdout=-1, stderr=-1, text=True) for _ in range(number)]
    told = [start.communicate(timeout=PATIENCE) for start in starts]
    return [(start.returncode, errors) for start, (_, errors) in zip(starts, told, strict=True)]


@pytest.mark.parametrize(
    ("kind", "revision"),
    [
        ("sqlite", ""),
        ("postgresql", BEFORE),
        pytest.param("sqlite", BEFORE, marks=pytest.mark.full_form),
        pytest.param("postgresql", "", marks=pytest.mark.full_form),
    ],
    ids=["sqlite-empty", "postgresql-old", "sqlite-old", "postgresql-empty"],
)
def test_r20_many_starts_at_once_migrate_and_publish_once(
    tmp_path: Path, kind: str, database: Databases, revision: str, figures: Callable[..., Figures]
) -> None:
    row, chance = figures("R20 starts", f"{kind} {'old' if revision else 'empty'}"), Random(20)
    while row.done < row.asked:
        instance, number = tmp_path / f"instance{row.done}", chance.randint(2, 8) if FULL else row.asked
        instance.mkdir()
        url = database(instance, revision)
        assert started(instance, url, number) == [(0, "")] * number
        row.done += number
        assert sorted(path.name for path in (instance / "keys").iterdir()) == ["sealing-0001.key", "secret.key"]
        with opened(url) as engine, Session(engine) as session:
            deeds = [entry.deed for entry in session.scalars(select(AuditEntry)) if entry.deed != "backup.made"]
            assert deeds == ["course.published"]
            assert len(session.scalars(select(CourseRevision)).all()) == 1
            assert len(session.scalars(select(ScenarioRevision)).all()) == 3
            if revision:
                assert list(session.scalars(text("SELECT revision FROM steps"))) == _steps_after(revision)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full_form)])
def test_r20_two_servers_start_at_once_on_an_old_database(tmp_path: Path, kind: str, database: Databases) -> None:
    """`ceapp serve` on two ports: both serve, and one of them has migrated."""
    (instance := tmp_path / "instance").mkdir()
    url = database(instance, BEFORE)
    servers = [Server(instance, LIBRARY, url, tmp_path / f"{number}.log", workers=WORKERS) for number in range(2)]
    try:
        for server in servers:
            server.start(wait=False)
        for server in servers:
            server.wait_until_it_answers()
        with opened(url) as engine, Session(engine) as session:
            assert list(session.scalars(text("SELECT revision FROM steps"))) == _steps_after(BEFORE)
    finally:
        for server in servers:
            server.stop()


@pytest.mark.parametrize("kind", ["postgresql", pytest.param("sqlite", marks=pytest.mark.full_form)])
def test_r20_control_starts_that_do_not_wait_for_each_other_fail(
    tmp_path: Path, kind: str, database: Databases, figures: Callable[..., Figures]
) -> None:
    row = figures("R20 starts", f"control {kind}", 60)
    while row.done < row.asked and not row.control:
        (instance := tmp_path / str(row.done)).mkdir()
        ended = started(instance, database(instance, ""), 4, "migrate_all_at_once")
        row.done += 4
        # When all fail, it is for another reason.
        row.control = "tripped" if {code == 0 for code, _ in ended} == {True, False} else ""
    row.control = row.control or "did NOT trip"
    assert row.control == "tripped"


def _steps_after(revision: str) -> list[str]:
    script = ScriptDirectory(str(MIGRATIONS))
    return [each.revision for each in reversed(list(script.iterate_revisions("head", revision)))]


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
OF_A_FILE = ("a newer database", "a database that is none")


@pytest.mark.parametrize("broken", [pytest.param(each, marks=pytest.mark.sqlite_only if each in OF_A_FILE else ()) for each in BROKEN])
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
