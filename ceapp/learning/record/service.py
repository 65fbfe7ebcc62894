"""Opening somebody's record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.errors import Malformed, Refused
from ceapp.keys import current_keys
from ceapp.learning.record import queries
from ceapp.learning.record.access import subject_of
from ceapp.learning.record.models import OpeningReason, RecordOpening

LONGEST_REASON = 400
"""Characters of a reason."""

SENT_BEFORE = "This form was sent before, for something else or with another reason, and that stands. Nothing was opened now."


def open_record(
    person_id: UUID, subject_id: UUID, reason: str, *, actor: UUID, sign_in_id: UUID, form_key: str, now: datetime
) -> RecordOpening:
    """Open a part of a person's record to an administrator, with a reason that the person reads. The same form again opens nothing more."""
    key_id, ciphertext = current_keys().seal(_fit(reason))
    with transaction() as session:
        refuse_unless_administers(actor)
        subject = subject_of(person_id, subject_id)
        already = queries.opening_made_with(form_key)
        if already is not None:
            if (already.opened_by, already.subject_id) != (actor, subject_id) or queries.reason_of(already.id) != reason.strip():
                raise Refused(SENT_BEFORE)
            return already
        opened = RecordOpening(
            opened_by=actor,
            person_id=person_id,
            kind=subject.kind,
            subject_id=subject_id,
            sign_in_id=sign_in_id,
            form_key=form_key,
            opened_at=now,
        )
        session.add(opened)
        session.flush()
        session.add(OpeningReason(opening_id=opened.id, key_id=key_id, ciphertext=ciphertext))
        about = {"enrolment": subject_id} if subject.enrolment else {}
        record("record.opened", actor=actor, now=now, opening=opened.id, person=person_id, **about)
        return opened


def _fit(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise Malformed("Give a reason; the person reads it. Nothing was opened.")
    if len(text) > LONGEST_REASON:
        raise Malformed(f"The reason is longer than {LONGEST_REASON} characters. Nothing was opened; shorten it.")
    return text
