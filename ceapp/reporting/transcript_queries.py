"""What is asked for transcripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from ceapp.accounts.models import Person
from ceapp.certificates.facts import from_json
from ceapp.certificates.models import Certificate, CertificateRevocation
from ceapp.certificates.standing import standing_of
from ceapp.database import db
from ceapp.keys import current_keys
from ceapp.reporting.models import TranscriptCopy
from ceapp.reporting.transcripts import Entry


@dataclass(frozen=True, slots=True)
class Made:
    """That an administrator made somebody's transcript."""

    made_at: datetime
    made_by: str
    reason: str


def copies_of(person_id: UUID) -> list[Made]:
    """The latest transcripts of a person that others made."""
    rows = db.session.execute(
        select(TranscriptCopy, Person.name, Person.email)
        .outerjoin(Person, Person.id == TranscriptCopy.made_by)
        .where(TranscriptCopy.person_id == person_id)
        .order_by(TranscriptCopy.made_at.desc(), TranscriptCopy.id.desc())
        .limit(20)
    )
    return [Made(row.made_at, name or email or "the operator of this server", _reason(row)) for row, name, email in rows]


def _reason(copy: TranscriptCopy) -> str:
    return current_keys().unseal(copy.key_id, copy.ciphertext) if copy.ciphertext else ""


def entries_of(person_id: UUID) -> Sequence[Entry]:
    """A person's certificates, replaced and revoked ones too, and the specimens that wait."""
    newer = aliased(Certificate)
    rows = db.session.execute(
        select(Certificate.facts, Certificate.serial, newer.issued_at, CertificateRevocation.revoked_at)
        .outerjoin(newer, newer.supersedes_id == Certificate.id)
        .outerjoin(CertificateRevocation, CertificateRevocation.certificate_id == Certificate.id)
        .where(Certificate.person_id == person_id, Certificate.serial.is_not(None) | newer.id.is_(None))
    )
    return [
        Entry(from_json(facts), *standing_of(is_specimen=serial is None, superseded_at=replaced, revoked_at=revoked))
        for facts, serial, replaced, revoked in rows
    ]


def copy_made_with(form_key: str) -> bool:
    """Whether this form made one before."""
    return db.session.scalars(select(TranscriptCopy.id).where(TranscriptCopy.form_key == form_key)).first() is not None
