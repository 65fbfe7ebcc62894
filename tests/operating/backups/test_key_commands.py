"""`ceapp key export` and `import` as somebody types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ceapp.audit.queries import last_entry
from ceapp.commands import cli
from ceapp.database import db
from ceapp.errors import Refused
from ceapp.keys import load_keys


@pytest.fixture
def instance(app: Flask) -> Path:
    path: Path = app.extensions["ceapp.settings"].instance_path
    return path


def ceapp(instance: Path, url: str, *arguments: str) -> Result:
    variables = {"CEAPP_INSTANCE": str(instance), "CEAPP_DATABASE_URL": url}
    return CliRunner().invoke(cli, list(arguments), env=variables)


@pytest.mark.sqlite_only
def test_exporting_is_noted_on_record_and_never_overwrites(app: Flask, instance: Path, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    done = ceapp(instance, database_url, "key", "export", str(file))
    assert (done.exit_code, file.stat().st_mode & 0o777) == (0, 0o600)
    assert "Keep it apart from the backups" in done.output
    assert (instance / "keys" / "exported").read_text() == "0001\n"
    with app.app_context():
        entry = last_entry("keys.exported")
        assert entry is not None
        assert entry.subjects == {"sealing-0001": "exported"}
        db.session.remove()
    again = ceapp(instance, database_url, "key", "export", str(file))
    assert isinstance(again.exception, Refused)


@pytest.mark.sqlite_only
def test_importing_brings_a_key_that_is_not_here(instance: Path, database_url: str, tmp_path: Path) -> None:
    file, before = tmp_path / "keys.json", load_keys(instance / "keys")
    assert ceapp(instance, database_url, "key", "export", str(file)).exit_code == 0
    (instance / "keys" / "sealing-0001.key").rename(instance / "keys" / "sealing-0002.key")
    done = ceapp(instance, database_url, "key", "import", str(file))
    assert (done.exit_code, "0001" in done.output) == (0, True)
    assert load_keys(instance / "keys").sealing["0001"] == before.sealing["0001"]
