"""What a sign-off rests on: titles, numbers and days as they were then, and no names. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Facts:
    """A piece of work on the day it was signed. `done_on` is the day of the pass, or else of the first handing in."""

    scenario: str
    assignment: str
    revision: str
    state: str
    done_on: date | None
    due_on: date | None
    days_late: int
    first_percent: int | None
    attempts: int

    def stored(self) -> dict[str, Any]:
        """The facts as JSON keeps them."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}

    @property
    def seal(self) -> str:
        """A short name of exactly these facts, which a form carries along."""
        return hashlib.sha256(json.dumps(self.stored(), sort_keys=True).encode()).hexdigest()[:32]


def stored_facts(found: Mapping[str, Any]) -> Facts:
    """The facts of a sign-off that was kept."""
    days = {name: date.fromisoformat(found[name]) if found[name] else None for name in ("done_on", "due_on")}
    return Facts(**{**found, **days})
