"""What is asked about texts that can be taken away, and about those that were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from ceapp.accounts.models import Person
from ceapp.database import db
from ceapp.keys import current_keys
from ceapp.learning.accommodations.models import AccommodationRequest
from ceapp.learning.grievances.models import Grievance
from ceapp.learning.models import Answer, Attempt, Reflection, Series
from ceapp.learning.removals.models import TextRemoval

REFLECTION, ACCOMMODATION, GRIEVANCE = "reflection", "accommodation", "grievance"
KINDS = {REFLECTION: "Reflection", ACCOMMODATION: "Request for an accommodation", GRIEVANCE: "Grievance"}


@dataclass(frozen=True, slots=True)
class Removed:
    """A removal as the author of the text reads it; the reason is empty where they took it away themselves."""

    removed_at: datetime
    by: str
    is_own: bool
    words: int
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that can be taken away, with who wrote it and when; never the text itself."""

    kind: str
    text_id: UUID
    author: Person
    written_at: datetime
    removed: Removed | None


def removed(kind: str, text_id: UUID | None, author_id: UUID) -> Removed | None:
    """How a text of this author went; None where it did not."""
    row = db.session.execute(
        select(TextRemoval, Person.name, Person.email)
        .join(Person, Person.id == TextRemoval.removed_by)
        .where(TextRemoval.kind == kind, TextRemoval.text_id == text_id)
    ).one_or_none()
    if row is None:
        return None
    removal, name, email = row
    return Removed(removal.removed_at, name or email, removal.removed_by == author_id, removal.words, reason_of(removal))


def kept(kind: str, text_id: UUID) -> Kept | None:
    """A text of a kind by its id."""
    row = _row(kind, text_id)
    return None if row is None else Kept(kind, text_id, row[0], row[1], removed(kind, text_id, row[0].id))


def own_reflection(person_id: UUID, attempt_id: UUID, question_id: str) -> tuple[Reflection, int] | None:
    """A reflection that this person handed in, and how many words it had."""
    row = db.session.execute(
        select(Reflection, Answer.words)
        .join(Attempt, Attempt.id == Reflection.attempt_id)
        .join(Series, Series.id == Attempt.series_id)
        .join(Answer, (Answer.attempt_id == Attempt.id) & (Answer.question_id == Reflection.question_id))
        .where(Series.person_id == person_id, Attempt.id == attempt_id, Reflection.question_id == question_id)
    ).one_or_none()
    return (row[0], row[1] or 0) if row else None


def removal_of(kind: str, text_id: UUID) -> TextRemoval | None:
    return db.session.scalars(select(TextRemoval).where(TextRemoval.kind == kind, TextRemoval.text_id == text_id)).first()


def removal_made_with(form_key: str) -> TextRemoval | None:
    return db.session.scalars(select(TextRemoval).where(TextRemoval.form_key == form_key)).first()


def reason_of(removal: TextRemoval) -> str:
    return current_keys().unseal(removal.key_id, removal.ciphertext) if removal.ciphertext else ""


def _row(kind: str, text_id: UUID) -> tuple[Person, datetime] | None:
    if kind == REFLECTION:
        joined = (
            select(Person, Reflection.saved_at).join(Series, Series.person_id == Person.id).join(Attempt, Attempt.series_id == Series.id)
        )
        wanted = joined.join(Reflection, Reflection.attempt_id == Attempt.id).where(Reflection.id == text_id)
    elif kind == ACCOMMODATION:
        requests = AccommodationRequest
        wanted = select(Person, requests.asked_at).join(requests, requests.person_id == Person.id).where(requests.id == text_id)
    elif kind == GRIEVANCE:
        wanted = select(Person, Grievance.filed_at).join(Grievance, Grievance.person_id == Person.id).where(Grievance.id == text_id)
    else:
        return None
    row = db.session.execute(wanted).one_or_none()
    return (row[0], row[1]) if row else None
