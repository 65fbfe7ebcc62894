"""Files under the folder of scenarios: which there are, and their bytes. No link is followed and nothing outside is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

STANDARDS = "standards"
IMAGES = "images"
COURSE_FILE = "course.md"
IGNORED = {"README.md"}
CHUNK = 1 << 20


class NotReadable(Exception):
    """A path cannot be read; `code` is that of a problem, the text says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """What a folder holds, sorted by name, hidden things left out; nothing where there is no such folder.

    Raises NotReadable when the folder is a link, is no folder, or may not be read.
    """
    try:
        if folder.is_symlink():
            raise NotReadable("not-followed", "links are not followed")
        with os.scandir(folder) as found:
            return sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise NotReadable("unreadable", f"this folder cannot be read: {_reason(error)}") from error


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a plain file, at most one more than the limit. Raises NotReadable for links, devices and whatever cannot be opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        if path.is_symlink():
            raise NotReadable("not-followed", "links are not followed") from error
        raise NotReadable("unreadable", f"this file cannot be read: {_reason(error)}") from error
    except ValueError as error:
        raise NotReadable("unreadable", "this is no path of a file") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotReadable("unreadable", "this is not a plain file")
        return _read_up_to(descriptor, limit + 1)
    except OSError as error:
        raise NotReadable("unreadable", f"this file cannot be read: {_reason(error)}") from error
    finally:
        os.close(descriptor)


def fingerprint(root: Path, folders: tuple[str, ...]) -> str:
    """SHA-256 over path and SHA-256 of every file in the folders, without understanding any of them. A link counts as its own name."""
    digest = sha256()
    for folder in folders:
        for path, content in _hashed(root / folder, folder):
            digest.update(f"{content}  {path}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _hashed(folder: Path, prefix: str) -> Iterator[tuple[str, str]]:
    try:
        found = entries(folder)
    except NotReadable as problem:
        yield prefix, problem.code
        return
    for entry in found:
        path = f"{prefix}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _hashed(Path(entry.path), path)
        else:
            yield path, _hash_of(Path(entry.path))


def _hash_of(path: Path) -> str:
    try:
        return sha256(read_file(path, 1 << 26)).hexdigest()
    except NotReadable as problem:
        return problem.code


def _read_up_to(descriptor: int, most: int) -> bytes:
    parts: list[bytes] = []
    while most > 0 and (part := os.read(descriptor, min(most, CHUNK))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()
