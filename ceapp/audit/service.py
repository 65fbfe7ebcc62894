"""Writing down a deed, in the transaction of the deed itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ceapp.audit.models import AuditEntry
from ceapp.database import transaction


def record(deed: str, *, actor: UUID | None, now: datetime, **subjects: object) -> None:
    """Append `deed` ("certificate.issued") with the ids of what it touched."""
    organisation = subjects.get("organisation")
    with transaction() as session:
        session.add(
            AuditEntry(
                at=now,
                actor_id=actor,
                deed=deed,
                subjects={kind: str(each) for kind, each in subjects.items()},
                organisation_id=organisation if isinstance(organisation, UUID) else None,
            )
        )
