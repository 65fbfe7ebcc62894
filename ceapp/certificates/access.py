"""Fetch a certificate if it may be opened."""

from __future__ import annotations

from uuid import UUID

from ceapp.accounts import along
from ceapp.certificates import queries
from ceapp.certificates.queries import Held
from ceapp.errors import Missing


def certificate_of(person_id: UUID, certificate_id: UUID) -> Held:
    """The certificate when this person holds it; only the holder opens it here. Raises Missing."""
    rows = along.taken(queries.CERTIFICATE_ALONG, person_id, certificate_id=certificate_id)
    held = queries.certificate_held_by(person_id, certificate_id) if rows is None else queries.held_in(rows)
    if held is None:
        raise Missing
    return held
