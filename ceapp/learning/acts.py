"""What a learner does once everything is passed: says what the course was like, and signs that the work was theirs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from ceapp.accounts.models import Person
from ceapp.accounts.names import cleaned_name
from ceapp.audit.service import record
from ceapp.catalogue.queries import PublishedCourse, published_course
from ceapp.database import transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.completion import Act
from ceapp.learning.models import Attestation, Enrolment, EvaluationAnswer
from ceapp.learning.queries import checklist_of, enrolled_course, enrolment_to_change, outcomes_in
from ceapp.learning.service import complete_if_all_met
from ceapp.learning.times import time_spent
from ceapp.scenarios.values import EvaluationItem, ItemKind

LONGEST_COMMENT = 4_000
RATINGS = range(1, 6)
TOO_EARLY = "This comes when everything before it is done. Nothing was saved; the page of the course shows what is left."


def evaluate(person_id: UUID, course_slug: str, ratings: Mapping[str, int], comments: Mapping[str, str], *, now: datetime) -> bool:
    """Keep what was said about a course, apart from who said it; tells whether the course is completed by it.

    The mark on the enrolment keeps a second sending from counting. Items that were left out are in neither mapping.
    Raises Missing, Refused before its turn, Malformed for what cannot be an evaluation of this course.
    """
    with transaction() as session:
        enrolment, course = _enrolment_in_turn(person_id, course_slug)
        if enrolment.evaluated_at is not None:
            return False
        _refuse_before_its_turn(Act.EVALUATION, enrolment, course)
        _refuse_ill_formed(course.course.evaluation, ratings, comments)
        month = datetime(now.year, now.month, 1, tzinfo=UTC)
        said = {"course_slug": course_slug, "month": month.date()}
        session.add_all(EvaluationAnswer(**said, item_id=item_id, rating=rating) for item_id, rating in ratings.items())
        for item_id, comment in comments.items():
            key_id, ciphertext = current_keys().seal(comment, as_if_at=month)
            session.add(EvaluationAnswer(**said, item_id=item_id, key_id=key_id, ciphertext=ciphertext))
        enrolment.evaluated_at = now
        record("course.evaluated", actor=person_id, now=now, enrolment=enrolment.id)
        return complete_if_all_met(enrolment.id, now=now)


def attest(person_id: UUID, course_slug: str, name: str, *, now: datetime) -> bool:
    """Keep that the learner signed the statement of their course revision; tells whether the course is completed by it.

    Raises Missing, Refused before its turn, Malformed when the typed name is not the one for the certificate.
    """
    with transaction() as session:
        enrolment, course = _enrolment_in_turn(person_id, course_slug)
        if enrolment.attested_at is not None:
            return False
        _refuse_before_its_turn(Act.ATTESTATION, enrolment, course)
        person = session.get_one(Person, person_id)
        if cleaned_name(name).casefold() != cleaned_name(person.name).casefold():
            raise Malformed(f"Type your name as it will stand on the certificate: {person.name}. Nothing was saved yet.")
        key_id, ciphertext = current_keys().seal(name)
        attestation = Attestation(
            enrolment_id=enrolment.id,
            statement=course.course.attestation,
            seconds_worked=time_spent(enrolment.id),
            key_id=key_id,
            ciphertext=ciphertext,
            attested_at=now,
        )
        session.add(attestation)
        enrolment.attested_at = now
        session.flush()
        record("course.attested", actor=person_id, now=now, enrolment=enrolment.id, attestation=attestation.id)
        return complete_if_all_met(enrolment.id, now=now)


def _enrolment_in_turn(person_id: UUID, course_slug: str) -> tuple[Enrolment, PublishedCourse]:
    """The newest enrolment of a person in a course, locked until the end of the transaction, with its course revision."""
    enrolled = enrolled_course(person_id, course_slug)
    if enrolled is None:
        raise Missing
    enrolment = enrolment_to_change(enrolled.enrolment.id)
    return enrolment, published_course(enrolment.course_revision_id)


def _refuse_before_its_turn(act: Act, enrolment: Enrolment, course: PublishedCourse) -> None:
    if checklist_of(course, enrolment, outcomes_in(enrolment.id)).next_act is not act:
        raise Refused(TOO_EARLY)


def _refuse_ill_formed(items: tuple[EvaluationItem, ...], ratings: Mapping[str, int], comments: Mapping[str, str]) -> None:
    kinds = {item.id: item.kind for item in items}
    rated = all(kinds.get(item_id) is ItemKind.RATING and rating in RATINGS for item_id, rating in ratings.items())
    said = all(kinds.get(item_id) is ItemKind.COMMENT and 1 <= len(text) <= LONGEST_COMMENT for item_id, text in comments.items())
    if not (rated and said):
        raise Malformed("This evaluation does not fit the course. Open its page again; nothing was saved.")
