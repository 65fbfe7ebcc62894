"""Use cases of beginning: enrol, begin an attempt, leave it for a newer text, move to a newer course revision."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import date, datetime
from random import SystemRandom
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts import guesses
from ceapp.accounts.guesses import Caller
from ceapp.accounts.models import Person
from ceapp.accounts.people.queries import person_with_id
from ceapp.accounts.people.service import refuse_reviewer, refuse_unless_administers
from ceapp.accounts.service import profile_is_complete
from ceapp.audit.service import record
from ceapp.catalogue.queries import PublishedCourse, current_course, published_course, published_scenario
from ceapp.database import db, new_id, transaction
from ceapp.errors import Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.acceptance import Notice
from ceapp.learning.acceptance_queries import day_of, told_to
from ceapp.learning.completion import State
from ceapp.learning.models import Acknowledgement, Attempt, Enrolment, EnrolmentWay, Series
from ceapp.learning.moments import not_before
from ceapp.learning.offers.queries import current_offer
from ceapp.learning.offers.service import USED, WrongCode, entry_for
from ceapp.learning.queries import (
    attempt_begun_with,
    attempt_to_change,
    checklist_of,
    completion_of,
    credit_series,
    enrolled_course,
    enrolment_to_change,
    last_number,
    open_attempt,
    opened_attempt,
    outcomes_in,
    practice_series,
    series_to_change,
)
from ceapp.learning.seen import CourseSeen, course_seen, learner_seen
from ceapp.learning.service import complete_if_all_met
from ceapp.mail.service import queue
from ceapp.scenarios.learner import shuffled
from ceapp.scenarios.values import Scenario

ENROL_FIRST = "Enrol in the course first; its page shows how. Nothing was changed."
RETIRED = "This course is no longer open for enrolment. Nothing was changed."

_random = SystemRandom()


class Unacknowledged(Refused):
    """Something about approvals or the price has to be read first."""


def enrol(
    person_id: UUID,
    course_slug: str,
    *,
    acknowledged: Collection[Notice] = (),
    code: str = "",
    shown_offer: UUID | None = None,
    now: datetime,
) -> Enrolment:
    """Put a person into the current revision of a course; a second time gives the first enrolment.

    Raises Missing, Refused, WrongCode where the offer asks for a code and this is none, Unacknowledged while a notice that is so today is
    not among those that were ticked, or the offer of today is not the one that was shown.
    """
    with transaction():
        course = _course_to_enter(person_id, course_slug)
        if course.enrolled is not None:
            return course.enrolled.enrolment
        return _enter(person_id, course_slug, course.revision_id, 1, acknowledged, code, shown_offer, now)


def enrol_again(
    person_id: UUID,
    course_slug: str,
    *,
    acknowledged: Collection[Notice] = (),
    code: str = "",
    shown_offer: UUID | None = None,
    now: datetime,
) -> Enrolment:
    """Begin the next cycle of a completed course, in its newest revision; an earlier cycle stays as it is, and its passes do not count.

    A second time gives the cycle that was begun. Raises Missing for somebody who was never in the course, and what `enrol` raises.
    """
    with transaction():
        course = course_seen(person_id, course_slug)
        if course is None or course.enrolled is None:
            raise Missing
        before = enrolment_to_change(course.enrolled.enrolment.id)
        completion = completion_of(before.id)
        if completion is None:
            return before
        if course.retired_at is not None:
            raise Refused(RETIRED)
        completed_on = completion.completed_on
        return _enter(person_id, course_slug, course.revision_id, before.cycle + 1, acknowledged, code, shown_offer, now, completed_on)


def enrol_with_code(
    person_id: UUID,
    course_slug: str,
    code: str,
    *,
    caller: Caller,
    again: bool = False,
    acknowledged: Collection[Notice] = (),
    shown_offer: UUID | None = None,
    now: datetime,
) -> Enrolment:
    """The same for somebody who typed a code, each of which is a guess until it was right. Raises TooMany."""
    guess = guesses.take("course-code", now=now, account=str(person_id), network=caller.network)
    enter = enrol_again if again else enrol
    try:
        enrolment = enter(person_id, course_slug, acknowledged=acknowledged, code=code, shown_offer=shown_offer, now=now)
    except Unacknowledged:
        guesses.give_back(guess)
        raise
    guesses.give_back(guess)
    return enrolment


def enrol_by_hand(person_id: UUID, course_slug: str, reason: str, *, actor: UUID, now: datetime) -> Enrolment:
    """Enrol somebody whatever the offer says, with a reason that they read, and tell them; a second time gives the first enrolment.

    The person has ticked nothing, so nothing is kept as read by them. Raises Missing or Refused.
    """
    key_id, ciphertext = current_keys().seal(reason)
    with transaction():
        refuse_unless_administers(actor)
        person = person_with_id(person_id)
        if person is None:
            raise Missing
        refuse_reviewer(person)
        course = _course_to_enter(person_id, course_slug)
        if course.enrolled is not None:
            return course.enrolled.enrolment
        offer = current_offer(course_slug)
        way = EnrolmentWay(way="by hand", offer_id=offer.id if offer else None, enrolled_by=actor, key_id=key_id, ciphertext=ciphertext)
        enrolment = _put_in(person_id, course_slug, course.revision_id, 1, way, (), actor=actor, now=now)
        values = {"enrolment": str(enrolment.id)}
        queue("enrolled-by-hand", f"enrolled-by-hand:{enrolment.id}", person_id=person_id, values=values, now=now)
        return enrolment


def begin(person_id: UUID, course_slug: str, scenario_slug: str, *, purpose: str, form_key: str, now: datetime) -> Attempt:
    """Begin an attempt, or give the one that is under way. Sending the same form again gives the attempt it began.

    Closing cases begin under the name of their first form; each attempt gets the form whose turn it is.

    Raises Missing when the enrolment does not have the scenario; Refused when the attempts are used up, when the name for the certificate
    is missing, when closing cases come before their scenarios, or when practising would show a key that is not to be shown yet.
    """
    with transaction():
        learner = learner_seen(person_id, course_slug)
        if purpose == "credit" and not profile_is_complete(learner.person):
            raise Refused("Give the name for your certificate first; it is asked only once.")
        enrolment = learner.enrolment
        course = _course_to_practise(enrolment, course_slug, scenario_slug) if purpose == "practice" else _course_of(enrolment)
        if enrolment is not None and course.is_form(scenario_slug):
            _refuse_closing_early(enrolment, course)
        found, is_new = _series(person_id, enrolment, course, scenario_slug, purpose)
        if is_new:
            return _begin_next(person_id, found, course, form_key, now, number=1)
        series = series_to_change(found.id)
        return attempt_begun_with(series.id, form_key) or open_attempt(series.id) or _begin_next(person_id, series, course, form_key, now)


def begin_assigned(
    person_id: UUID, course_slug: str, scenario_slug: str, *, series_id: UUID | None, allowed: int | None, form_key: str, now: datetime
) -> Attempt:
    """Begin an attempt of an assignment at the current text, or give the one under way. Without `series_id` the series is made now.

    Whoever keeps the assignment holds its row, and keeps `attempt.series_id`. Raises Refused when the attempts are used up or the scenario
    is no longer in the course.
    """
    with transaction() as session:
        course = current_course(course_slug)
        series = series_to_change(series_id) if series_id else _assigned_series(person_id, course, scenario_slug, allowed)
        if series.person_id != person_id or series.purpose != "assigned":
            raise Missing
        if course.known_as(series.scenario_slug) is None:
            raise Refused("This scenario is no longer in the course. Nothing was changed; tell your supervisor.")
        session.flush()
        return attempt_begun_with(series.id, form_key) or open_attempt(series.id) or _begin_next(person_id, series, course, form_key, now)


def begin_anew(person_id: UUID, attempt_id: UUID, *, form_key: str, now: datetime) -> Attempt:
    """Leave an attempt whose text has changed and begin the new text, at no cost: the left attempt uses up no number.

    An attempt for credit takes its enrolment along to the newest course revision, unless the course is completed.
    """
    with transaction() as session:
        opened = opened_attempt(person_id, attempt_id)
        if opened is None:
            raise Missing
        if opened.enrolment is not None:
            enrolment_to_change(opened.enrolment.id)
        series, attempt = series_to_change(opened.series.id), attempt_to_change(attempt_id)
        already = attempt_begun_with(series.id, form_key)
        if already is not None:
            return already
        current = published_course(opened.current_revision_id)
        listed = current.known_as(series.scenario_slug)
        if not attempt.is_open or listed is None or listed.revision_id == attempt.scenario_revision_id:
            raise Refused("This attempt cannot be begun anew: it is closed, or its text is the newest. Nothing was changed.")
        attempt.abandoned_at = not_before([attempt.began_at], now)
        if series.allowed is not None:
            series.allowed += 1
        session.flush()
        begun = _begin_next(person_id, series, current, form_key, now)
        if opened.enrolment is not None and completion_of(opened.enrolment.id) is None:
            _move(opened.enrolment, current.id, person_id, now)
            complete_if_all_met(opened.enrolment.id, now=now)
        return begun


def move_to_current(person_id: UUID, course_slug: str, *, now: datetime) -> None:
    """Pin the enrolment to the current course revision; passes of scenarios that are still in it count."""
    with transaction():
        enrolled = enrolled_course(person_id, course_slug)
        if enrolled is None:
            raise Missing
        enrolment = enrolment_to_change(enrolled.enrolment.id)
        if completion_of(enrolment.id) is not None:
            raise Refused("You have completed this course; its record stays with the text that you worked on.")
        _move(enrolment, enrolled.current_revision_id, person_id, now)
        complete_if_all_met(enrolment.id, now=now)


def _course_to_enter(person_id: UUID, course_slug: str) -> CourseSeen:
    course = course_seen(person_id, course_slug)
    if course is None:
        raise Missing
    if course.enrolled is None and course.retired_at is not None:
        raise Refused(RETIRED)
    return course


def _enter(
    person_id: UUID,
    course_slug: str,
    revision_id: str,
    cycle: int,
    ticked: Collection[Notice],
    code: str,
    shown_offer: UUID | None,
    now: datetime,
    completed_on: date | None = None,
) -> Enrolment:
    """Begin a cycle by the offer of today, once everything was read."""
    person = db.session.get_one(Person, person_id)
    told = told_to(person, course_slug, completed_on=completed_on, now=now)
    way = entry_for(told.offer, course_slug, code, today=day_of(person, now))
    if not set(told.acceptance.notices) <= set(ticked):
        raise Unacknowledged("Read what is said about your board, and tick that you know. You are not enrolled yet.")
    if told.offer is not None and told.offer.id != shown_offer:
        raise Unacknowledged("Read what is said about cost and refund, then enrol. You are not enrolled yet.")
    return _put_in(person_id, course_slug, revision_id, cycle, way, told.acceptance.notices, actor=person_id, now=now)


def _put_in(
    person_id: UUID,
    course_slug: str,
    revision_id: str,
    cycle: int,
    way: EnrolmentWay | None,
    notices: Collection[Notice],
    *,
    actor: UUID,
    now: datetime,
) -> Enrolment:
    """Begin a cycle, with how it came about and what was ticked before it."""
    enrolment = Enrolment(
        id=new_id(), person_id=person_id, course_slug=course_slug, cycle=cycle, course_revision_id=revision_id, began_at=now
    )
    try:
        with db.session.begin_nested():
            db.session.add(enrolment)
            db.session.flush()
            if way is not None:
                way.enrolment_id = enrolment.id
                db.session.add(way)
    except IntegrityError:  # The other click of a double click was first, or somebody else with the same voucher.
        enrolled = enrolled_course(person_id, course_slug)
        if enrolled is None or enrolled.enrolment.cycle < cycle:
            raise WrongCode(USED) from None
        return enrolled.enrolment
    db.session.add_all(Acknowledgement(enrolment_id=enrolment.id, notice=each.value, acknowledged_at=now) for each in notices)
    record("enrolment.begun", actor=actor, now=now, enrolment=enrolment.id, course_revision=revision_id)
    return enrolment


def _assigned_series(person_id: UUID, course: PublishedCourse, scenario_slug: str, allowed: int | None) -> Series:
    listed = course.known_as(scenario_slug)
    slug = listed.slug if listed else scenario_slug
    series = Series(person_id=person_id, course_slug=course.slug, scenario_slug=slug, purpose="assigned", allowed=allowed)
    db.session.add(series)
    db.session.flush()
    return series


def _course_of(enrolment: Enrolment | None) -> PublishedCourse:
    if enrolment is None:
        raise Refused(ENROL_FIRST)
    return published_course(enrolment.course_revision_id)


def _course_to_practise(enrolment: Enrolment | None, course_slug: str, scenario_slug: str) -> PublishedCourse:
    """The course that somebody practises in: the one they are enrolled in, else the current one. Raises Refused for peeking."""
    if enrolment is None:
        course = current_course(course_slug)
        if course.course.attempts is not None:
            raise Refused("The attempts of this course are numbered, so practice opens after enrolling. Nothing was changed.")
        return course
    course = published_course(enrolment.course_revision_id)
    _refuse_peeking(enrolment, course, scenario_slug)
    return course


def _refuse_closing_early(enrolment: Enrolment, course: PublishedCourse) -> None:
    left = checklist_of(course, enrolment, outcomes_in(enrolment.id))
    if not all(left.may_begin(item) for item in left.items):
        raise Refused("The closing cases open when every required scenario is passed. Nothing was changed.")


def _refuse_peeking(enrolment: Enrolment, course: PublishedCourse, scenario_slug: str) -> None:
    if course.course.attempts is None:
        return
    item = checklist_of(course, enrolment, outcomes_in(enrolment.id)).item(scenario_slug)
    if item is not None and item.state not in (State.PASSED, State.USED_UP):
        raise Refused("Practice opens once you have passed this scenario or used your attempts. Nothing was changed.")


def _move(enrolment: Enrolment, revision_id: str, person_id: UUID, now: datetime) -> None:
    if enrolment.course_revision_id == revision_id:
        return
    enrolment.course_revision_id = revision_id
    db.session.flush()
    record("enrolment.moved", actor=person_id, now=now, enrolment=enrolment.id, course_revision=revision_id)


def _enrolment(person_id: UUID, course_slug: str) -> Enrolment:
    enrolled = enrolled_course(person_id, course_slug)
    if enrolled is None:
        raise Refused(ENROL_FIRST)
    return enrolled.enrolment


def _series(person_id: UUID, enrolled: Enrolment | None, course: PublishedCourse, scenario_slug: str, purpose: str) -> tuple[Series, bool]:
    """The series of this person, scenario and purpose, and whether it was made now: it is when it is first needed."""
    for_credit = purpose == "credit"
    closing = course.course.closing if for_credit and course.is_form(scenario_slug) else None
    listed = course.forms[0] if closing else course.listed(scenario_slug)
    if listed is None:
        raise Missing
    enrolment = enrolled if for_credit else None
    known = course.forms if closing else (listed,)
    slugs = {name for each in known for name in (each.slug, *each.formerly)}  # The attempts before a renaming count as before.
    found = credit_series(enrolment.id, slugs) if enrolment else practice_series(person_id, course.slug, slugs)
    if found is not None:
        return found, False
    series = Series(
        person_id=person_id,
        enrolment_id=enrolment.id if enrolment else None,
        course_slug=course.slug,
        scenario_slug=listed.slug,
        purpose=purpose,
        allowed=closing.attempts if closing else course.course.attempts if for_credit else None,
        is_closing=closing is not None,
    )
    try:
        with db.session.begin_nested():
            db.session.add(series)
    except IntegrityError:  # Another start of the same series was first.
        return _series(person_id, enrolled, course, scenario_slug, purpose)
    return series, True


def _begin_next(
    person_id: UUID, series: Series, course: PublishedCourse, form_key: str, now: datetime, *, number: int | None = None
) -> Attempt:
    number = number or last_number(series.id) + 1
    if series.allowed is not None and number > series.allowed:
        raise Refused("All attempts at this scenario are used. Everything you did stays readable, and you can still practise it.")
    listed = course.form(number) if series.is_closing else course.known_as(series.scenario_slug)
    if listed is None:
        raise Missing
    attempt = Attempt(
        series_id=series.id,
        number=number,
        allowed=series.allowed,
        scenario_revision_id=listed.revision_id,
        option_order=_option_order(published_scenario(listed.revision_id).scenario),
        pass_mark=course.course.pass_mark,
        scoring=course.course.scoring.value,
        form_key=form_key,
        began_at=now,
    )
    db.session.add(attempt)
    db.session.flush()
    record("attempt.begun", actor=person_id, now=now, attempt=attempt.id, scenario_revision=listed.revision_id)
    return attempt


def _option_order(scenario: Scenario) -> dict[str, list[list[str]]]:
    """The options of every question as this attempt shows them, under ids that mean nothing outside it."""
    return {
        question_id: [[secrets.token_hex(5), option_id] for option_id in option_ids]
        for question_id, option_ids in shuffled(scenario, _random).items()
    }
