"""Making a backup: a copy of one moment, checked, packed, read again, and only then under its name."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from ceapp.audit.service import record
from ceapp.config import Settings
from ceapp.database import begin_listeners, engine_options
from ceapp.errors import Unavailable, Unsafe
from ceapp.keys import Keys, fingerprint
from ceapp.operating.backups import archive, postgres, settings_file, sqlite
from ceapp.operating.backups.contents import Contents, contents_of
from ceapp.operating.backups.manifest import DATABASES, FONTS, SCENARIOS, SETTINGS, Manifest, Member

MARGIN = 16_000_000
"""Bytes that stay free besides what is needed."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that is whole."""

    path: Path
    size: int
    sha256: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Copy:
    """The database as it was at one moment, in a file."""

    path: Path
    engine: str
    contents: Contents
    namespace: str = ""


def make_backup(settings: Settings, keys: Keys, out: Path, *, now: datetime) -> Made:
    """Write the backup to `out`, which must not exist. Raises Refused or Unsafe; then nothing is under that name."""
    out = out.absolute()
    archive.refuse_existing(out)
    files = _files(settings)
    _refuse_full_disk(settings, out.parent, files)
    with archive.new_file(out) as (draft, work):
        copy = _copied(settings, work)
        described = _pack(draft, settings, keys, copy, files, work, now)
        draft.flush()
        archive.Backup(out, draft).verify()
        sha256, size = archive.hash_of(draft), draft.seek(0, 2)
    return Made(out, size, sha256, described)


def note(made: Made, *, now: datetime) -> None:
    """Write down that there is a backup. Raises Unsafe when the database was too busy for it: the file is whole all the same."""
    try:
        record("backup.made", actor=None, now=now, sha256=made.sha256, size=made.size, schema=made.manifest.schema)
    except Unavailable as problem:
        raise Unsafe(f"{made.path} is whole, but the database was too busy to note it: ceapp doctor will not know of it.") from problem


@contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    """The database of these settings, opened as the application opens it."""
    engine = create_engine(settings.database, **engine_options(settings.database))
    begin_listeners(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def database_path(settings: Settings) -> Path | None:
    """The file of an SQLite database; None on PostgreSQL."""
    url = make_url(settings.database)
    return Path(url.database or "").resolve() if url.get_backend_name() == "sqlite" else None


def first_line(problem: DBAPIError) -> str:
    return str(problem.orig).strip().splitlines()[0]


def _copied(settings: Settings, work: Path) -> _Copy:
    path = database_path(settings)
    return _copy_of_sqlite(path, work) if path else _copy_of_postgres(settings, work)


def _copy_of_sqlite(source: Path, work: Path) -> _Copy:
    target = work / DATABASES["sqlite"]
    sqlite.copy_live(source, target)
    sqlite.refuse_faulty(target, f"The database {source}")
    with sqlite.reading(target) as connection:
        return _Copy(target, "sqlite", contents_of(connection))


def _copy_of_postgres(settings: Settings, work: Path) -> _Copy:
    target = work / DATABASES["postgresql"]
    try:
        with engine_of(settings) as engine:
            namespace, contents = postgres.dump(engine, settings, target)
    except DBAPIError as problem:
        raise Unsafe(f"The database cannot be read: {first_line(problem)}") from problem
    return _Copy(target, "postgresql", contents, namespace)


def _pack(draft: BinaryIO, settings: Settings, keys: Keys, copy: _Copy, files: Mapping[str, Path], work: Path, now: datetime) -> Manifest:
    own, source = work / SETTINGS, settings.instance_path / SETTINGS
    secret: tuple[str, ...] = ()
    parts = [(DATABASES[copy.engine], copy.path), *sorted(files.items())]
    if source.is_file():
        text = settings_file.read(source)
        own.write_text(settings_file.without_secret_key(text), "utf-8")
        secret = settings_file.secrets_in(text)
        parts.append((SETTINGS, own))

    def describe(members: tuple[Member, ...]) -> Manifest:
        return Manifest(
            ceapp=importlib.metadata.version("ceapp"),
            schema=copy.contents.schema,
            engine=copy.engine,
            made_at=now,
            counts=copy.contents.counts,
            sealing_keys={each: fingerprint(keys.sealing[each]) if each in keys.sealing else "" for each in sorted(copy.contents.key_ids)},
            members=members,
            namespace=copy.namespace,
            secret_settings=secret,
            audit_heads=copy.contents.audit_heads,
        )

    return archive.write(draft, parts, describe)


def _files(settings: Settings) -> dict[str, Path]:
    """Scenarios and fonts; the folder of the keys is left out wherever it is."""
    keys = (settings.instance_path / "keys").resolve()
    found: dict[str, Path] = {}
    for folder, prefix in ((settings.scenarios_path, SCENARIOS), (settings.instance_path / "fonts", FONTS)):
        if folder.is_dir() and folder.resolve() != keys:
            found |= archive.files_below(folder, prefix, keys)
    return found


def _refuse_full_disk(settings: Settings, folder: Path, files: Mapping[str, Path]) -> None:
    path = database_path(settings)
    if path is not None:
        database = 2 * sqlite.size_of(path)  # The copy, and the packed copy.
    else:
        with engine_of(settings) as engine, _told(), engine.connect() as connection:
            database = postgres.size_of(connection)
    needed = database + sum(each.stat().st_size for each in files.values()) + MARGIN
    archive.refuse_full_disk(folder, needed, "The backup")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DBAPIError as problem:
        raise Unsafe(f"The database cannot be read: {first_line(problem)}") from problem
