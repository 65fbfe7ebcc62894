"""What people write beside the record: encrypted, in rows of their own, deletable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from ceapp.database import db, new_id, transaction
from ceapp.errors import Malformed
from ceapp.keys import current_keys
from ceapp.supervision.models import Note

LONGEST = 4000
"""Characters of a note."""


def write(organisation_id: UUID, author_id: UUID, text: str, *, now: datetime) -> UUID | None:
    """Keep a note and return its id; None when there is nothing to keep. Raises Malformed when it is too long."""
    text = text.strip()
    if not text:
        return None
    if len(text) > LONGEST:
        raise Malformed(f"The note is longer than {LONGEST} characters. Nothing was saved; shorten it.")
    key_id, ciphertext = current_keys().seal(text)
    with transaction() as session:
        note = Note(id=new_id(), organisation_id=organisation_id, author_id=author_id, key_id=key_id, ciphertext=ciphertext, written_at=now)
        session.add(note)
        session.flush()
        return note.id


def texts(organisation_ids: Iterable[UUID], note_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Note id → its text, of those that are still kept, in one query."""
    wanted = [note_id for note_id in note_ids if note_id is not None]
    if not wanted:
        return {}
    rows = db.session.scalars(select(Note).where(Note.organisation_id.in_(list(organisation_ids)), Note.id.in_(wanted)))
    return {row.id: current_keys().unseal(row.key_id, row.ciphertext) for row in rows}
