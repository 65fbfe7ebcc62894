"""Settings, scenarios and fonts of a backup: into their place where that is empty, otherwise beside, and nothing is overwritten."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Mapping
from pathlib import Path

from ceapp.config import Settings
from ceapp.operating.backups import settings_file
from ceapp.operating.backups.manifest import FONTS, SCENARIOS, SETTINGS

_PLACES = ("database_url", "scenarios")


def place_files(settings: Settings, unpacked: Path, beside: Path, environ: Mapping[str, str]) -> list[str]:
    """Put the files where they belong; sentences about what is elsewhere now."""
    notes = [
        _place_folder(unpacked / SCENARIOS.rstrip("/"), settings.scenarios_path, beside, "Scenarios"),
        _place_folder(unpacked / FONTS.rstrip("/"), settings.instance_path / "fonts", beside, "Fonts"),
        _place_settings(settings, unpacked / SETTINGS, beside, environ),
    ]
    return [note for note in notes if note]


def _place_folder(source: Path, target: Path, beside: Path, what: str) -> str:
    if not source.is_dir() or _holds_all(target, source):
        return ""
    if not target.is_dir() or not any(target.iterdir()):
        if _is_moved(source, target):
            return f"{what} of the backup were put into {target}."
        _keep(source, beside)
        return f"{what} of the backup are in {beside / source.name}: nothing can be put into {target}."
    _keep(source, beside)
    return f"{what} here differ from those of the backup, which are in {beside / source.name}."


def _is_moved(source: Path, target: Path) -> bool:
    """Whether it could be put there: the folder may be mounted, or belong to somebody else, and the database is restored by now."""
    draft = target.with_name(f".{target.name}.restoring")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(source, draft)
        draft.replace(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        return False
    return True


def _place_settings(settings: Settings, source: Path, beside: Path, environ: Mapping[str, str]) -> str:
    target = settings.instance_path / SETTINGS
    if not source.is_file():
        return ""
    text = settings_file.read(source)
    if target.is_file():
        if settings_file.without_secret_key(settings_file.read(target)) == text:
            return ""
        _keep(source, beside)
        return f"Settings here differ from those of the backup, which are in {beside / SETTINGS}."
    moved = settings_file.would_move(text, environ, {name: str(getattr(settings, name)) for name in _PLACES})
    if moved:
        _keep(source, beside)
        return f"Settings of the backup are in {beside / SETTINGS}: {' and '.join(moved)} there name another place than this one."
    shutil.copyfile(source, target)
    target.chmod(0o600)
    return f"Settings of the backup were put into {target}."


def _holds_all(target: Path, source: Path) -> bool:
    return all(
        (target / path.relative_to(source)).is_file() and filecmp.cmp(path, target / path.relative_to(source), shallow=False)
        for path in source.rglob("*")
        if path.is_file()
    )


def _keep(source: Path, beside: Path) -> None:
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, beside / source.name, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, beside / source.name)
