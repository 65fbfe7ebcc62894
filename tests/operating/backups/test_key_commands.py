"""`ceapp key export` and `import` as somebody types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ceapp.audit.queries import last_entry
from ceapp.clock import now
from ceapp.commands.command_line import cli
from ceapp.database import db
from ceapp.errors import Refused
from ceapp.keys import BEFORE, NEXT, load_keys


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


@pytest.mark.sqlite_only
def test_keys_are_taken_to_safety_also_when_the_database_is_away(instance: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    done = ceapp(instance, "postgresql://ceapp@127.0.0.1:9/ceapp", "key", "export", str(file))
    assert (done.exit_code, file.exists(), (instance / "keys" / "exported").read_text()) == (0, True, "0001\n")
    assert "The record of deeds does not know of it: The database cannot be opened" in done.output


@pytest.mark.sqlite_only
def test_g5_the_signing_key_is_changed_in_two_steps(app: Flask, instance: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, before = instance / "keys", load_keys(instance / "keys").secret
    made = ceapp(instance, database_url, "key", "new", "signing")
    assert (made.exit_code, "reload every server, then run `ceapp key turn`" in made.output) == (0, True)
    fresh = (folder / NEXT).read_text()
    turned = ceapp(instance, database_url, "key", "turn", "--grace-hours", "48")
    assert (turned.exit_code, "accepted for 48 hours more" in turned.output) == (0, True)
    assert (load_keys(folder).secret, (folder / BEFORE).read_text().startswith(before)) == (fresh, True)
    with app.app_context():
        assert last_entry("keys.turned") is not None
        db.session.remove()
    monkeypatch.setenv("CEAPP_SECRET_KEY", "x" * 40)
    for words in (("new", "signing"), ("turn",)):
        refused = ceapp(instance, database_url, "key", *words)
        assert isinstance(refused.exception, Refused), words


@pytest.mark.sqlite_only
def test_g5_a_key_that_others_know_ends_at_once(instance: Path, database_url: str) -> None:
    assert ceapp(instance, database_url, "key", "new", "signing").exit_code == 0
    turned = ceapp(instance, database_url, "key", "turn", "--grace-hours", "0")
    assert "The one before opens nothing" in turned.output
    keys = load_keys(instance / "keys")
    assert keys.secrets(now()) == [keys.secret]


@pytest.mark.sqlite_only
def test_g5_a_new_sealing_key(instance: Path, database_url: str) -> None:
    made = ceapp(instance, database_url, "key", "new", "sealing")
    assert (made.exit_code, "Sealing key 0002 is made" in made.output) == (0, True)
    assert sorted(load_keys(instance / "keys").sealing) == ["0001", "0002"]
