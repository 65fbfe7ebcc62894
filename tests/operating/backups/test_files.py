"""The file of a backup: what is refused in one line, what never gets in, and what a run that was killed leaves."""

from __future__ import annotations

import errno
import fcntl
import json
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ceapp.config import Settings, load_settings
from ceapp.database.migrate import migrate
from ceapp.errors import CeappError, Refused, Unsafe
from ceapp.keys import load_keys
from ceapp.operating.backups import archive, manifest
from ceapp.operating.backups.making import Made, engine_of, make_backup
from ceapp.operating.backups.restoring import restore_backup
from ceapp.operating.backups.sqlite import sqlite
from ceapp.operating.presence import is_half_restored

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An instance with a migrated database, settings, scenarios, a font, and things beside them that are no part of it."""
    folder = tmp_path_factory.mktemp("source")
    settings = load_settings({}, instance=str(folder / "instance"), scenarios=str(folder / "scenarios"))
    instance = settings.instance_path
    load_keys(instance / "keys")
    (instance / "settings.toml").write_text('secret_key = "abcdefghijklmnopqrstuvwxyz0123456789"\ncontact = "Room 4"\n')
    files = {"fonts/Extra.ttf": b"font", "../scenarios/a/course.md": b"# A", "../scenarios/.git/config": b"hidden", "../scenarios/.x": b"x"}
    for name, content in files.items():
        (instance / name).resolve().parent.mkdir(parents=True, exist_ok=True)
        (instance / name).resolve().write_bytes(content)
    (settings.scenarios_path / "link.md").symlink_to(instance / "keys" / "secret.key")
    with engine_of(settings) as engine:
        migrate(engine, instance / "migrate.lock")
    return settings


def backed_up(source: Settings, out: Path) -> Made:
    return make_backup(source, load_keys(source.instance_path / "keys"), out, now=NOW)


@pytest.fixture(scope="module")
def whole(source: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return backed_up(source, tmp_path_factory.mktemp("whole") / "backup.zip").path


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return load_settings({}, instance=str(tmp_path / "instance"), scenarios=str(tmp_path / "scenarios"))


def restored(place: Settings, file: Path, **options: Any) -> Any:
    return restore_backup(place, file, **{"keys_file": None, "replace": False, "environ": {}, "now": NOW, **options})


# What is in it


def test_it_holds_what_was_asked_for_and_nothing_else(whole: Path) -> None:
    assert whole.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in whole.parent.iterdir()] == ["backup.zip"]
    with zipfile.ZipFile(whole) as found:
        assert sorted(found.namelist()) == [
            "database.sqlite3",
            "fonts/Extra.ttf",
            "manifest.json",
            "scenarios/a/course.md",
            "settings.toml",
        ]
        assert found.read("settings.toml") == b'contact = "Room 4"\n'
        said = json.loads(found.read("manifest.json"))
    assert (said["format"], said["engine"], said["made_at"], said["counts"]["person"]) == (1, "sqlite", "2026-11-20T15:00:00+00:00", 0)
    assert {member["name"] for member in said["members"]} == {*found.namelist()} - {"manifest.json"}


def test_f8_g5_no_key_is_in_it_even_when_the_scenarios_are_the_instance_folder(source: Settings, tmp_path: Path) -> None:
    secrets = [path.read_bytes() for path in (source.instance_path / "keys").glob("*.key")]
    inside = load_settings({}, instance=source.instance, scenarios=source.instance)
    with zipfile.ZipFile(backed_up(inside, tmp_path / "inside.zip").path) as found:
        contents = [found.read(name) for name in found.namelist()]
        assert not [name for name in found.namelist() if "keys" in name]
    assert not [secret for secret in secrets if any(secret in content for content in contents)]


# Writing it


def test_nothing_is_overwritten(source: Settings, tmp_path: Path) -> None:
    (tmp_path / "taken.zip").write_text("mine")
    (tmp_path / "link.zip").symlink_to(tmp_path / "nowhere")
    for name in ("taken.zip", "link.zip"):
        with pytest.raises(Refused, match="exists already"):
            backed_up(source, tmp_path / name)
    assert (tmp_path / "taken.zip").read_text() == "mine"
    with pytest.raises(Refused, match="no folder"):
        backed_up(source, tmp_path / "none" / "backup.zip")


def test_a_name_that_is_taken_meanwhile_stays_anothers(tmp_path: Path) -> None:
    out = tmp_path / "backup.zip"
    with pytest.raises(Refused, match="exists already"), archive.new_file(out) as (draft, _work):
        draft.write(b"ours")
        out.write_text("theirs")
    assert (out.read_text(), [path.name for path in tmp_path.iterdir()]) == ("theirs", ["backup.zip"])


def test_a_full_disk_is_seen_before_it_is_full(source: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="where 1 MB are free"):
        backed_up(source, tmp_path / "backup.zip")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_taken_over_and_a_running_one_is_not_disturbed(source: Settings, tmp_path: Path) -> None:
    out = tmp_path / "backup.zip"
    out.with_name("backup.zip.part").write_bytes(b"half" * 10_000_000)
    out.with_name("backup.zip.work").mkdir()
    (tmp_path / "backup.zip.work" / "database.sqlite3").write_bytes(b"old")
    with archive.new_file(out), pytest.raises(Refused, match="Another command"):
        backed_up(source, out)
    out.unlink()
    assert backed_up(source, out).size < 1_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["backup.zip"]


def test_a_damaged_database_gives_no_backup(source: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    shutil.copytree(source.instance_path, folder)
    with closing(sqlite.connect(str(folder / "ceapp.sqlite3"), isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(
            "INSERT INTO sign_in (id, person_id, token_hash, created_at, last_seen_at, proved_at, browser, expires_at) "
            "VALUES ('1', 'nobody', 't', '2026', '2026', '2026', '', '2027')"
        )
    with pytest.raises(Unsafe, match="a row of sign_in points to nothing"):
        backed_up(load_settings({}, instance=str(folder), scenarios=source.scenarios), tmp_path / "backup.zip")
    assert not (tmp_path / "backup.zip").exists()
    size = (folder / "ceapp.sqlite3").stat().st_size
    with (folder / "ceapp.sqlite3").open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 20_000)
    with pytest.raises(Unsafe, match="The database"):
        backed_up(load_settings({}, instance=str(folder), scenarios=source.scenarios), tmp_path / "backup.zip")


def test_no_database_gives_no_backup_and_no_database(place: Settings, tmp_path: Path) -> None:
    keys = load_keys(place.instance_path / "keys")
    with pytest.raises(Refused, match="no database"):
        make_backup(place, keys, tmp_path / "backup.zip", now=NOW)
    assert not (place.instance_path / "ceapp.sqlite3").exists()


# Reading what is none


def _rewritten(whole: Path, out: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> None:
    """The backup with other parts: what somebody can do who packs it again."""
    with zipfile.ZipFile(whole) as found:
        parts = {name: found.read(name) for name in found.namelist()}
    said = json.loads(parts.pop("manifest.json"))
    change(parts, said)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {**parts, "manifest.json": json.dumps(said).encode()}.items():
            packed.writestr(name, content)


def _named(name: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(parts: dict[str, bytes], said: dict[str, Any]) -> None:
        parts[name] = b"x"
        said["members"].append({"name": name, "size": 1, "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"})

    return change


def _set(**values: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda _parts, said: said.update(values)


def _member(**values: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda _parts, said: said["members"][0].update(values)


FORGED: dict[str, Callable[[dict[str, bytes], dict[str, Any]], None]] = {
    "a name that climbs out": _named("scenarios/../../keys/sealing-0009.key"),
    "an absolute name": _named("/etc/cron.d/x"),
    "a key": _named("keys/sealing-0009.key"),
    "another file of the instance": _named("serving.lock"),
    "a hidden part of a name": _named("scenarios//x"),
    "a part that the manifest does not name": lambda parts, _said: parts.update(more=b"x"),
    "a part that is missing": lambda parts, _said: parts.pop("fonts/Extra.ttf") and None,
    "an altered part": lambda parts, _said: parts.update({"fonts/Extra.ttf": b"tnof"}),
    "a part that is larger than it says": _member(size=10),
    "a part as large as the world": _member(size=2**70),
    "a negative size": _member(size=-1),
    "a size that is no number": _member(size="many"),
    "a checksum that is none": _member(sha256="x"),
    "another format": _set(format=2),
    "no counts": _set(counts=None),
    "other counts": _set(counts={"person": 5}),
    "another kind of database": _set(engine="oracle"),
    "a version that is a command": _set(schema="; DROP TABLE person"),
    "a moment that is none": _set(made_at="yesterday"),
    "a part twice": lambda _parts, said: said["members"].append(said["members"][0]),
    "a list for a manifest": lambda _parts, said: said.clear(),
}


@pytest.mark.parametrize("forged", FORGED)
def test_f5_what_is_no_whole_backup_is_refused_in_one_line_and_changes_nothing(
    whole: Path, place: Settings, tmp_path: Path, forged: str
) -> None:
    file = tmp_path / "forged.zip"
    _rewritten(whole, file, FORGED[forged])
    _refused(place, file)


def test_control_the_same_file_packed_again_unchanged_is_restored(whole: Path, place: Settings, tmp_path: Path) -> None:
    _rewritten(whole, tmp_path / "again.zip", lambda _parts, _said: None)
    assert restored(place, tmp_path / "again.zip").kept == ""
    assert (place.instance_path / "fonts" / "Extra.ttf").read_bytes() == b"font"


def test_a_file_that_is_cut_off_or_altered_anywhere_is_refused(whole: Path, place: Settings, tmp_path: Path) -> None:
    content, file = whole.read_bytes(), tmp_path / "hurt.zip"
    for cut in range(0, len(content), len(content) // 12):
        file.write_bytes(content[:cut])
        _refused(place, file)
    for at in _parts_and_names(whole):
        file.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        _refused(place, file)


def _parts_and_names(whole: Path) -> Iterator[int]:
    """Where each part's name begins, and the middle of each part; the days between them, which nothing reads, are no part of a backup."""
    content = whole.read_bytes()
    with zipfile.ZipFile(whole) as packed:
        for entry in packed.infolist():
            name = entry.header_offset + 30
            length, extra = struct.unpack("<HH", content[name - 4 : name])
            yield from (name, name + length + extra + entry.compress_size // 2)


def test_other_files_are_refused(place: Settings, tmp_path: Path) -> None:
    file = tmp_path / "other.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("letter.txt", "hello")
    _refused(place, file)
    file.write_bytes(b"SQLite format 3\0" + b"\0" * 5000)
    _refused(place, file)


def test_a_manifest_that_would_fill_the_memory_is_not_read(whole: Path, place: Settings, tmp_path: Path) -> None:
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(manifest.NAME, b" " * (manifest.MOST_BYTES + 1))
    _refused(place, file)


def _refused(place: Settings, file: Path) -> None:
    with pytest.raises(CeappError) as refusal:
        restored(place, file)
    assert "\n" not in refusal.value.message
    left = {path.name for path in place.instance_path.iterdir()} if place.instance_path.exists() else set()
    assert left <= {"serving.lock", "keys"}
    assert not place.scenarios_path.exists()


# Where the files of it go


def test_what_is_here_already_is_not_overwritten(whole: Path, place: Settings) -> None:
    mine = {
        place.scenarios_path / "b.md": "mine",
        place.instance_path / "settings.toml": "port = 9",
        place.instance_path / "fonts" / "M.ttf": "m",
    }
    for path, content in mine.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    done = restored(place, whole)
    assert {path: path.read_text() for path in mine} == mine
    beside = place.instance_path / "from-backup-20261120T150000Z"
    assert [(beside / name).exists() for name in ("scenarios/a/course.md", "fonts/Extra.ttf", "settings.toml")] == [True, True, True]
    assert len(done.notes) == 3
    assert all(str(beside) in note for note in done.notes)


def test_settings_that_name_another_place_are_not_put_in_force(source: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(source.instance_path, copy)
    (copy / "settings.toml").write_text('scenarios = "/elsewhere"\nport = 8080\n')
    made = backed_up(load_settings({}, instance=str(copy), scenarios=source.scenarios), tmp_path / "backup.zip")
    place = load_settings({}, instance=str(tmp_path / "new"), scenarios=str(tmp_path / "scenarios"))
    done = restored(place, made.path)
    assert not (place.instance_path / "settings.toml").exists()
    assert "scenarios there name another place" in done.notes[-1]


def test_what_cannot_be_put_into_its_place_is_beside_and_the_restore_is_done(
    whole: Path, place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")  # As for a folder that is mounted.

    monkeypatch.setattr("ceapp.operating.backups.placing.Path.replace", _but_database(refuse))
    done = restored(place, whole)
    assert not is_half_restored(place.instance_path)
    beside = place.instance_path / "from-backup-20261120T150000Z"
    assert [(beside / name).exists() for name in ("scenarios/a/course.md", "fonts/Extra.ttf")] == [True, True]
    folders = (place.scenarios_path, place.instance_path / "fonts")
    assert all(f"nothing can be put into {folder}." in " ".join(done.notes) for folder in folders)
    assert not list(place.instance_path.glob(".*.restoring"))


def _but_database(refuse: Callable[..., None]) -> Callable[[Path, Path], object]:
    real = Path.replace
    return lambda path, target: real(path, target) if target.suffix == ".sqlite3" else refuse()


# A log without its database


def test_f4_a_log_whose_database_was_removed_is_not_written_into_the_restored_one(
    source: Settings, whole: Path, tmp_path: Path, place: Settings
) -> None:
    left = _log_of_a_server_that_was_killed(source, tmp_path)
    place.instance_path.mkdir(parents=True)
    shutil.copyfile(left, place.instance_path / "ceapp.sqlite3-wal")
    done = restored(place, whole)
    assert Path(done.kept, "ceapp.sqlite3-wal").read_bytes() == left.read_bytes()
    with engine_of(place) as engine, engine.connect() as connection:
        deeds = list(connection.scalars(text("SELECT deed FROM audit_entry")))
    assert deeds == ["database.restored"]


def test_control_such_a_log_is_written_into_whatever_lies_beside_it(source: Settings, tmp_path: Path, place: Settings) -> None:
    left = _log_of_a_server_that_was_killed(source, tmp_path)
    place.instance_path.mkdir(parents=True)
    shutil.copyfile(source.instance_path / "ceapp.sqlite3", place.instance_path / "ceapp.sqlite3")
    shutil.copyfile(left, place.instance_path / "ceapp.sqlite3-wal")
    with engine_of(place) as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_entry WHERE deed = 'written before the crash'")) == 1


def _log_of_a_server_that_was_killed(source: Settings, tmp_path: Path) -> Path:
    running, left = tmp_path / "running.sqlite3", tmp_path / "left-wal"
    shutil.copyfile(source.instance_path / "ceapp.sqlite3", running)
    with closing(sqlite.connect(str(running), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "INSERT INTO audit_entry (id, at, deed, subjects) VALUES (?, ?, ?, '{}')",
            ("0" * 32, "2026-11-20 15:00:00.000000", "written before the crash"),
        )
        shutil.copyfile(f"{running}-wal", left)
    return left


def test_the_same_files_are_no_news(source: Settings, whole: Path) -> None:
    assert restored(source, whole).notes == ()


def test_what_a_killed_night_left_goes_with_the_next(tmp_path: Path) -> None:
    """And nothing else: not what another run writes, not what only looks like it, no link."""
    for name in ("ceapp-2026-11-19.zip", "ceapp-2026-11-18.zip", "ceapp-2026-11-01.zip", "other-2026-11-19.zip"):
        (tmp_path / f"{name}.part").write_bytes(b"half")
        (tmp_path / f"{name}.work").mkdir()
        (tmp_path / f"{name}.work" / "ceapp.sqlite3").write_bytes(b"half")
    (tmp_path / "ceapp-2026-11-17.zip.work").mkdir()
    (tmp_path / "ceapp-2026-11-16.zip").write_bytes(b"whole")
    (tmp_path / "ceapp-2026-11-15.zip.part").symlink_to(tmp_path / "ceapp-2026-11-16.zip")
    with (tmp_path / "ceapp-2026-11-01.zip.part").open("rb") as written:
        fcntl.flock(written, fcntl.LOCK_EX)
        with archive.new_file(tmp_path / "ceapp-2026-11-20.zip") as (draft, _work):
            draft.write(b"whole")
    kept = {"ceapp-2026-11-20.zip", "ceapp-2026-11-16.zip", "ceapp-2026-11-15.zip.part"}
    kept |= {f"{name}{end}" for name in ("ceapp-2026-11-01.zip", "other-2026-11-19.zip") for end in (".part", ".work")}
    assert {path.name for path in tmp_path.iterdir()} == kept
