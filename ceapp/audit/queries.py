"""When deeds were last done, and how far the record is sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, true

from ceapp.audit.models import AuditEntry, AuditSeal
from ceapp.audit.seals import Head, Sealed
from ceapp.database import db

_LATE = 3_600_000 << 80
"""An hour, in the clock of ids: who commits later than this after writing an entry is found by the look at all."""

_NEWEST = 1000

_COLUMNS = (AuditEntry.id, AuditEntry.at, AuditEntry.actor_id, AuditEntry.deed, AuditEntry.subjects, AuditEntry.organisation_id)

Rows = Iterable[Any]


@dataclass(frozen=True, slots=True)
class Unsealed:
    """How many entries have no seal yet, and the time of the earliest of them."""

    number: int
    since: datetime | None


def last_entry(deed: str) -> AuditEntry | None:
    """The newest entry of this deed, such as "backup.made"."""
    return db.session.scalar(select(AuditEntry).where(AuditEntry.deed == deed).order_by(AuditEntry.at.desc()).limit(1))


def newest_moment() -> datetime | None:
    """When the last deed of all was done."""
    return db.session.scalar(select(func.max(AuditEntry.at)))


def look_back_to() -> UUID | None:
    """From which id on there may be entries without a seal, apart from very late ones; None: anywhere."""
    newest = db.session.scalar(select(AuditSeal.entry_id).order_by(AuditSeal.entry_id.desc()).limit(1))
    return None if newest is None else UUID(int=max(0, newest.int - _LATE))


def unsealed(after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """The next entries without a seal, by id."""
    wanted = without_seal(*_COLUMNS).order_by(AuditEntry.id).limit(limit)
    return db.session.execute(wanted if after is None else wanted.where(AuditEntry.id > after)).all()


def without_seal(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Those of all entries."""
    sealed = select(AuditSeal.entry_id).where(AuditSeal.entry_id == AuditEntry.id).exists()
    return select(*columns).select_from(AuditEntry).where(~sealed)


def heads_and_unsealed() -> tuple[list[Head], Unsealed]:
    """By one statement that does not look at everything: there is no seal without its entry, and what has none is among the newest."""
    entries, seals = (select(func.count()).select_from(each).scalar_subquery() for each in (AuditEntry, AuditSeal))
    newest = select(AuditEntry.id, AuditEntry.at).order_by(AuditEntry.id.desc()).limit(_NEWEST).subquery()
    sealed = select(AuditSeal.entry_id).where(AuditSeal.entry_id == newest.c.id).exists()
    found = all_heads().subquery()
    counted = select((entries - seals).label("number"), select(func.min(newest.c.at)).where(~sealed).scalar_subquery().label("since"))
    one = counted.subquery()
    rows = db.session.execute(select(one, found).select_from(one.outerjoin(found, true()))).all()
    return [Head(*row[2:]) for row in rows if row.chain is not None], Unsealed(rows[0].number, rows[0].since)


def last_seal(chain: str) -> Head | None:
    """The head of one chain."""
    row = db.session.execute(
        select(AuditSeal.chain, AuditSeal.number, AuditSeal.sha256)
        .where(AuditSeal.chain == chain)
        .order_by(AuditSeal.number.desc())
        .limit(1)
    ).first()
    return Head(*row) if row else None


def all_heads() -> Select[*tuple[Any, ...]]:
    """Chain, number and hash of the newest seal of every chain."""
    newest = select(AuditSeal.chain, func.max(AuditSeal.number).label("number")).group_by(AuditSeal.chain).subquery()
    return select(AuditSeal.chain, AuditSeal.number, AuditSeal.sha256).join(
        newest, (newest.c.chain == AuditSeal.chain) & (newest.c.number == AuditSeal.number)
    )


def heads() -> list[Head]:
    """The heads of all chains."""
    return [Head(*row) for row in db.session.execute(all_heads())]


def every_seal() -> Select[*tuple[Any, ...]]:
    """All seals by chain and number, each with its entry; `sealed_in` reads the rows."""
    return (
        select(AuditSeal.chain, AuditSeal.number, AuditSeal.sha256, *_COLUMNS)
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .order_by(AuditSeal.chain, AuditSeal.number)
    )


def sealed_in(rows: Rows) -> Iterator[Sealed]:
    """The rows of `every_seal` as values."""
    for row in rows:
        yield Sealed(row.chain, row.number, row.sha256, None if row.id is None else row)


def seal_at(chain: str, number: int) -> Select[*tuple[Any, ...]]:
    """The hash at this place of a chain."""
    return select(AuditSeal.sha256).where(AuditSeal.chain == chain, AuditSeal.number == number)
