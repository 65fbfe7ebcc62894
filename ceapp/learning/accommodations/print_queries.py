"""What the whole course in print reads: whether it was granted, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from ceapp.database import db
from ceapp.learning.accommodations.models import AccommodationAnswer, AccommodationGrant, AccommodationRequest
from ceapp.learning.accommodations.queries import GRANTED, IN_PRINT, opened
from ceapp.learning.models import Answer, Attempt, Reflection, Series

TAKEN_AWAY = "(What you wrote was taken away.)"


@dataclass(frozen=True, slots=True)
class Worked:
    """The newest attempt for credit at a scenario, with what was answered and written in it."""

    slug: str
    attempt: Attempt
    given: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, str]


def has_in_print(person_id: UUID, course_slug: str) -> bool:
    """Whether the newest answer to a request of this person, for this course or for all, grants it in print."""
    newer = aliased(AccommodationAnswer)
    newest = select(func.max(newer.number)).where(newer.request_id == AccommodationRequest.id).correlate(AccommodationRequest)
    wanted = (
        select(AccommodationGrant.answer_id)
        .join(AccommodationAnswer, AccommodationAnswer.id == AccommodationGrant.answer_id)
        .join(AccommodationRequest, AccommodationRequest.id == AccommodationAnswer.request_id)
        .where(
            AccommodationRequest.person_id == person_id,
            or_(AccommodationRequest.course_slug == course_slug, AccommodationRequest.course_slug.is_(None)),
            AccommodationAnswer.number == newest.scalar_subquery(),
            AccommodationAnswer.status == GRANTED,
            AccommodationGrant.kind == IN_PRINT,
        )
    )
    return db.session.scalars(wanted).first() is not None


def worked_in(enrolment_id: UUID) -> list[Worked]:
    """Of each scenario of an enrolment, what was done in its newest attempt."""
    later = aliased(Attempt)
    newest = select(func.max(later.number)).where(later.series_id == Series.id, later.abandoned_at.is_(None)).correlate(Series)
    rows = db.session.execute(
        select(Series.scenario_slug, Attempt, Answer, Reflection)
        .select_from(Series)
        .join(Attempt, (Attempt.series_id == Series.id) & (Attempt.number == newest.scalar_subquery()))
        .outerjoin(Answer, Answer.attempt_id == Attempt.id)
        .outerjoin(Reflection, Reflection.id == Answer.text_id)
        .where(Series.enrolment_id == enrolment_id, Series.is_closing.is_(False))
        .order_by(Series.id, Answer.position)
    ).all()
    found: dict[str, tuple[Attempt, dict[str, tuple[str, ...]], dict[str, str]]] = {}
    for slug, attempt, answer, written in rows:
        _, given, texts = found.setdefault(slug, (attempt, {}, {}))
        if answer is not None:
            given[answer.question_id] = tuple(answer.given)
            texts[answer.question_id] = (opened(written.key_id, written.ciphertext) or TAKEN_AWAY) if written else ""
    return [Worked(slug, *each) for slug, each in found.items()]
