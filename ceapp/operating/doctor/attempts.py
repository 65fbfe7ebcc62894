"""Attempts: answers without a gap and along the path, closed exactly when the story has ended, scored as the answers say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from ceapp.catalogue.models import ScenarioRevision
from ceapp.learning.models import Answer, Attempt, Reflection, Score, Series
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found
from ceapp.operating.doctor.names import revisions_of
from ceapp.scenarios import structure
from ceapp.scenarios.position import walk
from ceapp.scenarios.scoring import given_problem, score
from ceapp.scenarios.values import Scenario, Scoring


class _Work(NamedTuple):
    """An attempt with what was made of it."""

    attempt: Any
    answers: Sequence[Any]
    scores: Sequence[Any]


def recomputed(examination: Examination) -> Iterator[Finding]:
    """Every attempt is walked and scored again from its answers."""

    @lru_cache(maxsize=256)
    def scenario_of(revision_id: str) -> Scenario | None:
        stored = examination.session.scalar(select(ScenarioRevision.structure).where(ScenarioRevision.id == revision_id))
        try:
            return structure.load_scenario(stored) if stored else None
        except ValueError:
            return None  # Said of the revision itself.

    for work in _works(examination):
        scenario = scenario_of(work.attempt.scenario_revision_id)
        if scenario is not None:
            yield from _judged(work, scenario)


def _works(examination: Examination) -> Iterator[_Work]:
    wanted = select(
        Attempt.id, Attempt.scenario_revision_id, Attempt.pass_mark, Attempt.scoring, Attempt.closed_at, Attempt.abandoned_at
    ).order_by(Attempt.id)
    for attempts in examination.pieces(wanted, "attempts", piece=500):
        first, last = attempts[0].id, attempts[-1].id
        answers: dict[UUID, list[Any]] = defaultdict(list)
        scores: dict[UUID, list[Any]] = defaultdict(list)
        given = select(Answer.attempt_id, Answer.question_id, Answer.position, Answer.given).where(Answer.attempt_id.between(first, last))
        for row in examination.session.execute(given.order_by(Answer.attempt_id, Answer.position)):
            answers[row.attempt_id].append(row)
        examination.note("answers", sum(map(len, answers.values())))
        outcomes = select(Score.attempt_id, Score.version, Score.percent, Score.passed, Score.credits)
        for outcome in examination.session.execute(outcomes.where(Score.attempt_id.between(first, last)).order_by(Score.version)):
            scores[outcome.attempt_id].append(outcome)
        yield from (_Work(attempt, answers[attempt.id], scores[attempt.id]) for attempt in attempts)


def _judged(work: _Work, scenario: Scenario) -> Iterator[Finding]:
    attempt, name = work.attempt, f"attempt {work.attempt.id}"
    if [row.position for row in work.answers] != list(range(1, len(work.answers) + 1)):
        yield found("attempt.gap", name)
        return  # What else is wrong with it comes from that.
    given = {row.question_id: tuple(row.given) for row in work.answers}
    if not _are_known(scenario, given):
        yield found("attempt.unknown-answer", name)
        return
    walked = walk(scenario, given)
    path = [step.question.id for step in walked.steps if step.question is not None and step.question.id in given]
    if path != [row.question_id for row in work.answers]:
        yield found("attempt.off-path", f"{name}: an answer after its end, or out of the story's order")
    is_closed = attempt.closed_at is not None
    if walked.ended and not is_closed:
        yield found("attempt.not-closed", name)
    if is_closed and not walked.ended:
        yield found("attempt.closed-early", name)
    if is_closed and not work.scores:
        yield found("attempt.not-scored", name)
    if work.scores and not is_closed:
        yield found("attempt.scored-early", name)
    if walked.ended and work.scores and not _is_right(work, scenario, given):
        yield found("attempt.wrong-score", name)


def _are_known(scenario: Scenario, given: dict[str, tuple[str, ...]]) -> bool:
    """Whether every answer is one that its question could have got."""
    questions = {question.id: question for scene in scenario.scenes for question in scene.questions}
    return all(question_id in questions and given_problem(questions[question_id], chosen) is None for question_id, chosen in given.items())


def _is_right(work: _Work, scenario: Scenario, given: dict[str, tuple[str, ...]]) -> bool:
    """Whether the newest score is what the answers give. Earlier ones were by earlier rules."""
    right, newest = score(scenario, given, pass_mark=work.attempt.pass_mark, scheme=Scoring(work.attempt.scoring)), work.scores[-1]
    earned = {question_id: str(credit) for question_id, credit in right.credits}
    return (newest.percent, newest.passed, newest.credits) == (right.percent, right.passed, earned)


def series(examination: Examination) -> Iterator[Finding]:
    """Attempts numbered without a gap, not more than allowed, one open at a time; a series for credit in its own enrolment."""
    is_open = Attempt.closed_at.is_(None) & Attempt.abandoned_at.is_(None)
    counted = (
        select(
            Series.id,
            Series.allowed,
            func.count(Attempt.id).label("begun"),
            func.min(Attempt.number).label("first"),
            func.max(Attempt.number).label("last"),
            func.count(Attempt.number.distinct()).label("numbers"),
            func.count().filter(is_open).label("open"),
        )
        .join(Attempt, Attempt.series_id == Series.id)
        .group_by(Series.id, Series.allowed)
    )
    for row in examination.rows(counted, "series"):
        if (row.first, row.last, row.numbers) != (1, row.begun, row.begun):
            yield found("series.numbers", f"series {row.id}")
        if row.allowed is not None and row.begun > row.allowed:
            yield found("series.too-many", f"series {row.id}: {row.begun} attempts, allowed are {row.allowed}")
        if row.open > 1:
            yield found("series.two-open", f"series {row.id}: {row.open} attempts open at once")


def revisions(examination: Examination) -> Iterator[Finding]:
    """An attempt is at a revision that this course had of this scenario."""
    known = revisions_of(examination.session)
    tried = select(Series.course_slug, Series.scenario_slug, Attempt.scenario_revision_id).join(Attempt, Attempt.series_id == Series.id)
    for course_slug, scenario_slug, revision_id in examination.session.execute(tried.distinct()).all():
        if scenario_slug not in known[course_slug, revision_id]:
            foreign = (
                select(Attempt.id)
                .join(Series, Series.id == Attempt.series_id)
                .where(
                    Series.course_slug == course_slug, Series.scenario_slug == scenario_slug, Attempt.scenario_revision_id == revision_id
                )
            )
            yield from (found("attempt.foreign-revision", f"attempt {row.id}") for row in examination.rows(foreign))


def reflections(examination: Examination) -> Iterator[Finding]:
    """A text that was handed in belongs to an answer."""
    answered = select(Answer.id).where(Answer.attempt_id == Reflection.attempt_id, Answer.question_id == Reflection.question_id).exists()
    for row in examination.rows(select(Reflection.id).where(Reflection.handed_in_at.is_not(None), ~answered)):
        yield found("reflection.without-answer", f"reflection {row.id}")
