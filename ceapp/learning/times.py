"""How long people worked in their enrolments. Practice is not read here and never counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from ceapp.catalogue.queries import published_scenario
from ceapp.database.rows import all_rows, table_of
from ceapp.learning.models import Answer, Attempt, Completion, Enrolment, Series
from ceapp.learning.time_spent import AnsweredStep, WorkedAttempt, seconds_worked
from ceapp.scenarios.words import step_words

_enrolments, _all_series, _attempts = (table_of(each) for each in (Enrolment, Series, Attempt))
_answers, _completions = (table_of(each) for each in (Answer, Completion))
_MOMENTS = (
    select(
        _enrolments.c.id.label("enrolment_id"),
        _all_series.c.scenario_slug,
        _attempts.c.id.label("attempt_id"),
        _attempts.c.scenario_revision_id,
        _attempts.c.began_at,
        _answers.c.question_id,
        _answers.c.shown_at,
        _answers.c.answered_at,
    )
    .select_from(
        _enrolments.join(
            _all_series, (_all_series.c.person_id == _enrolments.c.person_id) & (_all_series.c.course_slug == _enrolments.c.course_slug)
        )
        .join(_attempts, _attempts.c.series_id == _all_series.c.id)
        .join(_answers, _answers.c.attempt_id == _attempts.c.id)
        .outerjoin(_completions, _completions.c.enrolment_id == _enrolments.c.id)
    )
    .where(
        _enrolments.c.id.in_(bindparam("enrolment_ids", expanding=True)),
        (_all_series.c.enrolment_id == _enrolments.c.id)
        | ((_all_series.c.purpose == "assigned") & (_attempts.c.closed_at >= _enrolments.c.began_at)),
        _completions.c.id.is_(None) | (_answers.c.answered_at <= _completions.c.completed_at),
    )
    .order_by(_enrolments.c.id, _all_series.c.scenario_slug, _attempts.c.id, _answers.c.position)
)


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """Seconds worked in an enrolment up to its completion. Work on two scenarios at once counts once in all, so the sum may be larger.

    A scenario that was renamed stands under each of its names.
    """

    seconds: int
    by_scenario: Mapping[str, int]


def time_spent(enrolment_id: UUID) -> int:
    """Seconds that a learner worked in an enrolment: on its attempts for credit, and on those of assignments that count for it."""
    return times_spent([enrolment_id])[enrolment_id].seconds


def times_spent(enrolment_ids: Collection[UUID]) -> dict[UUID, TimeSpent]:
    """The same for several enrolments and for each of their scenarios, in one query besides the texts not yet in memory."""
    found = dict.fromkeys(enrolment_ids, TimeSpent(0, {}))
    rows = all_rows(_MOMENTS, enrolment_ids=list(enrolment_ids))
    for enrolment_id, of_enrolment in groupby(rows, key=lambda row: row.enrolment_id):
        by_scenario = {slug: _attempts_in(list(of_one)) for slug, of_one in groupby(of_enrolment, key=lambda row: row.scenario_slug)}
        found[enrolment_id] = TimeSpent(
            seconds_worked(attempt for attempts in by_scenario.values() for attempt in attempts),
            {slug: seconds_worked(attempts) for slug, attempts in by_scenario.items()},
        )
    return found


def _attempts_in(rows: list[Any]) -> list[WorkedAttempt]:
    return [_attempt(list(of_one)) for _, of_one in groupby(rows, key=lambda row: row.attempt_id)]


def _attempt(rows: list[Any]) -> WorkedAttempt:
    words = _words_of_steps(rows[0].scenario_revision_id)
    return WorkedAttempt(
        rows[0].began_at, tuple(AnsweredStep(row.shown_at, row.answered_at, words.get(row.question_id, 0)) for row in rows)
    )


def _words_of_steps(revision_id: str) -> Mapping[str, int]:
    published = published_scenario(revision_id)
    return published.once("step_words", lambda: step_words(published.scenario))
