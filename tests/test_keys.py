"""The keys: made once, private, and the only way to read what was sealed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from ceapp.errors import Unsafe
from ceapp.keys import Keys, load_keys


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
