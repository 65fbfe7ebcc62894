"""File systems of a harness's own: an image to cut the power from, and a small one to fill up. Only root may mount them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

MEGABYTE = 1 << 20


@cache
def can_mount() -> bool:
    """Whether this process may mount an image here; tried, since being root does not tell."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        return False
    with TemporaryDirectory() as folder:
        try:
            with image(Path(folder), 8):
                return True
        except subprocess.CalledProcessError:
            return False


@contextmanager
def image(folder: Path, megabytes: int) -> Iterator[tuple[Path, Path]]:
    """An ext4 file system in a file: the file, and where it is mounted."""
    file, place = folder / "disk.img", folder / "disk"
    with file.open("wb") as made:
        made.truncate(megabytes * MEGABYTE)
    _run("mkfs.ext4", "-q", "-m", "0", str(file))
    with mounted(file, place):
        yield file, place


@contextmanager
def mounted(file: Path, place: Path) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    _run("mount", "-o", "loop", str(file), str(place))
    try:
        place.chmod(0o755)
        yield place
    finally:
        _run("umount", "--lazy", str(place))


@contextmanager
def small(place: Path, megabytes: int) -> Iterator[Path]:
    """A file system in memory of this size."""
    place.mkdir(exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "none", str(place))
    try:
        yield place
    finally:
        _run("umount", "--lazy", str(place))


def as_after_a_power_cut(file: Path, copy: Path) -> None:
    """What a disk holds at this moment: the file of its image, copied until two copies agree. Nobody may be writing."""
    seen = ""
    while True:
        _run("cp", "--sparse=always", str(file), str(copy))
        with copy.open("rb") as made:
            found = hashlib.file_digest(made, "blake2b").hexdigest()
        if found == seen:
            return
        seen = found


def on_disk(place: Path) -> None:
    """Everything that was written to this file system so far is on its disk."""
    _run("sync", "--file-system", str(place))


def fill(place: Path) -> Path:
    """Take all the space that is left; the file that holds it."""
    filler = place / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as made:
        for size in (MEGABYTE, 4096, 1):
            with suppress(OSError):
                while True:
                    if made.write(b"\0" * size) < size:
                        break
    return filler


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
