"""The settings file as it goes into a backup: without the key that signs forms, and with a list of what else in it is secret."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from ceapp.errors import Unsafe

_LINE = re.compile(r"^[ \t#]*[\"']?secret_key[\"']?[ \t]*=.*$\n?", re.MULTILINE)
_PASSWORD = re.compile(r"//[^/@]*:[^/@]+@|[?&]password=")


def without_secret_key(text: str) -> str:
    """The same file without that setting, be it in use or in a comment."""
    values = values_of(text)
    secret = str(values.pop("secret_key", ""))
    kept = _LINE.sub("", text)
    if (not secret or secret not in kept) and _parsed(kept) == values:
        return kept
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())


def secrets_in(text: str) -> tuple[str, ...]:
    """Names of settings whose value must not be seen by others."""
    values = values_of(text)
    addresses = [name for name in ("database_url", "mail_url") if _PASSWORD.search(str(values.get(name, "")))]
    return (*addresses, *(name for name in ("sign_up_code", "metrics_token") if values.get(name)))


def values_of(text: str) -> dict[str, object]:
    """Raises Unsafe for what is no settings file."""
    values = _parsed(text)
    if values is None:
        raise Unsafe("settings.toml cannot be read: mend it first. Nothing was written.")
    return values


def would_move(text: str, environ: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """Which of the settings that say where things are would become another by putting this file in place."""
    values = values_of(text)
    return [
        name
        for name, value in present.items()
        if not environ.get(f"CEAPP_{name.upper()}") and name in values and str(values[name]) != value
    ]


def read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as problem:
        raise Unsafe(f"{path.name} cannot be read: it is not UTF-8. Nothing was written.") from problem


def _parsed(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
