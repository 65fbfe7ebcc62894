"""Fetch an export if it is this person's."""

from __future__ import annotations

from uuid import UUID

from ceapp.errors import Missing
from ceapp.reporting import queries
from ceapp.reporting.models import Export


def export_of(person_id: UUID, export_id: UUID, *, own: bool = False) -> Export:
    """The export that this person asked for: of certificates, or with `own` of everything about them. Raises Missing."""
    found = queries.export_asked_by(person_id, export_id, own=own)
    if found is None:
        raise Missing
    return found
