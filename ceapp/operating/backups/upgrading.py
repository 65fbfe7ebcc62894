"""A backup before a newer version changes the tables, so that there is a way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ceapp.config import Settings
from ceapp.database.revisions import head
from ceapp.errors import Refused, Unsafe
from ceapp.keys import Keys
from ceapp.operating.backups import making
from ceapp.operating.backups.contents import has_people
from ceapp.operating.backups.making import Made
from ceapp.operating.backups.postgres import NoTools

OFF = "set backup_before_upgrade = false to go on without a backup"


class BackupBefore:
    """What `migrate` calls once it is certain that tables will change; `made` is the backup then."""

    def __init__(self, settings: Settings, keys: Keys, *, now: datetime, tell: Callable[[str], None]) -> None:
        self._settings, self._keys, self._now, self._tell = settings, keys, now, tell
        self.made: Made | None = None

    def __call__(self, revision: str) -> None:
        if not self._settings.backup_before_upgrade or not self._has_people():
            return
        out = self._folder() / f"before-{head()}-{self._now:%Y%m%dT%H%M%SZ}.zip"
        try:
            self.made = making.make_backup(self._settings, self._keys, out, now=self._now)
        except NoTools as problem:
            self._tell(f"NO BACKUP before the upgrade from {revision} to {head()}: {problem.message}")
        except (Refused, Unsafe) as problem:
            raise Unsafe(f"Before the upgrade a backup is made, and that failed: {problem.message} Mend it, or {OFF}.") from problem
        else:
            self._tell(f"Before the upgrade from {revision} to {head()} a backup was made: {out}")

    def note(self) -> None:
        """Write down that there is a backup, once the tables are as this version knows them."""
        if self.made is not None:
            making.note(self.made, now=self._now)

    def _has_people(self) -> bool:
        with making.engine_of(self._settings) as engine, engine.connect() as connection:
            return has_people(connection)

    def _folder(self) -> Path:
        folder = self._settings.instance_path / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder
