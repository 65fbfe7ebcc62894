"""Sealing on real databases: what is committed gets one place in one chain, whoever seals and however late it comes."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select, text

from ceapp.audit import kept_heads, queries
from ceapp.audit.models import AuditEntry, AuditSeal
from ceapp.audit.queries import Unsealed
from ceapp.audit.sealing import AT_ONCE, seal_all, seal_late, seal_new
from ceapp.audit.seals import SERVER, flaws_in, written_heads
from ceapp.audit.service import record
from ceapp.commands.command_line import cli
from ceapp.database import db, new_id, transaction
from ceapp.database.triggers import installed_triggers
from ceapp.operating.backups.manifest import from_json
from ceapp.operating.verification import verify
from tests.accounts.parallel import at_once
from tests.conftest import NOW

pytestmark = pytest.mark.both_databases

AGENCY = new_id()


def write(number: int, **subjects: object) -> None:
    with transaction():
        for _ in range(number):
            record("person.proved", actor=None, now=NOW, **subjects)


def sealed() -> dict[str, list[int]]:
    """Chain → its numbers."""
    found: dict[str, list[int]] = {}
    for chain, number in db.session.execute(select(AuditSeal.chain, AuditSeal.number).order_by(AuditSeal.chain, AuditSeal.number)):
        found.setdefault(chain, []).append(number)
    db.session.rollback()
    return found


def flaws() -> list[str]:
    found = [flaw.fault.value for flaw in flaws_in(queries.sealed_in(db.session.execute(queries.every_seal())))]
    db.session.rollback()
    return found


def test_h1_each_entry_gets_a_place_in_the_chain_of_its_organisation_or_the_servers(app: Flask) -> None:
    with app.app_context():
        write(3)
        write(2, organisation=AGENCY)
        assert not seal_new(NOW)
        assert sealed() == {SERVER: [1, 2, 3], str(AGENCY): [1, 2]}
        write(1, organisation=AGENCY)
        seal_new(NOW)
        assert sealed()[str(AGENCY)] == [1, 2, 3]
        assert flaws() == []
        owners = list(db.session.scalars(select(AuditEntry.organisation_id).where(AuditEntry.organisation_id.is_not(None))))
        assert owners == [AGENCY] * 3


def test_h1_many_are_sealed_in_turns(app: Flask) -> None:
    with app.app_context():
        write(AT_ONCE + 10)
        assert seal_new(NOW)
        assert not seal_new(NOW)
        assert len(sealed()[SERVER]) == AT_ONCE + 10


def test_h1_what_commits_late_is_sealed_late(app: Flask) -> None:
    """An entry with an earlier id, as one of a transaction that was open meanwhile, and one of a clock that is hours behind."""
    with app.app_context():
        early, hours_ago = new_id(), UUID(int=new_id().int - (5 * 3_600_000 << 80))
        write(3)
        seal_new(NOW)
        for late, seal in ((early, seal_new), (hours_ago, seal_late)):
            with transaction() as session:
                session.add(AuditEntry(id=late, at=NOW, actor_id=None, deed="late", subjects={}))
            seal(NOW)
            assert db.session.scalar(select(AuditSeal.number).where(AuditSeal.entry_id == late)) == len(sealed()[SERVER])
        assert sealed() == {SERVER: [1, 2, 3, 4, 5]}
        assert flaws() == []


def test_h1_several_nodes_that_seal_at_once_seal_each_entry_once(app: Flask) -> None:
    with app.app_context():
        write(120)
        write(60, organisation=AGENCY)
    at_once(app, 8, lambda number: (write(10), seal_new(NOW)))
    with app.app_context():
        seal_all()
        assert {chain: len(numbers) for chain, numbers in sealed().items()} == {SERVER: 200, str(AGENCY): 60}
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in sealed().values())
        assert flaws() == []
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 260


@pytest.mark.parametrize("statement", ["UPDATE audit_seal SET number = number + 1", "DELETE FROM audit_seal"])
def test_h1_a_seal_is_kept_as_it_was_written(app: Flask, statement: str) -> None:
    with app.app_context():
        write(1)
        seal_new(NOW)
        with pytest.raises(Exception, match="kept as they were written"), db.engine.begin() as connection:
            connection.execute(text(statement))


def test_h1_what_is_not_sealed_is_counted(app: Flask) -> None:
    with app.app_context():
        assert queries.heads_and_unsealed() == ([], Unsealed(0, None))
        write(2)
        write(1, organisation=AGENCY)
        assert queries.heads_and_unsealed() == ([], Unsealed(3, NOW))
        seal_new(NOW)
        heads, unsealed = queries.heads_and_unsealed()
        assert (sorted(heads, key=str), unsealed) == (sorted(queries.heads(), key=str), Unsealed(0, None))


def test_h1_the_heads_are_kept_beside_the_database(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        write(2)
        write(1, organisation=AGENCY)
        seal_new(NOW)
        write(1)
        seal_new(NOW)
        assert {each.chain: each.number for each in kept_heads.kept(tmp_path)} == {SERVER: 3, str(AGENCY): 1}
        assert sorted(kept_heads.kept(tmp_path), key=str) == sorted(queries.heads(), key=str)
    assert (tmp_path / "audit-heads").stat().st_mode & 0o777 == 0o600
    kept_heads.forget(tmp_path)
    kept_heads.forget(tmp_path)
    assert kept_heads.kept(tmp_path) == []


def test_h1_what_was_cut_off_is_found_by_a_head_that_was_kept(app: Flask) -> None:
    with app.app_context():
        write(6)
        seal_all()
        kept = queries.heads()
        db.session.rollback()
        assert verify(db.engine, kept, now=NOW).findings == ()
        with db.engine.begin() as connection:
            for name in installed_triggers(connection):
                if "audit" in name:
                    on = f" ON {name.split('__')[0].removeprefix('keep_')}" if connection.dialect.name == "postgresql" else ""
                    connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")
            last = connection.scalars(text("SELECT entry_id FROM audit_seal WHERE number > 4")).all()
            connection.execute(text("DELETE FROM audit_seal WHERE number > 4"))
            for each in last:
                connection.execute(text("DELETE FROM audit_entry WHERE id = :id"), {"id": each})
        found = verify(db.engine, kept, now=NOW)
        assert verify(db.engine, [], now=NOW).findings == ()  # The control: what is left is a whole chain.
        assert found.findings == ("audit.truncated: the server's chain: it once had 6 entries, and the last of them are gone",)
        write(2)
        seal_all()
        assert verify(db.engine, kept, now=NOW).findings == ("audit.rewritten: the server's chain: entry 6 had another hash once",)


def run(app: Flask, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    settings = app.extensions["ceapp.settings"]
    monkeypatch.setenv("CEAPP_INSTANCE", str(settings.instance_path))
    monkeypatch.setenv("CEAPP_DATABASE_URL", settings.database)
    return CliRunner().invoke(cli, ["audit", *arguments])


def test_h1_the_command_prints_heads_and_verifies_them(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with app.app_context():
        write(3)
        write(1, organisation=AGENCY)
    printed = run(app, monkeypatch, "head")
    assert printed.exit_code == 0
    with app.app_context():
        assert printed.stdout.endswith(written_heads(queries.heads()))
    kept = tmp_path / "kept.txt"
    kept.write_text(printed.stdout)
    verified = run(app, monkeypatch, "verify", "--head", str(kept))
    assert verified.exit_code == 0
    assert "4 sealed entries in 2 chains, 0 not yet sealed: all as it was sealed." in verified.stdout
    assert "All 2 heads" in verified.stdout
    kept.write_text(printed.stdout.replace("server 3", "server 9"))
    cut = run(app, monkeypatch, "verify", "--head", str(kept))
    assert cut.exit_code == 1
    assert "audit.truncated: the server's chain: it once had 9 entries" in cut.stdout
    kept.write_text("not a head\n")
    assert "is not what `ceapp audit head` prints" in str(run(app, monkeypatch, "verify", "--head", str(kept)).exception)


def test_a_backup_of_an_earlier_version_has_no_heads() -> None:
    before = (
        b'{"ceapp": "1", "schema": "0003", "engine": "sqlite", "made_at": "2026-11-20T15:00:00+00:00", "counts": {}, "sealing_keys": {},'
        b' "members": [{"name": "database.sqlite3", "size": 1, "sha256": "' + b"0" * 64 + b'"}], "namespace": "", "secret_settings": [],'
        b' "format": 1}'
    )
    assert from_json(before).audit_heads == ""
