"""What must hold before the server starts, beyond the settings: where the database lies, who may read it, what is installed."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.engine import make_url

from ceapp.config import Settings
from ceapp.database.engine import SQLITE, has_wal_reset_fix, is_sqlite
from ceapp.errors import Unsafe
from ceapp.operating.backups import settings_file

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = re.compile(r"(nfs\d?|cifs|smb\w*|9p|afs|ceph|lustre|glusterfs|gpfs|ocfs2|fuse\.(sshfs|glusterfs|s3fs|rclone|davfs\w*|smbnetfs))$")
"""Kinds of file systems whose locks other machines may not see."""

_WAL_FORMAT = 2
_FORMAT_AT = 18
"""Where a SQLite file says that readers need to know write-ahead logs."""


def refuse_unsafe_start(settings: Settings) -> None:
    """Raise Unsafe, with what to do, for an installation that must not be served."""
    if settings.metrics_token and find_spec("prometheus_client") is None:
        raise Unsafe("metrics_token needs the package prometheus-client: install requirements/metrics.txt, or remove the setting.")
    refuse_readable_settings(settings.instance_path / "settings.toml")
    path = sqlite_file(settings)
    if path is not None:
        refuse_network(path, allowed=settings.allow_network_database)
        refuse_readable(path)
        refuse_unfixed_wal(path, SQLITE)


def refuse_readable_settings(path: Path) -> None:
    """Like a key file, when something secret is in it."""
    if path.exists() and path.stat().st_mode & 0o077:
        text = settings_file.read(path)
        held = [*settings_file.secrets_in(text), *(["secret_key"] if "secret_key" in settings_file.values_of(text) else [])]
        if held:
            raise Unsafe(f"Others may read {path.name}, which holds {' and '.join(held)}: run chmod 600 on it.")


def sqlite_file(settings: Settings) -> Path | None:
    """The file of the database; None when it is no file."""
    name = make_url(settings.database).database if is_sqlite(settings.database) else None
    return Path(name).resolve() if name and name != ":memory:" else None


def refuse_network(path: Path, *, allowed: bool) -> None:
    kind = file_system(path, MOUNTS.read_text("utf-8", "surrogateescape") if MOUNTS.exists() else "")
    if NETWORK.match(kind) and not allowed:
        raise Unsafe(
            f"{path.name} lies on {kind}, where locks may not hold: move it to a local disk, or set allow_network_database = true."
        )


def refuse_readable(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-wal")):
        if each.exists() and each.stat().st_mode & 0o077:
            raise Unsafe(f"Others may read {each.name}: run chmod 600 on it.")


def refuse_unfixed_wal(path: Path, version: tuple[int, ...]) -> None:
    """A write-ahead log must not be opened by a SQLite that may lose what is in it."""
    if not has_wal_reset_fix(version) and (path.with_name(f"{path.name}-wal").exists() or _is_wal(path)):
        number = ".".join(str(part) for part in version)
        raise Unsafe(
            f"{path.name} is in WAL mode and SQLite {number} has the WAL-reset fault: install the pysqlite3 wheel, or a fixed SQLite."
        )


def file_system(path: Path, mounts: str) -> str:
    """The kind of file system that holds this path, by the kernel's table of mounts; empty where it does not say."""
    found, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = _unescaped(before.split(" ")[4]) if before.count(" ") >= 4 else ""
        if point and len(point) >= len(found) and path.is_relative_to(point):  # A later mount covers an earlier one.
            found, kind = point, after.split(" ")[0]
    return kind


def _unescaped(point: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), point)


def _is_wal(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        file.seek(_FORMAT_AT)
        return file.read(1) == bytes([_WAL_FORMAT])
