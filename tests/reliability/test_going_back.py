"""R11: before the tables change there is a backup, and with it one comes back; nobody does a thing without knowing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ceapp.audit.models import AuditEntry
from ceapp.certificates.models import Certificate
from ceapp.commands.prepare import prepared_app
from ceapp.config import Settings
from ceapp.database import db
from ceapp.database.migrate import alembic_config, revision_of
from ceapp.database.revisions import head
from ceapp.errors import Unsafe
from ceapp.operating.backups import archive
from ceapp.operating.backups.restoring import restore_backup
from tests.reliability.installation import Installation
from tests.reliability.ledger import faults_of
from tests.reliability.test_backups import certified, leave, settings_of


@pytest.fixture
def behind(either: Installation) -> Iterator[Settings]:
    """A server of the version before, with somebody's certificate."""
    certified(either)
    _go_back(either)
    yield settings_of(either)
    leave(either)


def _go_back(installation: Installation) -> None:
    leave(installation)
    with installation.engine() as engine, engine.connect() as connection:
        command.downgrade(alembic_config(connection), "0002")
        connection.commit()


def _start(settings: Settings) -> None:
    with prepared_app(settings).app_context():
        db.session.remove()
        db.engine.dispose()


def _backups(settings: Settings) -> list[Path]:
    return sorted((settings.instance_path / "backups").glob("*")) if (settings.instance_path / "backups").exists() else []


def _revision(installation: Installation) -> str | None:
    with installation.engine() as engine, engine.connect() as connection:
        return revision_of(connection)


def _codes(installation: Installation) -> set[str]:
    with installation.engine() as engine, Session(engine) as session:
        return set(session.scalars(select(Certificate.code)))


def test_r11_the_backup_from_before_the_upgrade_brings_every_certificate_back(
    either: Installation, behind: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = _codes(either)
    _start(behind)
    (file,) = _backups(behind)
    assert file.name.startswith(f"before-{head()}-")
    assert str(file) in capsys.readouterr().err
    with file.open("rb") as opened:
        assert archive.Backup(file, opened).manifest.schema == "0002"
    with either.engine() as engine, Session(engine) as session:
        assert list(session.scalars(select(AuditEntry.deed).where(AuditEntry.deed == "backup.made"))) == ["backup.made"]
    certified(either)
    leave(either)
    assert len(_codes(either)) == 2
    restore_backup(behind, file, keys_file=None, replace=True, environ={}, now=datetime.now(UTC))
    assert _codes(either) == codes
    assert _revision(either) == head()
    with either.engine() as engine:
        assert faults_of(engine) == []


def test_r11_an_upgrade_is_backed_up_once_and_a_start_without_one_not_at_all(either: Installation, behind: Settings) -> None:
    for _ in range(2):
        _start(behind)
    assert len(_backups(behind)) == 1


def test_r11_it_can_be_switched_off_and_an_empty_server_needs_none(either: Installation, behind: Settings) -> None:
    _start(replace(behind, backup_before_upgrade=False))
    assert (_backups(behind), _revision(either)) == ([], head())


def test_r11_without_a_backup_there_is_no_upgrade(either: Installation, behind: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: Any, needed: int, what: str) -> None:
        raise Unsafe(f"{what} needs {needed}.")

    monkeypatch.setattr(archive, "refuse_full_disk", full)
    with pytest.raises(Unsafe, match="Before the upgrade a backup is made, and that failed") as refusal:
        _start(behind)
    assert "\n" not in refusal.value.message
    assert _revision(either) == "0002"


@pytest.mark.parametrize("either", ["postgresql"], indirect=True)
@pytest.mark.parametrize("tools", ["missing", "too old"])
def test_r11_without_the_programs_of_postgresql_it_says_so_and_goes_on(
    either: Installation, behind: Settings, tools: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tools"
    folder.mkdir()
    if tools == "too old":
        for name in ("pg_dump", "pg_restore"):
            (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 9.6.1'\n")
            (folder / name).chmod(0o755)
    _start(replace(behind, postgres_tools=str(folder)))
    said = capsys.readouterr().err
    assert said.startswith("NO BACKUP before the upgrade from 0002")
    assert "set postgres_tools" in said
    assert _revision(either) == head()


def test_r11_an_older_version_refuses_the_newer_database_in_one_line(either: Installation) -> None:
    leave(either)
    with either.engine() as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unsafe, match="this version does not know: run the newer version of ceapp") as refusal:
        _start(settings_of(either))
    assert "\n" not in refusal.value.message
    leave(either)
