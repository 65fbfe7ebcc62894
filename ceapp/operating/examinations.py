"""The doctor's last quick look at this installation, kept beside the database for every process to show."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from ceapp.operating.doctor import Finding, examine

_MOST = 50
"""Findings that are kept; with more, the first ones say what is wrong."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, when, and how long it took."""

    at: datetime
    seconds: float
    findings: tuple[Finding, ...]
    total: int


def look_now(instance: Path, *, now: datetime) -> Look:
    """Have the doctor look at what takes a moment only, and keep what it finds."""
    began = time.monotonic()
    findings = list(examine(now=now, fast=True))
    look = Look(now, round(time.monotonic() - began, 1), tuple(findings[:_MOST]), len(findings))
    _keep(instance, look)
    return look


def last_look(instance: Path) -> Look | None:
    """The last one; None when there was none, or it cannot be read."""
    try:
        kept = json.loads(_file(instance).read_text("utf-8"))
        return Look(datetime.fromisoformat(kept["at"]), kept["seconds"], tuple(Finding(**each) for each in kept["findings"]), kept["total"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(instance: Path, look: Look) -> None:
    kept = {"at": look.at.isoformat(), "seconds": look.seconds, "findings": [asdict(each) for each in look.findings], "total": look.total}
    draft = instance / f".doctor.{secrets.token_hex(4)}"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(kept, file)
        draft.replace(_file(instance))
    finally:
        draft.unlink(missing_ok=True)


def _file(instance: Path) -> Path:
    return instance / "doctor.json"
