"""The secrets under `instance/keys/`: made once, readable by their owner only, never in the database or a backup of it.

The secret that signs is changed in two steps, so that no server meets a seal that it does not know: `secret-next.key` is accepted and
does not sign yet; turned, it is `secret.key`, and the one before is accepted as `secret-before.key` until the moment on its second line.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app

from ceapp.errors import Refused, Unsafe

MIN_SECRET = 32
SECRET = "secret.key"  # noqa: S105 - the name of the file
NEXT, BEFORE = "secret-next.key", "secret-before.key"
GRACE = timedelta(hours=24)
"""How long an earlier secret is accepted unless somebody says otherwise: pages that were left open overnight."""

_NAME = re.compile(r"secret\.key|sealing-[0-9]{4,8}\.key")
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class OtherSecret:
    """A secret that does not sign and whose seals are accepted: until a moment when it is an earlier one."""

    secret: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """`secret` signs forms; `sealing` encrypts what people write in confidence, by key id; the newest id seals."""

    secret: str
    sealing: dict[str, bytes]
    others: tuple[OtherSecret, ...] = ()

    def secrets(self, now: datetime) -> list[str]:
        """The secrets whose seals are accepted at this moment; the last one signs, as itsdangerous wants them."""
        return [*(each.secret for each in self.others if each.until is None or now < each.until), self.secret]

    def seal(self, text: str, *, as_if_at: datetime | None = None) -> tuple[str, bytes]:
        """Encrypt text with the newest key; returns the key's id and the ciphertext.

        A ciphertext names the second in which it was made, in the clear; `as_if_at` writes another moment where that would tell who wrote.
        """
        key_id = max(self.sealing)
        moment = time.time() if as_if_at is None else as_if_at.timestamp()
        return key_id, Fernet(self.sealing[key_id]).encrypt_at_time(text.encode(), int(moment))

    def unseal(self, key_id: str, ciphertext: bytes) -> str:
        """Decrypt. Raises Unsafe when the key is not here or the text was altered."""
        if key_id not in self.sealing:
            raise Unsafe(f"The sealing key {key_id} is not under instance/keys/: put it back from your key export.")
        try:
            return Fernet(self.sealing[key_id]).decrypt(ciphertext).decode()
        except InvalidToken as problem:
            raise Unsafe(f"A sealed text does not open with the key {key_id}.") from problem


def current_keys() -> Keys:
    """The keys of the running application."""
    keys: Keys = current_app.extensions["ceapp.keys"]
    return keys


def load_keys(folder: Path) -> Keys:
    """Read the keys, making what is missing with mode 0600. Raises Unsafe when others may read them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = _read_or_make(folder / SECRET, secrets.token_urlsafe(48))
    if not has_sealing_keys(folder):
        _read_or_make(folder / "sealing-0001.key", Fernet.generate_key().decode())
    sealing = {path.stem.removeprefix("sealing-"): _read(path).encode() for path in sorted(folder.glob("sealing-*.key"))}
    if len(secret) < MIN_SECRET:
        raise Unsafe(f"secret.key is shorter than {MIN_SECRET} characters: put it back from your copy, or remove it to make a new one.")
    return Keys(secret=secret, sealing=sealing, others=_others(folder))


def has_sealing_keys(folder: Path) -> bool:
    return any(folder.glob("sealing-*.key"))


def new_secret(folder: Path) -> Path:
    """Make the next secret: accepted from the next start on, signing once it is turned. Raises Refused when there is one already."""
    path = folder / NEXT
    if path.exists():
        raise Refused(f"There is a next key already: {path}. Run `ceapp key turn` once every server was reloaded. Nothing was changed.")
    _write(path, secrets.token_urlsafe(48))
    return path


def turn_secret(folder: Path, until: datetime) -> None:
    """Let the next secret sign; the present one is accepted `until` then. Raises Refused when there is no next one."""
    if not (folder / NEXT).exists():
        raise Refused("There is no next key to turn to: run `ceapp key new signing` first. Nothing was changed.")
    draft = folder / f".{BEFORE}.{secrets.token_hex(4)}"
    _write(draft, f"{_read(folder / SECRET)}\n{until.isoformat()}\n")
    draft.replace(folder / BEFORE)
    (folder / NEXT).replace(folder / SECRET)


def new_sealing_key(folder: Path, taken: Iterable[str]) -> str:
    """Make a sealing key with a higher id than all that are here or `taken`; its id. It seals from the next start on."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = {path.stem.removeprefix("sealing-") for path in folder.glob("sealing-*.key")}
    key_id = f"{max((int(each) for each in {*held, *taken} if each.isdecimal()), default=0) + 1:04d}"
    _write(folder / f"sealing-{key_id}.key", Fernet.generate_key().decode())
    return key_id


def _others(folder: Path) -> tuple[OtherSecret, ...]:
    found = []
    if (folder / BEFORE).exists():
        secret, _, until = _read(folder / BEFORE).partition("\n")
        try:
            found.append(OtherSecret(secret, datetime.fromisoformat(until)))
        except ValueError as problem:
            raise Unsafe(f"{BEFORE} does not say until when it counts: remove it to end the grace of that key.") from problem
    if (folder / NEXT).exists():
        found.append(OtherSecret(_read(folder / NEXT)))
    return tuple(found)


def _read_or_make(path: Path, fresh: str) -> str:
    """The first process to link the finished file wins, so that two starting at once agree on one key."""
    if not path.exists():
        with suppress(FileExistsError):
            _write(path, fresh)
    return _read(path)


def _read(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise Unsafe(f"Others may read {path.name}: run chmod 600 on it.")
    try:
        text = path.read_text("ascii").strip()
        if path.name.startswith("sealing-"):
            Fernet(text)
    except ValueError as problem:  # UnicodeDecodeError is one too.
        raise Unsafe(f"{path.name} is not a key: put it back from your copy.") from problem
    return text


def fingerprint(key: bytes) -> str:
    """By which a key is recognised; it says nothing about the key."""
    return hashlib.sha256(b"sealing key of ceapp\n" + key).hexdigest()[:32]


def export_keys(folder: Path, out: Path) -> list[str]:
    """Write all keys into one new file for its owner only; the ids of the sealing keys.

    Raises Refused where something would be overwritten, or there are no keys.
    """
    texts = held_keys(folder) if folder.is_dir() else {}
    sealing = sorted(name.removeprefix("sealing-").removesuffix(".key") for name in texts if name != SECRET)
    if SECRET not in texts or not sealing:
        raise Refused(f"The keys are not under {folder}. Nothing was written.")
    written = json.dumps({"ceapp keys": 1, "keys": texts, "sha256": _checksum(texts)}, indent=1) + "\n"
    try:
        _write(out, written)
    except FileExistsError:
        raise Refused(f"{out} exists already. Nothing was written; choose another name.") from None
    except FileNotFoundError:
        raise Refused(f"There is no folder {out.absolute().parent}. Nothing was written.") from None
    return sealing


def exported_ids(folder: Path) -> set[str]:
    """The sealing keys that were exported at some time."""
    note = folder / "exported"
    return set(note.read_text("utf-8").split()) if note.exists() else set()


def read_export(path: Path) -> dict[str, str]:
    """The keys in an exported file, by the name of their file. Raises Unsafe unless all of it is there."""
    with path.open("rb") as file:
        text = file.read(_MOST_BYTES)
    try:
        found = json.loads(text)
        texts = {str(name): str(key) for name, key in found["keys"].items()}
        is_whole = found["ceapp keys"] == 1 and found["sha256"] == _checksum(texts) and SECRET in texts
        if not is_whole or not all(_NAME.fullmatch(name) for name in texts) or len(texts[SECRET]) < MIN_SECRET:
            raise ValueError
        sealing = [Fernet(key) for name, key in texts.items() if name != SECRET]
        if not sealing:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise Unsafe(f"{path} is no whole key export of ceapp. Nothing was changed.") from problem
    return texts


def import_keys(folder: Path, path: Path) -> list[str]:
    """Put sealing keys of an export beside those that are here; the ids of the new ones. Raises Unsafe where they contradict."""
    held, brought = held_keys(folder) if folder.is_dir() else {}, read_export(path)
    for name in sorted(set(held) & set(brought) - {SECRET}):
        if held[name] != brought[name]:
            raise Unsafe(f"{name} here is another key than in {path}: texts may be sealed with either. Nothing was changed.")
    fresh = {name: text for name, text in brought.items() if name not in held}
    put_keys(folder, fresh)
    return sorted(name.removeprefix("sealing-").removesuffix(".key") for name in fresh if name != SECRET)


def put_keys(folder: Path, texts: Mapping[str, str]) -> None:
    """Write keys that are not here yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in texts.items():
        _read_or_make(folder / name, text)


def held_keys(folder: Path) -> dict[str, str]:
    """The keys that are here, by the name of their file; makes none."""
    return {path.name: _read(path) for path in sorted(folder.glob("*.key")) if _NAME.fullmatch(path.name)}


def _checksum(texts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(sorted(texts.items()))).encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    """A new file, whole or not there."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        _give_name(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _give_name(draft: Path, path: Path) -> None:
    """Never replaces another's file; where the file system knows no links, as on a stick, a look before has to do."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise FileExistsError(path) from None
        draft.rename(path)


def note_exported(folder: Path, ids: Iterable[str]) -> None:
    """Remember that somebody took these sealing keys to a safe place."""
    draft = folder / f".exported.{secrets.token_hex(4)}"
    _write(draft, "".join(f"{each}\n" for each in sorted(exported_ids(folder) | set(ids))))
    draft.replace(folder / "exported")
