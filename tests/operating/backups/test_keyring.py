"""Keys beside a backup: which are needed, which are here, and which give way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from ceapp.errors import Refused, Unsafe
from ceapp.keys import export_keys, exported_ids, fingerprint, import_keys, load_keys, note_exported, read_export
from ceapp.operating.backups.keyring import plan_keys, put_planned


@pytest.fixture
def home(tmp_path: Path) -> Path:
    load_keys(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def needed(home: Path) -> dict[str, str]:
    return {key_id: fingerprint(key) for key_id, key in load_keys(home).sealing.items()}


@pytest.fixture
def exported(home: Path, tmp_path: Path) -> Path:
    export_keys(home, tmp_path / "keys.json")
    return tmp_path / "keys.json"


def test_an_export_is_private_whole_and_never_overwrites(home: Path, exported: Path, tmp_path: Path) -> None:
    assert exported.stat().st_mode & 0o777 == 0o600
    assert set(read_export(exported)) == {"secret.key", "sealing-0001.key"}
    with pytest.raises(Refused, match="exists already"):
        export_keys(home, exported)
    with pytest.raises(Refused, match="no folder"):
        export_keys(home, tmp_path / "none" / "keys.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "keys.json"]


def test_what_was_exported_is_noted_and_added_to(home: Path) -> None:
    assert exported_ids(home) == set()
    note_exported(home, ["0001"])
    note_exported(home, ["0002"])
    assert (home / "exported").read_text() == "0001\n0002\n"
    assert (home / "exported").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_no_whole_export_is_refused(exported: Path) -> None:
    text = exported.read_text()
    said = json.loads(text)
    fewer = {**said, "keys": {"secret.key": said["keys"]["secret.key"]}}
    climbing = {**said, "keys": {**said["keys"], "../sealing-0002.key": "x"}}
    cases = ["", "[]", "\0", text[: len(text) // 2], text.replace("sealing-0001", "sealing-0002"), json.dumps(fewer), json.dumps(climbing)]
    for case in [*cases, text[:60] + ("A" if text[60] != "A" else "B") + text[61:], '{"ceapp keys": 1, "keys": {}}', "[" * 100_000]:
        exported.write_text(case)
        with pytest.raises(Unsafe, match="no whole key export") as refusal:
            read_export(exported)
        assert "\n" not in refusal.value.message


def test_keys_that_are_here_stay(home: Path, needed: dict[str, str], exported: Path) -> None:
    for brought in (None, exported):
        plan = plan_keys(home, needed, brought)
        assert (plan.displaced, dict(plan.written), plan.missing) == ((), {}, ())


def test_an_export_brings_them_and_those_of_a_fresh_server_give_way(
    home: Path, needed: dict[str, str], exported: Path, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh"
    other = load_keys(fresh)
    plan = plan_keys(fresh, needed, exported)
    put_planned(fresh, plan, tmp_path / "aside")
    assert load_keys(fresh) == load_keys(home)
    assert load_keys(tmp_path / "aside") == other
    assert plan.missing == ()


def test_without_them_a_new_one_takes_a_higher_id(needed: dict[str, str], tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    load_keys(fresh)
    plan = plan_keys(fresh, {**needed, "0007": ""}, None)
    put_planned(fresh, plan, tmp_path / "aside")
    assert (plan.missing, plan.displaced) == (("0001", "0007"), ("sealing-0001.key",))
    assert sorted(load_keys(fresh).sealing) == ["0008"]


def test_an_export_of_another_server_is_refused(needed: dict[str, str], tmp_path: Path) -> None:
    load_keys(tmp_path / "other")
    export_keys(tmp_path / "other", tmp_path / "other.json")
    with pytest.raises(Unsafe, match="has not the sealing key 0001"):
        plan_keys(tmp_path / "fresh", needed, tmp_path / "other.json")
    assert not (tmp_path / "fresh").exists()


def test_importing_adds_and_never_replaces(home: Path, exported: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir(mode=0o700)
    (fresh / "sealing-0002.key").write_text(Fernet.generate_key().decode())
    (fresh / "sealing-0002.key").chmod(0o600)
    assert import_keys(fresh, exported) == ["0001"]
    assert load_keys(fresh).sealing["0001"] == load_keys(home).sealing["0001"]
    assert import_keys(fresh, exported) == []
    load_keys(tmp_path / "other")
    with pytest.raises(Unsafe, match=r"another key .* Nothing was changed"):
        import_keys(tmp_path / "other", exported)


def test_a_damaged_row_that_names_what_can_be_no_key_stops_no_restore(home: Path) -> None:
    plan = plan_keys(home, {"what": "", "0007": "0" * 32}, None)
    assert set(plan.missing) == {"what", "0007"}
    assert list(plan.written) == ["sealing-0008.key"]
