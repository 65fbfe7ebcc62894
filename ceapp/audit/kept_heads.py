"""The newest seals as last seen, in a file beside the database: whoever cuts the end of a chain off in the database alone is found.

It is never ahead of what is committed. A restore puts it away, because the chains go on from an earlier place then.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ceapp.audit.seals import Head, read_heads, written_heads


def keep(instance: Path, heads: Iterable[Head], *, replace: bool = False) -> None:
    """Remember these heads, and with `replace` no others. Processes that do so at once may leave an earlier head, never a wrong one."""
    known = {} if replace else {each.chain: each for each in kept(instance)}
    known |= {each.chain: each for each in heads}
    draft = instance / f".audit-heads.{secrets.token_hex(4)}"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(written_heads(known.values()))
        draft.replace(_file(instance))
    finally:
        draft.unlink(missing_ok=True)


def kept(instance: Path) -> list[Head]:
    """The heads that were last kept; none where there is no such file, or it cannot be read."""
    with suppress(OSError, ValueError):
        return read_heads(_file(instance).read_text("ascii"))
    return []


def forget(instance: Path) -> None:
    """The database is about to become an earlier one."""
    _file(instance).unlink(missing_ok=True)


def _file(instance: Path) -> Path:
    return instance / "audit-heads"
