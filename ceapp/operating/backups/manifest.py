"""What a backup says about itself: which database, of which version, with how much in it, and a checksum of every part."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

FORMAT = 1
NAME = "manifest.json"
MOST_BYTES = 16 * 1024 * 1024
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
SETTINGS = "settings.toml"
SCENARIOS, FONTS = "scenarios/", "fonts/"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,64}")


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`counts` are rows by table; `sealing_keys` are fingerprints, by id, of the keys that the data needs.

    `audit_heads` are the newest seals of the audit record, as `ceapp audit head` prints them; backups of earlier versions have none.
    """

    ceapp: str
    schema: str
    engine: str
    made_at: datetime
    counts: Mapping[str, int]
    sealing_keys: Mapping[str, str]
    members: tuple[Member, ...]
    namespace: str = ""
    secret_settings: tuple[str, ...] = ()
    audit_heads: str = ""
    format: int = field(default=FORMAT)

    @property
    def database(self) -> str:
        """The member that is the database."""
        return DATABASES[self.engine]

    @property
    def size(self) -> int:
        """Bytes of all members, unpacked."""
        return sum(member.size for member in self.members)

    def as_json(self) -> bytes:
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}, indent=1, ensure_ascii=False).encode()


def from_json(text: bytes) -> Manifest:
    """Read it back. Raises ValueError for whatever our own `as_json` cannot have written."""
    try:
        values: dict[str, Any] = json.loads(text)
        if values["format"] != FORMAT:
            raise ValueError(f"its format is {values['format']!r}, and this version reads {FORMAT}")
        members = tuple(Member(str(each["name"]), _count(each["size"]), str(each["sha256"])) for each in values["members"])
        made_at = datetime.fromisoformat(values["made_at"]).astimezone(UTC)
        counts = {str(name): _count(number) for name, number in values["counts"].items()}
        keys = {str(name): str(print_) for name, print_ in values["sealing_keys"].items()}
        secret = tuple(str(name) for name in values["secret_settings"])
        words = (values["ceapp"], values["schema"], values["engine"], values["namespace"])
        heads = str(values.get("audit_heads", ""))
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, RecursionError, OverflowError, json.JSONDecodeError) as problem:
        raise ValueError("its manifest cannot be read") from problem
    manifest = Manifest(words[0], words[1], words[2], made_at, counts, keys, members, words[3], secret, heads)
    _refuse_strange(manifest)
    return manifest


def is_safe_name(name: str) -> bool:
    """Whether a member of this name stays inside its folder, and is one of those that a backup has."""
    if name in (SETTINGS, *DATABASES.values()):
        return True
    if not name.startswith((SCENARIOS, FONTS)) or len(name) > 1000 or any(sign in name for sign in "\\\0") or not name.isprintable():
        return False
    return all(part not in ("", ".", "..") and len(part.encode()) <= 255 for part in name.split("/"))


def _refuse_strange(manifest: Manifest) -> None:
    names = [member.name for member in manifest.members]
    if not all(isinstance(word, str) for word in (manifest.ceapp, manifest.schema, manifest.engine, manifest.namespace)):
        raise ValueError("its manifest cannot be read")
    if manifest.engine not in DATABASES or manifest.database not in names or not _WORD.fullmatch(manifest.schema):
        raise ValueError("it names no database that this version knows")
    if len(set(names)) != len(names) or not all(is_safe_name(name) for name in names):
        raise ValueError("it holds files of names that no backup has")
    if not all(_SHA256.fullmatch(member.sha256) for member in manifest.members):
        raise ValueError("its manifest cannot be read")


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("no count")
    return value
