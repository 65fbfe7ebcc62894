"""The file of a backup: a ZIP that is written beside its name, read again, and only then given the name."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from ceapp.errors import Refused, Unsafe
from ceapp.operating.backups import manifest
from ceapp.operating.backups.manifest import Manifest, Member
from ceapp.operating.presence import sync_folder

_PIECE = 1024 * 1024
_UNREADABLE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, KeyError)
"""What `zipfile` raises for files that are none, are cut off, or were altered."""


@contextmanager
def new_file(out: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A draft of `out` and an empty folder to work in; afterwards, when all went well, the draft gets its name.

    What an earlier run left that was killed is taken over or, when its name differs in the figures of its date only, removed.
    Raises Refused when the name is taken or another run writes the same file.
    """
    refuse_existing(out)
    draft, work = out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.work")
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Another command is writing {out.name}. Nothing was changed.") from None
        try:
            remove_leftovers(out)
            _empty(work)
            os.fchmod(file.fileno(), 0o600)
            file.truncate(0)
            yield file, work
            file.flush()
            os.fsync(file.fileno())
            _give_name(draft, out)
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
            shutil.rmtree(work, ignore_errors=True)


def remove_leftovers(out: Path) -> None:
    """Take away what killed runs left under the same name but for its figures, as backups of other nights have it."""
    for name in sorted({path.stem for path in _drafts_like(out)}):
        with suppress(OSError), _locked(out.with_name(f"{name}.part")) as draft:  # What is being written stays.
            shutil.rmtree(out.with_name(f"{name}.work"), ignore_errors=True)
            draft.unlink()


def _drafts_like(out: Path) -> Iterator[Path]:
    pattern = re.compile(re.sub(r"\d+", r"\\d+", re.escape(out.name)) + r"\.(part|work)")
    yield from (path for path in out.parent.iterdir() if pattern.fullmatch(path.name) and path.stem != out.name)


@contextmanager
def _locked(draft: Path) -> Iterator[Path]:
    """Raises BlockingIOError while another run writes it."""
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield draft
    finally:
        os.close(handle)


def refuse_existing(out: Path) -> None:
    """Raise Refused where something would be overwritten, or nothing can be written."""
    if not out.parent.is_dir():
        raise Refused(f"There is no folder {out.parent}. Nothing was written.")
    if os.path.lexists(out):
        raise Refused(f"{out} exists already. Nothing was written; choose another name.")


def write(file: BinaryIO, parts: Iterable[tuple[str, Path]], describe: Callable[[tuple[Member, ...]], Manifest]) -> Manifest:
    """Pack the parts, and last the manifest that names them all."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        described = describe(tuple(_pack(archive, name, path) for name, path in parts))
        archive.writestr(_entry(manifest.NAME), described.as_json())
    return described


class Backup:
    """A backup file that was opened: its manifest is read, its parts are checked while they are unpacked."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        try:
            self._archive = zipfile.ZipFile(file)
            self.manifest = self._read_manifest()
        except _UNREADABLE as problem:
            raise self._broken(problem) from problem

    @property
    def sha256(self) -> str:
        return hash_of(self._file)

    def unpack(self, folder: Path, only: Callable[[str], bool] = lambda _name: True) -> None:
        """Write the parts into the folder, each checked as it is written. Raises Unsafe for a file that is not as it was made."""
        for member in self.manifest.members:
            if only(member.name):
                target = folder / member.name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
                    self._copy(member, written)
                    written.flush()
                    os.fsync(written.fileno())

    def verify(self) -> None:
        """Read all of it and compare. Raises Unsafe."""
        for member in self.manifest.members:
            self._copy(member, None)

    def _read_manifest(self) -> Manifest:
        entries = self._archive.infolist()
        if self._archive.getinfo(manifest.NAME).file_size > manifest.MOST_BYTES:
            raise ValueError("its manifest is too large")
        with self._archive.open(manifest.NAME) as member:
            described = manifest.from_json(member.read(manifest.MOST_BYTES + 1))
        sizes = [(member.name, member.size) for member in described.members]
        if sorted((each.filename, each.file_size) for each in entries if each.filename != manifest.NAME) != sorted(sizes):
            raise ValueError("it does not hold what its manifest names")
        return described

    def _copy(self, member: Member, target: IO[bytes] | None) -> None:
        hashed, left = hashlib.sha256(), member.size
        try:
            with self._archive.open(member.name) as packed:
                while piece := packed.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise ValueError(f"{member.name} is larger than its manifest says")
                    hashed.update(piece)
                    if target is not None:
                        target.write(piece)
        except _UNREADABLE as problem:
            raise self._broken(problem) from problem
        if left or hashed.hexdigest() != member.sha256:
            raise self._broken(ValueError(f"{member.name} is not as it was written"))

    def _broken(self, problem: Exception) -> Unsafe:
        said = str(problem) if type(problem) is ValueError else "it is damaged or cut off, or is another kind of file"
        return Unsafe(f"{self._path} is no whole backup of ceapp: {said}. Nothing was changed.")


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Raises Unsafe for a file that is no backup."""
    with path.open("rb") as file:
        yield Backup(path, file)


def hash_of(file: BinaryIO) -> str:
    file.seek(0)
    hashed = hashlib.sha256()
    while piece := file.read(_PIECE):
        hashed.update(piece)
    return hashed.hexdigest()


def refuse_full_disk(folder: Path, needed: int, what: str) -> None:
    """Raise Refused before a disk is filled."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refused(f"{what} needs about {in_megabytes(needed)} in {folder}, where {in_megabytes(free)} are free. Nothing was changed.")


def in_megabytes(size: int) -> str:
    return f"{max(1, -(-size // 1_000_000)):,} MB"


def files_below(folder: Path, prefix: str, without: Path) -> Mapping[str, Path]:
    """Regular files by their name in a backup; nothing hidden, no links, and nothing of the folder that is left out."""
    found = {}
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = [each for each in folders if not each.startswith(".") and (here / each).resolve() != without]
        for name in names:
            path = here / name
            full = f"{prefix}{path.relative_to(folder).as_posix()}"
            if not name.startswith(".") and path.is_file() and not path.is_symlink() and manifest.is_safe_name(full):
                found[full] = path
    return found


def _pack(archive: zipfile.ZipFile, name: str, path: Path) -> Member:
    hashed, size = hashlib.sha256(), 0
    with path.open("rb") as file, archive.open(_entry(name), "w", force_zip64=True) as packed:
        while piece := file.read(_PIECE):
            hashed.update(piece)
            size += len(piece)
            packed.write(piece)
    return Member(name, size, hashed.hexdigest())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    # A dump of PostgreSQL is compressed already.
    entry.compress_type = zipfile.ZIP_STORED if name == manifest.DATABASES["postgresql"] else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)


def _give_name(draft: Path, out: Path) -> None:
    """A link never replaces what another made under the name meanwhile; where links are unknown, a look before has to do."""
    try:
        os.link(draft, out)
    except FileExistsError:
        raise Refused(f"{out} exists already. Nothing was written; choose another name.") from None
    except OSError:
        refuse_existing(out)
        draft.rename(out)
    sync_folder(out.parent)
