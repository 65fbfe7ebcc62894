"""The keys: made once, private, and the only way to read what was sealed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from ceapp.errors import Refused, Unsafe
from ceapp.keys import BEFORE, NEXT, SECRET, Keys, export_keys, load_keys, new_sealing_key, new_secret, turn_secret
from tests.conftest import NOW


def test_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    first = load_keys(tmp_path / "keys")
    assert load_keys(tmp_path / "keys") == first
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_eight_processes_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: load_keys(tmp_path / "keys"), range(8)))
    assert all(each == keys[0] for each in keys)


def test_g1_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    load_keys(tmp_path)
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(Unsafe, match=r"chmod 600"):
        load_keys(tmp_path)


def test_g5_a_newer_key_seals_and_an_older_one_still_opens() -> None:
    old = Keys("s", {"0001": Fernet.generate_key()})
    new = Keys("s", {**old.sealing, "0002": Fernet.generate_key()})
    key_id, sealed = old.seal("a text")
    assert new.unseal(key_id, sealed) == "a text"
    assert new.seal("another")[0] == "0002"
    with pytest.raises(Unsafe, match="key export"):
        old.unseal(*new.seal("another"))
    with pytest.raises(Unsafe, match="does not open"):
        old.unseal(key_id, sealed[:-4] + b"AAAA")


@pytest.mark.parametrize(("name", "content"), [("secret.key", ""), ("secret.key", "é" * 40), ("sealing-0001.key", "junk")])
def test_what_is_no_key_is_refused(tmp_path: Path, name: str, content: str) -> None:
    load_keys(tmp_path)
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(Unsafe, match="from your copy"):
        load_keys(tmp_path)


def test_g5_the_next_secret_is_accepted_first_and_signs_once_it_is_turned(tmp_path: Path) -> None:
    first = load_keys(tmp_path).secret
    new_secret(tmp_path)
    with pytest.raises(Refused, match="ceapp key turn"):
        new_secret(tmp_path)
    second = (tmp_path / NEXT).read_text()
    assert load_keys(tmp_path).secrets(NOW) == [second, first]
    turn_secret(tmp_path, NOW + timedelta(hours=1))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")} == {0o600}
    assert load_keys(tmp_path).secrets(NOW) == [first, second]
    assert load_keys(tmp_path).secrets(NOW + timedelta(hours=1)) == [second]
    with pytest.raises(Refused, match="ceapp key new signing"):
        turn_secret(tmp_path, NOW)


def test_g5_a_turn_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    first = load_keys(tmp_path).secret
    new_secret(tmp_path)
    second = (tmp_path / NEXT).read_text()
    (tmp_path / BEFORE).write_text(f"{first}\n{NOW.isoformat()}\n")  # as it stands when the second step is missing
    (tmp_path / BEFORE).chmod(0o600)
    turn_secret(tmp_path, NOW + timedelta(hours=1))
    assert load_keys(tmp_path).secrets(NOW) == [first, second]


@pytest.mark.parametrize("content", ["x" * 64, f"{'x' * 64}\nsome day\n", ""])
def test_an_earlier_secret_without_an_end_is_refused(tmp_path: Path, content: str) -> None:
    load_keys(tmp_path)
    (tmp_path / BEFORE).write_text(content)
    (tmp_path / BEFORE).chmod(0o600)
    with pytest.raises(Unsafe, match="remove it"):
        load_keys(tmp_path)


def test_g5_a_new_sealing_key_takes_a_number_that_nobody_used(tmp_path: Path) -> None:
    load_keys(tmp_path)
    assert new_sealing_key(tmp_path, ["0001", "0007", "what"]) == "0008"
    assert load_keys(tmp_path).seal("a text")[0] == "0008"


def test_exporting_makes_no_key(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(Refused, match="not under"):
            export_keys(folder, tmp_path / "keys.json")
    assert not (tmp_path / SECRET).exists()
