"""Asking for an accommodation, withdrawing it, reading what was asked, and answering."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.models import Person
from ceapp.accounts.people.queries import active_administrators
from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.catalogue.queries import course_by_slug
from ceapp.database import db, transaction
from ceapp.database.transaction import locked
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.accommodations import queries
from ceapp.learning.accommodations.models import AccommodationAnswer, AccommodationGrant, AccommodationReading, AccommodationRequest
from ceapp.learning.accommodations.queries import DECLINED, GRANTED, IN_PRINT, WITHDRAWN
from ceapp.mail.service import queue

LONGEST_WORDS, LONGEST_ANSWER = 4000, 2000
"""Characters of what would help, and of an answer."""

MOST_WAITING = 10
"""Requests of one person that wait at the same time."""

SENT_BEFORE = "This form was sent before with something else in it, and that stands. Nothing was saved now."
TOO_MANY = f"{MOST_WAITING} requests of yours wait for an answer. Nothing was saved: withdraw one that you no longer need."
CHANGED_MEANWHILE = "This was answered a moment ago; what was said stands below. Nothing of yours was saved: look, then send again."
IS_WITHDRAWN = "The person has withdrawn this request. Nothing was saved."


def ask(person_id: UUID, course_slug: str | None, words: str, *, form_key: str, now: datetime) -> AccommodationRequest:
    """Say what would help. The same form again is the same request. Raises Missing, Malformed or Refused."""
    words = _fit(words, LONGEST_WORDS)
    key_id, ciphertext = current_keys().seal(words)
    with transaction() as session:
        locked(Person, person_id)
        earlier = queries.request_made_with(form_key)
        if earlier is not None:
            return _same_request(earlier, person_id, course_slug, words)
        if course_slug is not None and course_by_slug(course_slug) is None:
            raise Missing
        if queries.number_waiting(person_id) >= MOST_WAITING:
            raise Refused(TOO_MANY)
        asked = AccommodationRequest(
            person_id=person_id, course_slug=course_slug, form_key=form_key, asked_at=now, key_id=key_id, ciphertext=ciphertext
        )
        session.add(asked)
        session.flush()
        record("accommodation.asked", actor=person_id, now=now, accommodation=asked.id)
        values = {"accommodation": str(asked.id)}
        for administrator_id in active_administrators():
            occurrence = f"accommodation-asked:{asked.id}:{administrator_id}"
            queue("accommodation-asked", occurrence, person_id=administrator_id, values=values, now=now)
        return asked


def withdraw(person_id: UUID, request_id: UUID, *, form_key: str, now: datetime) -> None:
    """Take a request back: what was granted ends, and what the person wrote goes. A second time changes nothing. Raises Missing."""
    with transaction() as session:
        found = queries.request_with_id(request_id)
        if found is None or found[0].person_id != person_id:
            raise Missing
        request = locked(AccommodationRequest, request_id)
        answers = queries.answers_to(request_id)
        if answers and answers[-1].status == WITHDRAWN:
            return
        _add_answer(request, len(answers) + 1, WITHDRAWN, ("", b""), form_key, person_id, now)
        request.ciphertext = b""
        session.flush()
        record("accommodation.withdrawn", actor=person_id, now=now, accommodation=request_id)


def read(request_id: UUID, *, by: UUID, sign_in_id: UUID, now: datetime) -> AccommodationReading:
    """Open what somebody wrote to an administrator for half an hour; the person sees that. While one counts, a second is the same one."""
    with transaction() as session:
        refuse_unless_administers(by)
        if queries.request_with_id(request_id) is None:
            raise Missing
        locked(AccommodationRequest, request_id)
        already = queries.reading_that_counts(request_id, by, sign_in_id, now)
        if already is not None:
            return already
        reading = AccommodationReading(request_id=request_id, read_by=by, read_at=now, sign_in_id=sign_in_id)
        session.add(reading)
        session.flush()
        record("accommodation.read", actor=by, now=now, accommodation=request_id, reading=reading.id)
        return reading


def answer(
    request_id: UUID,
    status: str,
    words: str,
    *,
    in_print: bool = False,
    after_number: int,
    by: UUID,
    form_key: str,
    now: datetime,
) -> AccommodationAnswer:
    """Grant or decline, and say why; `in_print` opens the whole course in print.

    `after_number` is the newest answer that the administrator saw (0 for none); the newest counts.
    """
    if status not in (GRANTED, DECLINED) or (in_print and status != GRANTED):
        raise Malformed("Choose whether it is granted. Nothing was saved.")
    words = _fit(words, LONGEST_ANSWER)
    sealed = current_keys().seal(words)
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            if queries.request_with_id(request_id) is None:
                raise Missing
            request = locked(AccommodationRequest, request_id)
            earlier, answers = queries.answer_made_with(form_key), queries.answers_to(request_id)
            if earlier is not None:
                return _same_answer(earlier, request_id, status, words, in_print=in_print)
            if answers and answers[-1].status == WITHDRAWN:
                raise Refused(IS_WITHDRAWN)
            if len(answers) != after_number:
                raise Refused(CHANGED_MEANWHILE)
            made = _add_answer(request, after_number + 1, status, sealed, form_key, by, now)
            if in_print:
                session.add(AccommodationGrant(answer_id=made.id, kind=IN_PRINT))
                session.flush()
            record(f"accommodation.{status}", actor=by, now=now, accommodation=request_id, answer=made.id)
            values = {"accommodation": str(request_id)}
            queue("accommodation-answered", f"accommodation-answered:{made.id}", person_id=request.person_id, values=values, now=now)
            return made
    except IntegrityError as problem:
        raise Refused(CHANGED_MEANWHILE) from problem


def _add_answer(
    request: AccommodationRequest, number: int, status: str, sealed: tuple[str, bytes], form_key: str, by: UUID, now: datetime
) -> AccommodationAnswer:
    key_id, ciphertext = sealed
    made = AccommodationAnswer(
        request_id=request.id, number=number, status=status, form_key=form_key, set_at=now, set_by=by, key_id=key_id, ciphertext=ciphertext
    )
    db.session.add(made)
    db.session.flush()
    return made


def _same_request(earlier: AccommodationRequest, person_id: UUID, course_slug: str | None, words: str) -> AccommodationRequest:
    said = (earlier.person_id, earlier.course_slug, queries.opened(earlier.key_id, earlier.ciphertext))
    if said != (person_id, course_slug, words):
        raise Refused(SENT_BEFORE)
    return earlier


def _same_answer(earlier: AccommodationAnswer, request_id: UUID, status: str, words: str, *, in_print: bool) -> AccommodationAnswer:
    said = (earlier.request_id, earlier.status, queries.opened(earlier.key_id, earlier.ciphertext), queries.grants_print(earlier.id))
    if said != (request_id, status, words, in_print):
        raise Refused(SENT_BEFORE)
    return earlier


def _fit(words: str, longest: int) -> str:
    text = words.strip()
    if not 1 <= len(text) <= longest:
        raise Malformed(f"Write something, up to {longest} characters. Nothing was saved.")
    return text
