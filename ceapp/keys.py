"""The secrets under `instance/keys/`: made once, readable by their owner only, never in the database or a backup of it."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app

from ceapp.errors import Unsafe

MIN_SECRET = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """`secret` signs forms; `sealing` encrypts what people write in confidence, by key id; the newest id seals."""

    secret: str
    sealing: dict[str, bytes]

    def seal(self, text: str) -> tuple[str, bytes]:
        """Encrypt text with the newest key; returns the key's id and the ciphertext."""
        key_id = max(self.sealing)
        return key_id, Fernet(self.sealing[key_id]).encrypt(text.encode())

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
    secret = _read_or_make(folder / "secret.key", secrets.token_urlsafe(48))
    if not any(folder.glob("sealing-*.key")):
        _read_or_make(folder / "sealing-0001.key", Fernet.generate_key().decode())
    sealing = {path.stem.removeprefix("sealing-"): _read(path).encode() for path in sorted(folder.glob("sealing-*.key"))}
    if len(secret) < MIN_SECRET:
        raise Unsafe(f"secret.key is shorter than {MIN_SECRET} characters: put it back from your copy, or remove it to make a new one.")
    return Keys(secret=secret, sealing=sealing)


def _read_or_make(path: Path, fresh: str) -> str:
    """The first process to link the finished file wins, so that two starting at once agree on one key."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
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
