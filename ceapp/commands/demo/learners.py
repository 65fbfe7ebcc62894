"""How an invented person works through a scenario: through the same services as everybody, at a moment of the story."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from ceapp.commands.demo.cast import REFLECTIONS
from ceapp.learning import service
from ceapp.learning.access import place_of
from ceapp.learning.service import Submission
from ceapp.scenarios.values import Grade, Kind, Question

A_QUESTION_TAKES = timedelta(minutes=3)
_BETTER_FIRST = (Grade.BEST, Grade.ACCEPTABLE, Grade.RISKY, Grade.HARMFUL, Grade.CRITICAL)


def work_through(person_id: UUID, attempt_id: UUID, care: float, chance: Random, *, now: datetime, most: int = 99) -> datetime:
    """Answer until the scenario ends, or only the first `most` questions; returns when that was."""
    for _ in range(most):
        place = place_of(person_id, attempt_id)
        current = place.walk.current
        if current is None or current.question is None:
            break
        question = current.question
        now += A_QUESTION_TAKES
        text = chance.choice(REFLECTIONS) if question.kind is Kind.REFLECTION else ""
        submission = Submission(question.id, _choice(question, care, chance), text, secrets.token_urlsafe(18), now - A_QUESTION_TAKES)
        service.hand_in(person_id, attempt_id, submission, now=now)
    return now


def _choice(question: Question, care: float, chance: Random) -> tuple[str, ...]:
    options = question.options
    if question.kind is Kind.REFLECTION:
        return ()
    if question.kind is Kind.ORDER:
        ids = [option.id for option in options]
        if chance.random() > care:
            ids[0], ids[1] = ids[1], ids[0]
        return tuple(ids)
    if question.kind is Kind.GRADED:
        ranked = sorted(options, key=lambda option: _BETTER_FIRST.index(option.grade or Grade.RISKY))
        place = 0 if chance.random() < care else chance.randint(1, max(1, len(ranked) - 2))
        return (ranked[place].id,)
    right = tuple(option.id for option in options if option.right)
    if chance.random() < care:
        return right
    return right[:1] if question.kind is not Kind.PLAIN else tuple(option.id for option in options if not option.right)[:1]
