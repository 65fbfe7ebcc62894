"""Sealing the record of deeds, beside the requests: what is committed gets its place in a chain.

Entries commit in another order than they are written. That does no harm: whatever can be seen is committed, the order of a chain is the
order of sealing, and an entry that commits late is sealed late. So nobody who writes an entry waits for anybody, and no moment has to be
chosen from which on nothing can come any more.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

from flask import current_app

from ceapp.audit import kept_heads, queries
from ceapp.audit.models import AuditSeal
from ceapp.audit.seals import FIRST, Head, chain_of, seal_sha256
from ceapp.database import db, one_at_a_time, transaction
from ceapp.errors import Unavailable

JOB, JOB_FOR_LATE = "seals", "late seals"
EVERY_SECONDS = 15
EVERY_SECONDS_FOR_LATE = 24 * 3600
AT_ONCE = 200
"""Entries in one transaction, so that nobody who saves an answer waits for long."""


def seal_new(_now: datetime) -> bool:
    """Seal the next entries; whether there may be more. A database that is busy is asked again at the next turn."""
    with suppress(Unavailable):
        return len(_seal_next(queries.look_back_to())) == AT_ONCE
    return False


def seal_late(_now: datetime) -> bool:
    """Look at all entries, also for those that were committed very late; and keep all heads. There is nothing more to do afterwards."""
    with suppress(Unavailable):
        seal_all()
    return False


def seal_all() -> int:
    """Seal every entry that has no seal; how many there were."""
    number, after = 0, None
    while sealed := _seal_next(after):
        number, after = number + len(sealed), sealed[-1]
    kept_heads.keep(_instance(), queries.heads(), replace=True)
    db.session.rollback()
    return number


def _seal_next(after: UUID | None) -> list[UUID]:
    """The ids of entries that were sealed now. Looks first, without keeping any writer waiting."""
    if not queries.unsealed(after, 1):
        db.session.rollback()
        return []
    with transaction() as session:
        one_at_a_time("audit.seals")
        heads: dict[str, Head] = {}
        entries = queries.unsealed(after, AT_ONCE)
        for entry in entries:
            chain = chain_of(entry.subjects)
            before = heads.get(chain) or queries.last_seal(chain) or Head(chain, 0, FIRST)
            head = Head(chain, before.number + 1, seal_sha256(chain, before.number + 1, before.sha256, entry))
            session.add(AuditSeal(chain=chain, number=head.number, entry_id=entry.id, sha256=head.sha256))
            heads[chain] = head
    kept_heads.keep(_instance(), heads.values())
    return [entry.id for entry in entries]


def _instance() -> Path:
    folder: Path = current_app.extensions["ceapp.settings"].instance_path
    return folder
