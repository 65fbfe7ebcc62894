"""Making transcripts: one's own, and somebody else's with a reason that they read."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.models import Person
from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.certificates.pdf import press
from ceapp.certificates.queries import newest_provider_facts
from ceapp.certificates.rendering import PAPERS, Paper
from ceapp.certificates.site import verify_address
from ceapp.database import transaction
from ceapp.errors import Malformed, Missing
from ceapp.keys import current_keys
from ceapp.reporting.models import TranscriptCopy
from ceapp.reporting.transcript_queries import copy_made_with, entries_of
from ceapp.reporting.transcripts import Transcript, Wanted, drawn, transcript

LONGEST_REASON = 400


def transcript_of(person: Person, wanted: Wanted, *, now: datetime) -> Transcript:
    """What a person completed, by one statement; specimens that were replaced by a certificate are left out."""
    return transcript(person.name or person.email, entries_of(person.id), wanted, made_on=_today(person, now))


def pdf_of(found: Transcript, paper: Paper) -> bytes:
    """The transcript on paper. Raises MissingGlyphs, CannotPrint or Unavailable."""
    facts, address = newest_provider_facts(), verify_address().removeprefix("https://")
    return press().print_transcript(drawn(found, paper=PAPERS[paper], provider=facts.name if facts else "", verify_address=address))


def note_copy(person_id: UUID, *, reason: str, by: UUID | None, form_key: str, now: datetime) -> None:
    """Write down that somebody else's transcript is made, and why; the same form once. Raises Missing or Malformed.

    The operator in the terminal, where `by` is None, gives no reason.
    """
    reason = reason.strip()
    if by is not None and not 1 <= len(reason) <= LONGEST_REASON:
        raise Malformed(f"Give a reason of up to {LONGEST_REASON} characters. Nothing was made.")
    key_id, ciphertext = current_keys().seal(reason)
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            if session.get(Person, person_id) is None:
                raise Missing
            if copy_made_with(form_key):
                return
            copy = TranscriptCopy(person_id=person_id, made_by=by, made_at=now, form_key=form_key, key_id=key_id, ciphertext=ciphertext)
            session.add(copy)
            session.flush()
            record("transcript.made", actor=by, now=now, transcript=copy.id, person=person_id)
    except IntegrityError:  # The other click of a double click was first.
        return


def _today(person: Person, now: datetime) -> date:
    return now.astimezone(ZoneInfo(person.zone)).date()
