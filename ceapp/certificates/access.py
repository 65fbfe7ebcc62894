"""Fetch a certificate if it may be opened."""

from __future__ import annotations

from uuid import UUID

from ceapp.certificates import queries
from ceapp.certificates.queries import Held
from ceapp.errors import Missing


def certificate_of(person_id: UUID, certificate_id: UUID) -> Held:
    """The certificate when this person holds it; only the holder opens it here. Raises Missing."""
    held = queries.certificate_held_by(person_id, certificate_id)
    if held is None:
        raise Missing
    return held
