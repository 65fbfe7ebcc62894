"""Filing a grievance, and answering it until it is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.models import Person
from ceapp.accounts.people.queries import active_administrators
from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.catalogue.queries import course_by_slug
from ceapp.database import transaction
from ceapp.database.transaction import locked
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.grievances import queries
from ceapp.learning.grievances.models import Grievance, GrievanceAnswer
from ceapp.learning.grievances.queries import CLOSED, IN_PART, LOOKED_INTO, NOT_UPHELD, UPHELD
from ceapp.mail.service import queue

LONGEST_WORDS, LONGEST_ANSWER = 8000, 4000
"""Characters of a grievance, and of an answer."""

MOST_OPEN = 10
"""Grievances of one person that are open at the same time."""

ABOUT = ("course", "certificate", "person", "other")
OUTCOMES = (UPHELD, IN_PART, NOT_UPHELD)

SENT_BEFORE = "This form was sent before with something else in it, and that stands. Nothing was saved now."
TOO_MANY = f"{MOST_OPEN} grievances of yours are open. This one was not saved: keep your text, and write to the contact of this server."
CHANGED_MEANWHILE = "Somebody else answered a moment ago; what they said stands below. Nothing of yours was saved: look, then send again."


@dataclass(frozen=True, slots=True)
class GrievanceInput:
    """What a person complains about. `course_slug` None is no course."""

    about: str
    course_slug: str | None
    words: str


@dataclass(frozen=True, slots=True)
class AnswerInput:
    """What an administrator says. A grievance that is closed has an outcome, and no other has one."""

    status: str
    outcome: str
    words: str


def file(person_id: UUID, given: GrievanceInput, *, form_key: str, now: datetime) -> Grievance:
    """Complain. The same form again is the same grievance. Raises Missing, Malformed or Refused."""
    words = _fit(given.words, LONGEST_WORDS)
    if given.about not in ABOUT:
        raise Malformed("Choose what it is about. Nothing was saved.")
    key_id, ciphertext = current_keys().seal(words)
    with transaction() as session:
        locked(Person, person_id)
        earlier = queries.grievance_filed_with(form_key)
        if earlier is not None:
            return _same_grievance(earlier, person_id, given, words)
        if given.course_slug is not None and course_by_slug(given.course_slug) is None:
            raise Missing
        if queries.number_open(person_id) >= MOST_OPEN:
            raise Refused(TOO_MANY)
        filed = Grievance(
            person_id=person_id,
            about=given.about,
            course_slug=given.course_slug,
            form_key=form_key,
            filed_at=now,
            key_id=key_id,
            ciphertext=ciphertext,
        )
        session.add(filed)
        session.flush()
        record("grievance.filed", actor=person_id, now=now, grievance=filed.id)
        for administrator_id in active_administrators():
            occurrence = f"grievance-filed:{filed.id}:{administrator_id}"
            queue("grievance-filed", occurrence, person_id=administrator_id, values={"grievance": str(filed.id)}, now=now)
        return filed


def answer(grievance_id: UUID, given: AnswerInput, *, after_number: int, by: UUID, form_key: str, now: datetime) -> GrievanceAnswer:
    """Say that it is looked into, or close it with an outcome; one that is closed can be opened again so.

    `after_number` is the newest answer that the administrator saw (0 for none); the newest counts.
    """
    words = _fit(given.words, LONGEST_ANSWER)
    if (given.status, given.outcome) not in ((LOOKED_INTO, ""), *((CLOSED, each) for each in OUTCOMES)):
        raise Malformed("Choose what comes of it. Nothing was saved.")
    key_id, ciphertext = current_keys().seal(words)
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            if queries.grievance_with_id(grievance_id) is None:
                raise Missing
            grievance = locked(Grievance, grievance_id)
            earlier, answers = queries.answer_made_with(form_key), queries.answers_to(grievance_id)
            if earlier is not None:
                return _same_answer(earlier, grievance_id, given, words)
            if len(answers) != after_number:
                raise Refused(CHANGED_MEANWHILE)
            made = GrievanceAnswer(
                grievance_id=grievance_id,
                number=after_number + 1,
                status=given.status,
                outcome=given.outcome,
                form_key=form_key,
                set_at=now,
                set_by=by,
                key_id=key_id,
                ciphertext=ciphertext,
            )
            session.add(made)
            session.flush()
            deed = "grievance.closed" if given.status == CLOSED else "grievance.answered"
            record(deed, actor=by, now=now, grievance=grievance_id, answer=made.id)
            values = {"grievance": str(grievance_id)}
            queue("grievance-answered", f"grievance-answered:{made.id}", person_id=grievance.person_id, values=values, now=now)
            return made
    except IntegrityError as problem:
        raise Refused(CHANGED_MEANWHILE) from problem


def _same_grievance(earlier: Grievance, person_id: UUID, given: GrievanceInput, words: str) -> Grievance:
    said = (earlier.person_id, earlier.about, earlier.course_slug, queries.opened(earlier.key_id, earlier.ciphertext))
    if said != (person_id, given.about, given.course_slug, words):
        raise Refused(SENT_BEFORE)
    return earlier


def _same_answer(earlier: GrievanceAnswer, grievance_id: UUID, given: AnswerInput, words: str) -> GrievanceAnswer:
    said = (earlier.grievance_id, earlier.status, earlier.outcome, queries.opened(earlier.key_id, earlier.ciphertext))
    if said != (grievance_id, given.status, given.outcome, words):
        raise Refused(SENT_BEFORE)
    return earlier


def _fit(words: str, longest: int) -> str:
    text = words.strip()
    if not 1 <= len(text) <= longest:
        raise Malformed(f"Write something, up to {longest} characters. Nothing was saved.")
    return text
