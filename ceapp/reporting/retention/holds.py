"""Placing and lifting legal holds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.models import Person
from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.catalogue.models import Course
from ceapp.database import transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.reporting.retention.hold_queries import hold_made_with, lifting_of, reason_in
from ceapp.reporting.retention.models import HoldLifting, LegalHold

LONGEST_REASON = 400
SENT_BEFORE = "This form was sent before with something else in it, and that stands. Nothing was saved now."
LIFTED_OTHERWISE = "This hold was lifted before with another reason, and that stands. Nothing was changed now."


def place(
    reason: str, *, by: UUID, form_key: str, now: datetime, person_id: UUID | None = None, course_slug: str | None = None
) -> LegalHold:
    """Hold what is about a person, or about a course, or without either everything; the same form once.

    Raises Missing for a person or course that is not here, Malformed without a reason, Refused when the form was sent with something else.
    """
    reason = _fit(reason)
    key_id, ciphertext = current_keys().seal(reason)
    kind = "person" if person_id else "course" if course_slug else "everything"
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            earlier = hold_made_with(form_key)
            if earlier is not None:
                return _same(earlier, (person_id, course_slug, reason))
            if (person_id and session.get(Person, person_id) is None) or (course_slug and session.get(Course, course_slug) is None):
                raise Missing
            about = {"person_id": person_id, "course_slug": course_slug}
            sealed = {"key_id": key_id, "ciphertext": ciphertext}
            hold = LegalHold(kind=kind, placed_at=now, placed_by=by, form_key=form_key, **about, **sealed)
            session.add(hold)
            session.flush()
            record("hold.placed", actor=by, now=now, hold=hold.id, **_subjects(hold))
            return hold
    except IntegrityError:  # The other click of a double click was first.
        earlier = hold_made_with(form_key)
        if earlier is None:
            raise
        return _same(earlier, (person_id, course_slug, reason))


def lift(hold_id: UUID, reason: str, *, by: UUID, now: datetime) -> None:
    """Let the rules hold again for what was held; the same said twice is said once. Raises Missing, Malformed or Refused."""
    reason = _fit(reason)
    key_id, ciphertext = current_keys().seal(reason)
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            hold = session.get(LegalHold, hold_id)
            if hold is None:
                raise Missing
            if lifting_of(hold_id) is not None:
                _refuse_otherwise(hold_id, reason)
                return
            session.add(HoldLifting(hold_id=hold_id, lifted_at=now, lifted_by=by, key_id=key_id, ciphertext=ciphertext))
            session.flush()
            record("hold.lifted", actor=by, now=now, hold=hold_id, **_subjects(hold))
    except IntegrityError:  # The other click of a double click was first.
        _refuse_otherwise(hold_id, reason)


def _refuse_otherwise(hold_id: UUID, reason: str) -> None:
    lifting = lifting_of(hold_id)
    if lifting is None or reason_in(lifting) != reason:
        raise Refused(LIFTED_OTHERWISE)


def _same(earlier: LegalHold, said: tuple[UUID | None, str | None, str]) -> LegalHold:
    if (earlier.person_id, earlier.course_slug, reason_in(earlier)) != said:
        raise Refused(SENT_BEFORE)
    return earlier


def _subjects(hold: LegalHold) -> dict[str, object]:
    about = {"person": hold.person_id, "course": hold.course_slug}
    return {kind: each for kind, each in about.items() if each}


def _fit(reason: str) -> str:
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Malformed(f"Give a reason of up to {LONGEST_REASON} characters. Nothing was changed.")
    return reason
