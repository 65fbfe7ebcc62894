"""The migrations that this code has, by name. Read without alembic: who serves asks for nothing else, and would carry all of it along."""

from __future__ import annotations

import re
from functools import cache

from ceapp.config import ROOT

MIGRATIONS = ROOT / "migrations"

_SAYS = re.compile(r'^(revision|down_revision)\b[^=\n]*= (?:"(.*)"|None)$', re.M)


def head() -> str:
    """The newest migration."""
    return revisions()[0]


def is_known(revision: str | None) -> bool:
    """Whether this code has the migration of that name; nothing at all is known too."""
    return not revision or revision in revisions()


@cache
def revisions() -> tuple[str, ...]:
    """All of them, the newest first: each file says its own name and that of the one before."""
    said = [dict(_SAYS.findall(path.read_text("utf-8"))) for path in (MIGRATIONS / "versions").glob("*.py")]
    following = {each["down_revision"]: each["revision"] for each in said}
    found: list[str] = []
    while following:
        found.insert(0, following.pop(found[0] if found else ""))
    return tuple(found)
