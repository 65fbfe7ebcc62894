"""Who uses an instance: servers hold a lock as long as they run, and a restore wants it alone.

The kernel frees the lock when its holder dies, so nothing has to be tidied up after a crash. What a crash in the middle of a restore
leaves is a note, and with it nothing starts but another restore.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ceapp.errors import Refused, Unsafe

IN_USE = "A server runs on this instance: stop it first. Nothing was changed."
UNDER_WAY = "A backup is being restored into this instance: start again when that is done."
NOT_FINISHED = "A restore into this instance did not finish: run the same `ceapp restore` again."


def stay_present(instance: Path) -> None:
    """Hold the instance until this process, and every process that took it over, has ended. Raises Unsafe during a restore."""
    handle = _open(instance)
    os.set_inheritable(handle, True)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Unsafe(UNDER_WAY) from None


@contextmanager
def alone(instance: Path) -> Iterator[None]:
    """Have the instance for oneself. Raises Refused while a server, or another restore, is there."""
    handle = _open(instance)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(IN_USE) from None
        yield
    finally:
        os.close(handle)


def note_restore(instance: Path) -> None:
    """From now on nothing starts here until the restore has finished."""
    with _note(instance).open("w") as file:
        os.fsync(file.fileno())
    sync_folder(instance)


def note_finished(instance: Path) -> None:
    _note(instance).unlink(missing_ok=True)
    sync_folder(instance)


def is_half_restored(instance: Path) -> bool:
    return _note(instance).exists()


def refuse_half_restored(instance: Path) -> None:
    """Raise Unsafe after a restore that was cut off."""
    if is_half_restored(instance):
        raise Unsafe(NOT_FINISHED)


def _note(instance: Path) -> Path:
    return instance / "restore-not-finished"


def _open(instance: Path) -> int:
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(instance / "serving.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, not only the files."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
