"""Who uses an instance: a server and a restore never at once, and after a restore that was cut off only another restore."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.errors import Refused, Unsafe
from ceapp.operating.presence import alone, note_finished, note_restore, stay_present


def _let_go(instance: Path) -> None:
    """End what `stay_present` holds on to in this process, as the end of the process would."""
    for handle in Path("/proc/self/fd").iterdir():
        if handle.is_symlink() and handle.readlink() == instance / "serving.lock":
            os.close(int(handle.name))


def test_servers_share_an_instance_and_a_restore_wants_it_alone(tmp_path: Path) -> None:
    stay_present(tmp_path)
    stay_present(tmp_path)
    with pytest.raises(Refused, match="stop it first"), alone(tmp_path):
        pass
    _let_go(tmp_path)
    with alone(tmp_path):
        with pytest.raises(Unsafe, match="being restored"):
            stay_present(tmp_path)
        with pytest.raises(Refused), alone(tmp_path):
            pass
    stay_present(tmp_path)
    _let_go(tmp_path)


def test_after_a_restore_that_was_cut_off_nothing_starts(tmp_path: Path) -> None:
    settings = load_settings({}, instance=str(tmp_path / "instance"), scenarios=str(tmp_path / "scenarios"))
    settings.instance_path.mkdir()
    note_restore(settings.instance_path)
    with pytest.raises(Unsafe, match="did not finish"):
        prepared_app(settings)
    assert not (settings.instance_path / "ceapp.sqlite3").exists()
    note_finished(settings.instance_path)
    assert prepared_app(settings)
