"""The audit record looked at by itself: all its chains, and the heads that somebody kept outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from ceapp.audit.models import AuditEntry, AuditSeal
from ceapp.audit.seals import Head
from ceapp.operating.doctor import connected, seals
from ceapp.operating.doctor.examination import Examination


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found, as lines, and how much was looked at."""

    findings: tuple[str, ...]
    seals: int
    chains: int
    unsealed: int
    restored_at: datetime | None


def verify(engine: Engine, kept: Sequence[Head], *, now: datetime) -> Verified:
    """Compute every hash again, and compare with heads that were kept elsewhere."""
    with connected(engine) as session:
        examination = Examination(session, now)
        found = [*seals.chains(examination), *seals.cut_off(examination, kept), *seals.waiting(examination)]
        counts = examination.counts
        return Verified(
            tuple(f"{each.code}: {each.what}" for each in found),
            counts["seals of the audit record"],
            session.scalar(select(func.count(AuditSeal.chain.distinct()))) or 0,
            counts["audit entries not yet sealed"],
            session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.deed == "database.restored")),
        )
