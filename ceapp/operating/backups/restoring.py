"""Restoring a backup: all is checked first, then the database changes in one step, then keys and files find their place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from ceapp.audit import kept_heads
from ceapp.config import Settings
from ceapp.database.revisions import is_known
from ceapp.errors import Refused, Unsafe
from ceapp.operating.backups import archive
from ceapp.operating.backups.archive import Backup
from ceapp.operating.backups.ending import end_what_is_open, note_restored
from ceapp.operating.backups.keyring import plan_keys, put_planned
from ceapp.operating.backups.making import MARGIN
from ceapp.operating.backups.manifest import Manifest
from ceapp.operating.backups.placing import place_files
from ceapp.operating.backups.targets import Target, target_of
from ceapp.operating.presence import alone, is_half_restored, note_finished

OCCUPIED = "The database here has people in it: add --replace to restore all the same; what is here is kept aside. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Restored:
    """A restore that is done: of what, where the earlier database is, what to know about files, which keys are missing."""

    manifest: Manifest
    kept: str
    notes: tuple[str, ...]
    missing_keys: tuple[str, ...]


def restore_backup(
    settings: Settings, file: Path, *, keys_file: Path | None, replace: bool, environ: Mapping[str, str], now: datetime
) -> Restored:
    """Restore the file into the instance of these settings. Raises Refused or Unsafe; then nothing was changed."""
    instance = settings.instance_path
    with archive.opened(file) as backup, alone(instance):
        described, target = backup.manifest, target_of(settings)
        _refuse_unfit(described, target)
        if not replace and not is_half_restored(instance) and target.is_occupied():
            raise Refused(OCCUPIED)
        plan = plan_keys(instance / "keys", described.sealing_keys, keys_file)
        moment = f"{now:%Y%m%dT%H%M%SZ}"
        with _unpacked(backup, target) as folder:
            sha256 = backup.sha256

            def finish(session: Session) -> None:
                end_what_is_open(session, now=now)
                note_restored(session, backup=sha256, made_at=described.made_at, schema=described.schema, now=now)

            aside = _free_name(target, f"before-restore-{moment}")
            kept_heads.forget(instance)
            kept = target.restore(folder, described, aside, finish)
            put_planned(instance / "keys", plan, instance / aside / "keys")
            notes = place_files(settings, folder, instance / f"from-backup-{moment}", environ)
        note_finished(instance)
    return Restored(described, kept, tuple(notes), plan.missing)


def _refuse_unfit(described: Manifest, target: Target) -> None:
    if not is_known(described.schema):
        raise Unsafe(f"The backup is at {described.schema}, which this version does not know: use ceapp {described.ceapp} or newer.")
    if described.engine != target.engine:
        here = "database_url names PostgreSQL" if target.engine == "postgresql" else "the database here is SQLite"
        raise Refused(f"The backup is of {described.engine}, and {here}: set database_url to a database of that kind. Nothing was changed.")
    target.refuse_unfit(described)


@contextmanager
def _unpacked(backup: Backup, target: Target) -> Iterator[Path]:
    """All parts of the backup, each checked, in a folder that is gone afterwards."""
    folder = target.folder / "restoring"
    shutil.rmtree(folder, ignore_errors=True)  # A restore that was killed may have left it.
    target.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    archive.refuse_full_disk(target.folder, 2 * backup.manifest.size + MARGIN, "The restore")
    folder.mkdir(mode=0o700)
    try:
        backup.unpack(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_name(target: Target, name: str) -> str:
    """Two restores in one second must not keep their earlier databases in one place."""
    number = 1
    while not target.is_free(found := name if number == 1 else f"{name}-{number}"):
        number += 1
    return found
