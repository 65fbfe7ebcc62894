"""An attempt of an assignment as somebody else may look at it. Who may, and how much of it, is decided where it is asked for.

Attempts for credit and for practice are never found here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from ceapp.catalogue.queries import PublishedScenario, published_scenario
from ceapp.database import db
from ceapp.errors import Missing
from ceapp.learning.models import Attempt, Reflection, Series
from ceapp.learning.pathmap import PathMap, layout
from ceapp.learning.queries import answers_of, given
from ceapp.learning.steps import AnsweredQuestion, answered_question
from ceapp.scenarios.position import walk
from ceapp.scenarios.values import Callout, Kind


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A question of the path with its key and what was chosen. Of a reflection only how long it is and when it was handed in.

    `handed_in_at` is None where nothing was written, and where the text was deleted since.
    """

    number: int
    scene_title: str
    answered: AnsweredQuestion
    discussions: tuple[Callout, ...]
    words: int
    handed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Review:
    """A closed attempt: every question of its path in order, and the path drawn."""

    attempt_id: UUID
    published: PublishedScenario
    questions: tuple[Reviewed, ...]
    path: PathMap


def review_of(attempt_id: UUID) -> Review:
    """A closed attempt of an assigned series. Raises Missing for any other."""
    attempt = db.session.scalar(_assigned_and_closed(attempt_id))
    if attempt is None:
        raise Missing
    published, rows = published_scenario(attempt.scenario_revision_id), answers_of(attempt_id)
    scenario, answers = published.scenario, given(rows)
    way, words = walk(scenario, answers), {row.question_id: row.words or 0 for row in rows}
    handed_in = _handed_in(attempt_id) if any(words.values()) else {}
    questions = tuple(
        Reviewed(
            step.number,
            step.scenes[-1].title if step.scenes else "",
            answered_question(step.question, answers[step.question.id], attempt.option_order),
            (*(step.scene.discussions if step.scene and step.scenes else ()), *step.question.discussions),
            words[step.question.id] if step.question.kind is Kind.REFLECTION else 0,
            handed_in.get(step.question.id),
        )
        for step in way.steps
        if step.question
    )
    return Review(attempt_id, published, questions, layout(scenario, answers, way.visited))


def handed_in_reflection(attempt_id: UUID, question_id: str) -> Reflection:
    """A text that was handed in with a closed attempt of an assigned series. Raises Missing for a draft and for any other."""
    found = db.session.scalar(
        select(Reflection)
        .join(Attempt, Attempt.id == Reflection.attempt_id)
        .where(
            Reflection.question_id == question_id,
            Reflection.handed_in_at.is_not(None),
            func.length(Reflection.ciphertext) > 0,
            Attempt.id.in_(_assigned_and_closed(attempt_id).with_only_columns(Attempt.id)),
        )
    )
    if found is None:
        raise Missing
    return found


def _assigned_and_closed(attempt_id: UUID) -> Select[Attempt]:
    return (
        select(Attempt)
        .join(Series, Series.id == Attempt.series_id)
        .where(Attempt.id == attempt_id, Attempt.closed_at.is_not(None), Series.purpose == "assigned")
    )


def _handed_in(attempt_id: UUID) -> Mapping[str, datetime]:
    rows = db.session.execute(
        select(Reflection.question_id, Reflection.handed_in_at).where(
            Reflection.attempt_id == attempt_id, Reflection.handed_in_at.is_not(None), func.length(Reflection.ciphertext) > 0
        )
    )
    return {question_id: at for question_id, at in rows if at is not None}
