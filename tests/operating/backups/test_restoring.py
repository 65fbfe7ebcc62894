"""Restoring: everything is back, nothing old is alive, what was there is kept, and what goes wrong changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ceapp.accounts import second_factors, sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.models import GuessWindow, Invitation, MailedCode, Person, SetUpLink, SignIn
from ceapp.app import create_app
from ceapp.audit import queries
from ceapp.audit.models import AuditEntry, AuditSeal
from ceapp.audit.sealing import seal_all
from ceapp.audit.seals import read_heads
from ceapp.config import Settings
from ceapp.database import Model, db
from ceapp.errors import CeappError, Refused, Unsafe
from ceapp.keys import export_keys, load_keys
from ceapp.learning.models import Reflection
from ceapp.mail.models import Message
from ceapp.operating.backups import targets
from ceapp.operating.backups.contents import contents_of
from ceapp.operating.backups.making import engine_of
from ceapp.operating.backups.restoring import Restored, restore_backup
from ceapp.operating.presence import is_half_restored, note_restore, stay_present
from ceapp.operating.verification import verify
from tests.conftest import NOW, Member
from tests.harness.factors import switched_on
from tests.operating.backups.conftest import TEXT, Empty, World

pytestmark = pytest.mark.both_databases

LATER = NOW + timedelta(hours=2)


def restored(settings: Settings, file: Path, *, keys: Path | None = None, replaced: bool = False) -> Restored:
    return restore_backup(settings, file, keys_file=keys, replace=replaced, environ={}, now=LATER)


@contextmanager
def looking(settings: Settings) -> Iterator[Session]:
    with engine_of(settings) as engine, Session(engine) as session:
        yield session


def rows_of(settings: Settings) -> dict[str, list[Any]]:
    """Every value of every table."""
    with looking(settings) as session:
        return {name: sorted(map(str, session.execute(table.select()))) for name, table in Model.metadata.tables.items()}


def count(session: Session, table: type[Model]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def file(world: World, tmp_path: Path) -> Path:
    return world.back_up(tmp_path / "backup.zip").path


@pytest.fixture
def exported(world: World, tmp_path: Path) -> Path:
    export_keys(world.settings.instance_path / "keys", tmp_path / "keys.json")
    return tmp_path / "keys.json"


def test_d11_second_factors_are_back_and_their_codes_right(
    world: World, tess: Member, exported: Path, empty: Empty, tmp_path: Path
) -> None:
    factor, place, now = switched_on(world.app, tess, NOW), empty(), LATER + timedelta(hours=1)
    restored(place, world.back_up(tmp_path / "with-factor.zip").path, keys=exported)
    app = create_app(place)
    with app.app_context():
        for typed in (factor.code(now), factor.codes[0]):
            waiting = sign_ins.begin(tess.id, now=now)
            given = second_factors.Given(typed, Caller("192.0.2.1/32"))
            assert second_factors.complete_sign_in(tess.id, waiting, given, now=now)
        db.session.remove()
        db.engine.dispose()


ENDED = {"sign_in", "mailed_code", "guess_window", "set_up_link", "invitation", "message", "audit_entry"}


def test_r12_every_value_is_back(world: World, file: Path, exported: Path, empty: Empty) -> None:
    place, before = empty(), rows_of(world.settings)
    done = restored(place, file, keys=exported)
    after = rows_of(place)
    assert {name: after[name] for name in before if name not in ENDED} == {name: rows for name, rows in before.items() if name not in ENDED}
    assert len(after["audit_entry"]) == len(before["audit_entry"])  # The note of the backup came after it, that of the restore instead.
    assert all(before[name] for name in ENDED)
    assert (done.kept, done.missing_keys, done.manifest.counts["person"]) == ("", (), len(before["person"]))
    assert sorted(path.name for path in place.scenarios_path.rglob("*.md")) == sorted(
        path.name for path in world.settings.scenarios_path.rglob("*.md")
    )
    assert not is_half_restored(place.instance_path)


def test_r13_h1_the_chains_go_on_with_the_restore(world: World, tmp_path: Path, empty: Empty) -> None:
    with world.app.app_context():
        seal_all()
    made, place = world.back_up(tmp_path / "backup.zip"), empty()
    kept = read_heads(made.manifest.audit_heads)
    assert [(each.chain, each.number > 5) for each in kept] == [("server", True)]
    restored(place, made.path)
    app = create_app(place)
    with app.app_context():
        seal_all()
        assert verify(db.engine, kept, now=LATER).findings == ()
        (head,) = queries.heads()
        assert head.number == kept[0].number + 1
        deed = select(AuditEntry.deed).join(AuditSeal).where(AuditSeal.number == head.number)
        assert db.session.scalars(deed).one() == "database.restored"
        assert verify(db.engine, [], now=LATER).restored_at == LATER
        db.session.remove()
        db.engine.dispose()


def test_r13_old_sign_ins_codes_links_guesses_and_waiting_mail_are_dead(file: Path, empty: Empty) -> None:
    place = empty()
    restored(place, file)
    with looking(place) as session:
        assert [count(session, table) for table in (SignIn, MailedCode, GuessWindow)] == [0, 0, 0]
        assert [link.used_at is not None for link in session.scalars(select(SetUpLink))] == [True]
        assert [(each.token_hash, each.accepted_at, each.withdrawn_at) for each in session.scalars(select(Invitation))] == [
            (None, None, None)
        ]
        states = {each.occurrence: (each.state, each.values) for each in session.scalars(select(Message))}
        assert (states["waits"], states["sent"]) == (("cancelled", b""), ("sent", b""))
        assert not [each for each in session.scalars(select(Message)) if each.is_waiting]
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.at.desc()).limit(1)).one()
        assert (last.deed, last.actor_id, last.at, last.subjects["made_at"]) == ("database.restored", None, LATER, NOW.isoformat())
        assert len(last.subjects["backup"]) == 64


def test_r13_certificates_verify_and_sealed_texts_open_after_a_restore(world: World, file: Path, exported: Path, empty: Empty) -> None:
    place = empty()
    restored(place, file, keys=exported)
    app = create_app(place)
    for server, answer in ((world.app, 200), (app, 303)):
        visitor = server.test_client()
        visitor.set_cookie(server.config["SIGN_IN_COOKIE_NAME"], world.token)
        assert visitor.get(f"/verify/{world.certificate_code}").status_code == 200
        assert visitor.get("/certificates").status_code == answer
    with app.app_context():
        (text_,) = db.session.scalars(select(Reflection))
        assert load_keys(place.instance_path / "keys").unseal(text_.key_id, text_.ciphertext) == TEXT
        db.session.remove()
        db.engine.dispose()


def test_a_database_with_people_is_refused_and_with_replace_it_is_kept(world: World, file: Path) -> None:
    with world.app.app_context():
        db.session.execute(text("UPDATE person SET name = 'Changed since' WHERE email = 'tess@example.org'"))
        db.session.commit()
    world.leave()
    before = rows_of(world.settings)
    with pytest.raises(Refused, match="--replace"):
        restored(world.settings, file)
    assert rows_of(world.settings) == before
    done = restored(world.settings, file, replaced=True)
    with looking(world.settings) as session:
        assert "Changed since" not in session.scalars(select(Person.name)).all()
    assert "Changed since" in _kept_names(world.settings, done.kept)


def _kept_names(settings: Settings, kept: str) -> list[str]:
    """The names of people in the database that was set aside."""
    if kept.startswith("the schema "):
        with looking(settings) as session:
            return list(session.scalars(text(f"SELECT name FROM {kept.removeprefix('the schema ')}.person")))
    with looking(replace(settings, database_url=f"sqlite:///{Path(kept) / 'ceapp.sqlite3'}")) as session:
        return list(session.scalars(select(Person.name)))


def test_two_restores_in_one_second_keep_both(world: World, file: Path) -> None:
    kept = {restored(world.settings, file, replaced=True).kept for _ in range(2)}
    assert len(kept) == 2


def test_nothing_is_restored_while_a_server_runs(world: World, file: Path) -> None:
    before, folder = rows_of(world.settings), world.settings.instance_path
    stay_present(folder)  # Holds on until the handle is closed, as a server does until it ends.
    try:
        with pytest.raises(Refused, match="stop it first"):
            restored(world.settings, file, replaced=True)
    finally:
        _let_go(folder / "serving.lock")
    assert rows_of(world.settings) == before


def _let_go(lock: Path) -> None:
    for handle in Path("/proc/self/fd").iterdir():
        if handle.is_symlink() and handle.readlink() == lock:
            os.close(int(handle.name))


def test_nothing_is_restored_while_another_program_uses_the_database(world: World, file: Path) -> None:
    before = rows_of(world.settings)
    with looking(world.settings) as session:
        session.execute(text("SELECT count(*) FROM person"))
        with pytest.raises(Refused, match=r"Nothing was changed\."):
            restored(world.settings, file, replaced=True)
    assert rows_of(world.settings) == before
    assert not is_half_restored(world.settings.instance_path)


def test_what_fails_in_the_middle_changes_nothing(world: World, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, keys = rows_of(world.settings), load_keys(world.settings.instance_path / "keys")

    def fail(*_: object, **__: object) -> None:
        raise Unsafe("a fault that was planted")

    for place in ("ceapp.operating.backups.restoring.end_what_is_open", "ceapp.operating.backups.targets.contents_of"):
        with monkeypatch.context() as patched:
            patched.setattr(place, fail)
            with pytest.raises(Unsafe, match="planted"):
                restored(world.settings, file, replaced=True)
        assert rows_of(world.settings) == before
        assert load_keys(world.settings.instance_path / "keys") == keys
        assert not is_half_restored(world.settings.instance_path)
        assert not (world.settings.instance_path / "restoring").exists()


def test_a_backup_of_a_newer_version_is_refused(world: World, tmp_path: Path, empty: Empty) -> None:
    with world.app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.commit()
    file, place = world.back_up(tmp_path / "newer.zip").path, empty()
    with pytest.raises(Unsafe, match="at 9999, which this version does not know"):
        restored(place, file)
    assert not place.scenarios_path.exists()


def test_a_backup_of_the_other_kind_of_database_is_refused(world: World, file: Path, empty: Empty, engine: str) -> None:
    other = {"sqlite": "postgresql://nobody@127.0.0.1:1/none", "postgresql": ""}[engine]
    with pytest.raises(Refused, match="set database_url"):
        restored(replace(empty(), database_url=other), file)


def test_after_a_restore_that_was_cut_off_only_a_restore_runs(world: World, file: Path) -> None:
    note_restore(world.settings.instance_path)
    restored(world.settings, file)  # Without --replace: what is there is of the restore that was cut off.
    assert not is_half_restored(world.settings.instance_path)


def test_a_restore_that_is_refused_does_not_finish_the_one_that_was_cut_off(
    world: World, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Unsafe("a fault that was planted")

    note_restore(world.settings.instance_path)
    with looking(world.settings) as session:
        session.execute(text("SELECT count(*) FROM person"))
        with pytest.raises(Refused):
            restored(world.settings, file)
    assert is_half_restored(world.settings.instance_path)
    monkeypatch.setattr("ceapp.operating.backups.restoring.end_what_is_open", fail)
    with pytest.raises(Unsafe, match="planted"):
        restored(world.settings, file)
    assert is_half_restored(world.settings.instance_path)


def test_the_counts_of_the_manifest_are_compared(world: World, file: Path, empty: Empty, monkeypatch: pytest.MonkeyPatch) -> None:
    def fewer(connection: Any) -> Any:
        found = contents_of(connection)
        return replace(found, counts={**found.counts, "certificate": 0})

    monkeypatch.setattr(targets, "contents_of", fewer)
    with pytest.raises(CeappError, match="does not hold the rows"):
        restored(empty(), file)


def test_keys_that_are_nowhere_are_named_and_their_id_is_not_taken_again(file: Path, empty: Empty) -> None:
    place = empty()
    done = restored(place, file)
    assert done.missing_keys == ("0001",)
    assert sorted(load_keys(place.instance_path / "keys").sealing) == ["0002"]
