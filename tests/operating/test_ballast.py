"""R3: the file that takes up room, so that there is room when everything is full."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ceapp.config import Settings, load_settings
from ceapp.operating import ballast
from ceapp.operating.ballast import has_ballast, keep_ballast
from tests.conftest import Member
from tests.harness.pages import Page


def at(folder: Path, megabytes: int = 1, url: str = "") -> Settings:
    return load_settings({}, instance=str(folder), database_url=url, ballast_mb=megabytes)


def test_r3_it_is_made_private_and_really_takes_its_room(tmp_path: Path) -> None:
    assert not has_ballast(at(tmp_path))
    keep_ballast(at(tmp_path))
    taken = (tmp_path / "ballast").stat()
    assert (taken.st_size, taken.st_mode & 0o777) == (1 << 20, 0o600)
    assert taken.st_blocks * 512 >= 1 << 20
    assert has_ballast(at(tmp_path))
    keep_ballast(at(tmp_path))
    assert (tmp_path / "ballast").stat().st_ino == taken.st_ino


def test_it_is_made_anew_where_it_is_missing_or_of_another_size(tmp_path: Path) -> None:
    keep_ballast(at(tmp_path))
    keep_ballast(at(tmp_path, 2))
    assert (tmp_path / "ballast").stat().st_size == 2 << 20
    (tmp_path / "ballast").unlink()
    assert not has_ballast(at(tmp_path, 2))
    keep_ballast(at(tmp_path, 2))
    assert has_ballast(at(tmp_path, 2))


def test_r3_it_never_is_what_fills_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(ballast, "free_bytes", lambda _folder: 19 << 20)
    keep_ballast(at(tmp_path))
    assert (list(tmp_path.iterdir()), "too little room" in caplog.text) == ([], True)


def test_a_disk_that_refuses_keeps_no_server_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(ballast, "_fill", full)
    keep_ballast(at(tmp_path))
    assert (list(tmp_path.iterdir()), "No space left" in caplog.text) == ([], True)


def test_a_file_system_without_reservations_gets_it_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "posix_fallocate", lambda *_: (_ for _ in ()).throw(OSError(95, "not supported")))
    keep_ballast(at(tmp_path))
    assert has_ballast(at(tmp_path))


@pytest.mark.parametrize(("megabytes", "url"), [(0, ""), (1, "postgresql://ceapp@db/ceapp")])
def test_there_is_none_where_none_is_wanted(tmp_path: Path, megabytes: int, url: str) -> None:
    keep_ballast(at(tmp_path, megabytes, url))
    assert (list(tmp_path.iterdir()), has_ballast(at(tmp_path, megabytes, url))) == ([], True)


@pytest.mark.sqlite_only
def test_the_operators_page_says_when_it_is_gone_and_when_room_is_low(
    visit: Callable[..., Page], ada: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "The ballast is gone" in visit("/operating", person=ada).text
    keep_ballast(at(tmp_path, 32))
    assert "allast" not in visit("/operating", person=ada).text
    monkeypatch.setattr("ceapp.operating.machine.free_bytes", lambda _folder: 500_000_000)
    page = visit("/operating", person=ada)
    assert "Only 500 MB are free" in page.text
    assert "delete the file ballast" in page.text
