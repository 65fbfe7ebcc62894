"""Which keys a backup needs, which of them are here, and what has to give way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from ceapp.errors import Unsafe
from ceapp.keys import fingerprint, held_keys, put_keys, read_export
from ceapp.operating.presence import sync_folder

_NUMBERED = re.compile(r"sealing-([0-9]{1,8})\.key")  # A damaged row may name what can be no key.


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """What to do about the keys: files that give way, keys to write, ids that nobody has."""

    displaced: tuple[str, ...]
    written: Mapping[str, str]
    missing: tuple[str, ...]


def plan_keys(folder: Path, needed: Mapping[str, str], exported: Path | None) -> KeyPlan:
    """Decide before anything is changed. Raises Unsafe when the export does not have the keys that the backup needs.

    Where a needed key is nowhere, new texts must not be sealed under its id, or nothing could open both later: so a key with a higher
    id is made.
    """
    held = held_keys(folder) if folder.is_dir() else {}
    brought = read_export(exported) if exported else {}
    lacking = [each for each, print_ in needed.items() if print_ and not _fits(brought, each, print_)]
    if exported and lacking:
        raise Unsafe(
            f"{exported} has not the sealing key {lacking[0]} of this backup: it is of another server, or older. Nothing was changed."
        )
    wrong = {name for name in held if name in brought and held[name] != brought[name]}
    wrong |= {_file(each) for each, print_ in needed.items() if _file(each) in held and not _fits(held, each, print_)}
    written = {name: text for name, text in brought.items() if name not in held or name in wrong}
    kept = {name: text for name, text in held.items() if name not in wrong} | written
    missing = tuple(each for each, print_ in needed.items() if not _fits(kept, each, print_))
    if missing:
        taken = [int(number[1]) for name in {*kept, *map(_file, needed)} if (number := _NUMBERED.fullmatch(name))]
        written[f"sealing-{max(taken, default=0) + 1:04d}.key"] = Fernet.generate_key().decode()
    return KeyPlan(tuple(sorted(wrong)), written, missing)


def put_planned(folder: Path, plan: KeyPlan, aside: Path) -> None:
    """Move what gives way into `aside`, then write."""
    if plan.displaced:
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in plan.displaced:
            (folder / name).rename(aside / name)
    put_keys(folder, plan.written)
    sync_folder(folder)


def _fits(texts: Mapping[str, str], key_id: str, print_: str) -> bool:
    text = texts.get(_file(key_id))
    return text is not None and (not print_ or fingerprint(text.encode()) == print_)


def _file(key_id: str) -> str:
    return f"sealing-{key_id}.key"
