"""Taking a text away. What was written over in the file of the database does not come back from it, nor from backups made afterwards."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.database import db, transaction
from ceapp.database.engine import overwrite_what_goes, settle_log
from ceapp.database.transaction import locked
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.accommodations.models import AccommodationRequest
from ceapp.learning.grievances.models import Grievance
from ceapp.learning.models import Reflection
from ceapp.learning.reflections import count_words
from ceapp.learning.removals import queries
from ceapp.learning.removals.models import TextRemoval
from ceapp.learning.removals.queries import ACCOMMODATION, GRIEVANCE, REFLECTION

LONGEST_REASON = 400
"""Characters of a reason."""

SENT_BEFORE = "This form was sent before, for something else or with another reason, and that stands. Nothing was removed now."
GONE = "This text is gone already. Nothing was changed now."

Sealed = Reflection | AccommodationRequest | Grievance
_TABLES: dict[str, type[Sealed]] = {REFLECTION: Reflection, ACCOMMODATION: AccommodationRequest, GRIEVANCE: Grievance}


def remove_own_reflection(person_id: UUID, attempt_id: UUID, question_id: str, *, form_key: str, now: datetime) -> None:
    """Take away what one handed in; the answer keeps how long it was. A second time changes nothing. Raises Missing."""
    with transaction():
        overwrite_what_goes()
        found = queries.own_reflection(person_id, attempt_id, question_id)
        if found is None or found[0].handed_in_at is None:
            raise Missing
        row, words = locked(Reflection, found[0].id), found[1]
        if queries.removal_of(REFLECTION, row.id) is None:
            _remove(row, REFLECTION, words, ("", b""), by=person_id, form_key=form_key, now=now)
    settle_log()


def redact(kind: str, text_id: UUID, reason: str, *, by: UUID, form_key: str, now: datetime) -> TextRemoval:
    """Take away somebody's text, with a reason that they read. The same form again removes nothing more. Raises Missing or Refused."""
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Malformed(f"Give a reason of up to {LONGEST_REASON} characters; the person reads it. Nothing was removed.")
    sealed = current_keys().seal(reason)
    try:
        with transaction():
            overwrite_what_goes()
            refuse_unless_administers(by)
            if kind not in _TABLES or queries.kept(kind, text_id) is None:
                raise Missing
            row, earlier = locked(_TABLES[kind], text_id), queries.removal_made_with(form_key)
            if earlier is not None:
                return _same(earlier, kind, text_id, reason)
            if queries.removal_of(kind, text_id) is not None or not row.ciphertext:
                raise Refused(GONE)
            words = count_words(current_keys().unseal(row.key_id, row.ciphertext))
            removal = _remove(row, kind, words, sealed, by=by, form_key=form_key, now=now)
    except IntegrityError as problem:
        raise Refused(GONE) from problem
    settle_log()
    return removal


def _remove(row: Sealed, kind: str, words: int, sealed: tuple[str, bytes], *, by: UUID, form_key: str, now: datetime) -> TextRemoval:
    key_id, ciphertext = sealed
    row.ciphertext = b""
    removal = TextRemoval(
        kind=kind, text_id=row.id, words=words, form_key=form_key, removed_at=now, removed_by=by, key_id=key_id, ciphertext=ciphertext
    )
    db.session.add(removal)
    db.session.flush()
    record("text.removed", actor=by, now=now, removal=removal.id)
    return removal


def _same(earlier: TextRemoval, kind: str, text_id: UUID, reason: str) -> TextRemoval:
    if (earlier.kind, earlier.text_id, queries.reason_of(earlier)) != (kind, text_id, reason):
        raise Refused(SENT_BEFORE)
    return earlier
