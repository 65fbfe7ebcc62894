"""Handing in an answer: the one place where an attempt is scored, closed, and completes a course."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam

from ceapp.audit.service import record
from ceapp.catalogue.adoptions.queries import adoption_of
from ceapp.catalogue.adoptions.rules import REVIEWED, WROTE, WROTE_ASSESSMENT, Adopted
from ceapp.catalogue.queries import published_course, published_scenario
from ceapp.certificates.facts import CompletionFacts
from ceapp.certificates.queries import licences_to_print
from ceapp.certificates.service import issue
from ceapp.database import db, new_id, transaction
from ceapp.database.rows import insert_row, table_of, write
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning import reflections
from ceapp.learning.completion import Outcome, meeting_attempts
from ceapp.learning.models import Answer, Attempt, Completion, CompletionRequirement, Enrolment, Score, Series
from ceapp.learning.moments import day_that_counts, not_before
from ceapp.learning.queries import OpenedAttempt, enrolled_course, given, marks_of, outcomes_in, requirements
from ceapp.learning.seen import attempt_seen, completing, lock_attempt, lock_enrolment
from ceapp.learning.steps import question_at
from ceapp.learning.way_back import asks_for_text
from ceapp.scenarios.position import walk
from ceapp.scenarios.scoring import given_problem, score
from ceapp.scenarios.values import Course, Kind, Question, Scenario, Scoring

_CLOSE = table_of(Attempt).update().where(table_of(Attempt).c.id == bindparam("attempt_id")).values(closed_at=bindparam("at"))

Pairs = Sequence[Sequence[str]]
"""(id on the page, option id) in the order shown."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A posted answer: option ids as the scenario knows them, or a text; `form_key` makes its effect happen once."""

    question_id: str
    given: tuple[str, ...]
    text: str
    form_key: str
    shown_at: datetime | None
    saves: int = 0  # how often the text was saved as a draft, as far as the page knew


@dataclass(frozen=True, slots=True)
class Receipt:
    """What handing in led to.

    `was_answered` tells that an earlier answer to the question stands; `is_withheld`, that its key stays closed.
    """

    position: int
    closed: bool
    completed: bool
    was_answered: bool = False
    is_withheld: bool = False


Read = Callable[[Question, Pairs], Submission]
"""Makes of a posted form the answer to a question, given the ids that its options have on the page. Raises Malformed."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """An attempt whose rows are locked, with the enrolment that it may complete and the answers so far."""

    attempt: Attempt
    scenario: Scenario
    enrolment_id: UUID | None
    answers: list[Answer]
    series: Series

    @property
    def is_closing(self) -> bool:
        return self.series.is_closing


def hand_in(person_id: UUID, attempt_id: UUID, submission: Submission, *, now: datetime) -> Receipt:
    """Store an answer; with the last one score and close the attempt, and with the last requirement complete the course.

    Sending the same form again gives the first receipt. Raises Missing, Refused, NewerDraft, or Malformed with a sentence for the form.
    """
    with transaction():
        return _store(_sheet(person_id, attempt_id), submission, now)


def hand_in_at(person_id: UUID, attempt_id: UUID, number: int, read: Read, *, now: datetime) -> Receipt:
    """The same for a form that was posted at a step of the attempt. Raises Missing for a step that is not reached yet."""
    with transaction():
        sheet = _sheet(person_id, attempt_id)
        question = question_at(walk(sheet.scenario, given(sheet.answers)), number)
        if question is None:
            raise Missing
        return _store(sheet, read(question, sheet.attempt.option_order.get(question.id, [])), now)


def complete_if_all_met(enrolment_id: UUID, *, now: datetime) -> bool:
    """Record the completion and issue its certificate when every requirement is met; tells whether that happened now."""
    with transaction() as session:
        session.flush()
        lock_enrolment(enrolment_id)
        found = completing(enrolment_id)
        enrolment, person = found.enrolment, found.person
        course = published_course(enrolment.course_revision_id)
        if found.is_complete or not all(mark.is_done for mark in marks_of(course, enrolment)):
            return False
        outcomes = outcomes_in(enrolment_id)
        met = meeting_attempts(requirements(course), outcomes)
        if met is None:
            return False
        by_attempt = {outcome.attempt_id: outcome for outcome in outcomes}
        counted = {slug: by_attempt[attempt_id] for slug, attempt_id in met.items()}
        acts = [*(each.closed_at for each in counted.values()), enrolment.evaluated_at, enrolment.attested_at]
        now = day_that_counts([enrolment.began_at, *(at for at in acts if at)], now, person.zone)
        completion = _record_completion(enrolment, person.zone, counted, now)
        record("course.completed", actor=person.id, now=now, completion=completion.id, course_revision=course.id)
        issue(
            person_id=person.id,
            course_slug=course.slug,
            cycle=enrolment.cycle,
            facts_input=CompletionFacts(
                name=person.name,
                course_title=course.course.title,
                course_revision=course.id,
                category=course.course.category,
                contact_hours=str(course.contact_hours),
                started_on=_local_day(enrolment.began_at, person.zone),
                completed_on=completion.completed_on,
                time_zone=person.zone,
                **who_answers(course.course, adoption_of(course.id)),
                exact_hours=course.hours_inputs.get("exact", ""),
                licences=licences_to_print(found.licences),
            ),
            basis="completion",
            reason="",
            now=now,
        )
        return True


def _sheet(person_id: UUID, attempt_id: UUID) -> _Sheet:
    opened, answers, enrolment_id = _locked(person_id, attempt_id)
    scenario = published_scenario(opened.attempt.scenario_revision_id).scenario
    return _Sheet(opened.attempt, scenario, enrolment_id, list(answers), opened.series)


def _store(sheet: _Sheet, submission: Submission, now: datetime) -> Receipt:
    attempt, scenario, answers = sheet.attempt, sheet.scenario, sheet.answers
    earlier = _earlier(answers, submission)
    if earlier is not None:
        return replace(earlier, is_withheld=sheet.is_closing)
    question = _question_at(scenario, answers, attempt, submission.question_id)
    _refuse_ill_formed(question, submission)
    if submission.text.strip() and question.kind is Kind.REFLECTION and not asks_for_text(sheet.series):
        raise Malformed(reflections.NOT_ASKED)
    moment = not_before([attempt.began_at, *(answer.answered_at for answer in answers)], now)
    answers.append(_append_answer(attempt, question, submission, position=len(answers) + 1, now=moment))
    closed = walk(scenario, given(answers)).ended
    if closed:
        _close(attempt, scenario, answers, moment)
    completed = closed and sheet.enrolment_id is not None and complete_if_all_met(sheet.enrolment_id, now=now)
    return Receipt(len(answers), closed, completed, is_withheld=sheet.is_closing)


def _locked(person_id: UUID, attempt_id: UUID) -> tuple[OpenedAttempt, tuple[Answer, ...], UUID | None]:
    """The attempt with its answers and the enrolment that it may complete, both locked until the end of the transaction.

    Without the lock on the enrolment, two last scenarios that close at the same instant would each miss the other.
    """
    opened, answers = _seen(person_id, attempt_id)
    enrolment_id = _enrolment_served(person_id, opened)
    if enrolment_id is not None:
        lock_enrolment(enrolment_id)
    if lock_attempt(attempt_id):  # It may have changed until the lock was ours.
        opened, answers = _seen(person_id, attempt_id)
    return opened, answers, enrolment_id


def _seen(person_id: UUID, attempt_id: UUID) -> tuple[OpenedAttempt, tuple[Answer, ...]]:
    found = attempt_seen(person_id, attempt_id)
    if found is None:
        raise Missing
    return found


def _enrolment_served(person_id: UUID, opened: OpenedAttempt) -> UUID | None:
    """The enrolment that a pass of this attempt counts for: its own, or for an assignment the person's in the same course."""
    if opened.series.purpose == "practice":
        return None
    if opened.enrolment is not None:
        return opened.enrolment.id
    enrolled = enrolled_course(person_id, opened.series.course_slug)
    return enrolled.enrolment.id if enrolled else None


def _earlier(answers: list[Answer], submission: Submission) -> Receipt | None:
    """The receipt of an answer that was stored before: by the same form, or by another tab."""
    for answer in answers:
        if answer.question_id != submission.question_id:
            continue
        same_form = answer.form_key == submission.form_key
        if same_form and tuple(answer.given) != submission.given:
            raise Refused("This form was already sent with another answer, which stands. Nothing was changed.")
        if answer.words is not None and reflections.is_another(answer.text_id, submission.text):
            raise Refused("You handed in another text here before, and that one stands. This one was not saved; copy it if you need it.")
        return Receipt(answer.position, closed=False, completed=False, was_answered=not same_form)
    return None


def _question_at(scenario: Scenario, answers: list[Answer], attempt: Attempt, question_id: str) -> Question:
    current = walk(scenario, given(answers)).current
    if not attempt.is_open or current is None or current.question is None:
        raise Refused("This attempt is closed; its answers stay as they are.")
    if current.question.id != question_id:
        raise Refused("The story is at another question; nothing was changed. Go on from where you are.")
    return current.question


def _refuse_ill_formed(question: Question, submission: Submission) -> None:
    problem = given_problem(question, submission.given)
    if problem is not None:
        raise Malformed(problem)


def _append_answer(attempt: Attempt, question: Question, submission: Submission, *, position: int, now: datetime) -> Answer:
    text_id = words = None
    if question.kind is Kind.REFLECTION:
        text_id, words = reflections.hand_in(attempt, question, submission.text, submission.saves, now=now)
    answer = Answer(
        id=new_id(),
        attempt_id=attempt.id,
        question_id=question.id,
        position=position,
        given=list(submission.given),
        text_id=text_id,
        words=words,
        form_key=submission.form_key,
        shown_at=submission.shown_at,
        answered_at=now,
    )
    insert_row(answer)
    return answer


def _close(attempt: Attempt, scenario: Scenario, answers: list[Answer], now: datetime) -> None:
    result = score(scenario, given(answers), pass_mark=attempt.pass_mark, scheme=Scoring(attempt.scoring))
    write(_CLOSE, attempt_id=attempt.id, at=now)
    insert_row(
        Score(
            id=new_id(),
            attempt_id=attempt.id,
            version=1,
            percent=result.percent,
            passed=result.passed,
            credits={question_id: str(credit) for question_id, credit in result.credits},
            scored_at=now,
        )
    )


def _record_completion(enrolment: Enrolment, zone: str, met: dict[str, Outcome], now: datetime) -> Completion:
    completion = Completion(
        enrolment_id=enrolment.id,
        course_revision_id=enrolment.course_revision_id,
        completed_at=now,
        completed_on=_local_day(now, zone),
        time_zone=zone,
    )
    db.session.add(completion)
    db.session.flush()
    for slug, outcome in met.items():
        passed = {"scenario_revision_id": outcome.scenario_revision_id, "attempt_id": outcome.attempt_id}
        db.session.add(CompletionRequirement(completion_id=completion.id, scenario_slug=slug, **passed))
    db.session.flush()
    return completion


def who_answers(course: Course, adopted: Adopted | None) -> dict[str, tuple[str, ...]]:
    """Who wrote and reviewed the text, as a certificate prints it: by its adoption, or without one the authors that the course names."""
    if adopted is None:
        return {"authors": tuple(author.name for author in course.authors)}
    return {"authors": adopted.in_part(WROTE), "assessment_by": adopted.in_part(WROTE_ASSESSMENT), "reviewed_by": adopted.in_part(REVIEWED)}


def _local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()
