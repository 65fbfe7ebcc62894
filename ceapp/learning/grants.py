"""Another attempt where all are used up: asking for one, granting it, declining. `actor` is None for the operator in the terminal."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.people.queries import active_administrators
from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.catalogue.queries import published_course
from ceapp.database import db, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.completion import Item
from ceapp.learning.grant_queries import (
    asked_for,
    enrolment_of,
    grant_made_with,
    open_request,
    reason_of,
    series_of_attempt,
    series_with_id,
    was_granted,
)
from ceapp.learning.models import AttemptGrant, AttemptRequest, Enrolment, Series
from ceapp.learning.queries import (
    checklist_of,
    enrolled_course,
    enrolment_to_change,
    last_number,
    open_attempt,
    outcomes_in,
    series_to_change,
)
from ceapp.mail.service import queue

LONGEST_REASON = 400
"""Characters of a reason."""

NO_LIMIT = "Attempts at this scenario have no limit. Nothing was changed."
PASSED = "This scenario is passed already. Nothing was changed."
NOT_USED_UP = "There are attempts left at this scenario. Nothing was changed."
SENT_BEFORE = "This form was sent before, for something else or with another reason, and that stands. Nothing was changed now."
ANSWERED = "This request was answered a moment ago. Nothing was changed now."


def ask(person_id: UUID, course_slug: str, scenario_slug: str, *, now: datetime) -> AttemptRequest:
    """Ask the administrators for another attempt; while one request waits, a second is the same one."""
    with transaction():
        enrolled = enrolled_course(person_id, course_slug)
        if enrolled is None:
            raise Missing
        series = _used_up_series(enrolled.enrolment.id, scenario_slug)
        return open_request(series.id) or _ask_in(series, person_id, now)


def grant(
    person_id: UUID, enrolment_id: UUID, scenario_slug: str, reason: str, *, actor: UUID | None, form_key: str, now: datetime
) -> AttemptGrant:
    """Allow one more attempt for credit, say why, and answer a request that waits. The same form again gives the first grant."""
    key_id, ciphertext = current_keys().seal(_fit(reason))
    with transaction() as session:
        refuse_unless_administers(actor)
        if enrolment_of(person_id, enrolment_id) is None:
            raise Missing
        enrolment_to_change(enrolment_id)
        already = _granted_before(form_key, enrolment_id, reason)
        if already is not None:
            return already
        series = _used_up_series(enrolment_id, scenario_slug)
        granted = AttemptGrant(
            series_id=series.id, granted_by=actor, granted_at=now, form_key=form_key, key_id=key_id, ciphertext=ciphertext
        )
        try:
            with session.begin_nested():
                session.add(granted)
        except IntegrityError as problem:  # The same form was sent for another scenario at the same instant.
            raise Refused(SENT_BEFORE) from problem
        _allow_one_more(series, granted, actor, now)
        return granted


def grant_request(request_id: UUID, reason: str, *, actor: UUID | None, form_key: str, now: datetime) -> AttemptGrant:
    """Grant what somebody asked for. Raises Refused when it was answered meanwhile."""
    with transaction():
        refuse_unless_administers(actor)
        request, series, enrolment = _request_to_change(request_id)
        already = _granted_before(form_key, enrolment.id, reason)
        if already is not None:
            return already
        if request.answered_at is not None:
            raise Refused(ANSWERED)
        return grant(enrolment.person_id, enrolment.id, series.scenario_slug, reason, actor=actor, form_key=form_key, now=now)


def decline(request_id: UUID, *, actor: UUID | None, now: datetime) -> None:
    """Answer a request with no; the person may ask again. A second time changes nothing."""
    with transaction():
        refuse_unless_administers(actor)
        request, series, _ = _request_to_change(request_id)
        if request.answered_at is not None:
            if was_granted(request):
                raise Refused(ANSWERED)
            return
        request.answered_at = now
        record("attempt.declined", actor=actor, now=now, request=request.id, series=series.id)
        values = {"series": str(series.id)}
        queue("attempt-declined", f"attempt-declined:{request.id}", person_id=series.person_id, values=values, now=now)


def _granted_before(form_key: str, enrolment_id: UUID, reason: str) -> AttemptGrant | None:
    """What this form granted when it was sent before. Raises Refused when it says something else now."""
    already = grant_made_with(form_key)
    if already is None:
        return None
    series = series_with_id(already.series_id)
    if series is None or series.enrolment_id != enrolment_id or reason_of(already) != reason.strip():
        raise Refused(SENT_BEFORE)
    return already


def _ask_in(series: Series, person_id: UUID, now: datetime) -> AttemptRequest:
    request = AttemptRequest(series_id=series.id, asked_at=now)
    db.session.add(request)
    db.session.flush()
    record("attempt.asked", actor=person_id, now=now, request=request.id, series=series.id)
    for administrator_id in active_administrators():
        occurrence = f"attempt-asked:{request.id}:{administrator_id}"
        queue("attempt-asked", occurrence, person_id=administrator_id, values={"request": str(request.id)}, now=now)
    return request


def _allow_one_more(series: Series, granted: AttemptGrant, actor: UUID | None, now: datetime) -> None:
    series.allowed = (series.allowed or 0) + 1
    waiting = open_request(series.id)
    if waiting is not None:
        waiting.answered_at = now
    db.session.flush()
    record("attempt.granted", actor=actor, now=now, grant=granted.id, series=series.id)
    values = {"series": str(series.id)}
    queue("attempt-granted", f"attempt-granted:{granted.id}", person_id=series.person_id, values=values, now=now)


def _used_up_series(enrolment_id: UUID, scenario_slug: str) -> Series:
    """The series of a scenario whose attempts are used up, locked with its enrolment. Raises Missing or Refused."""
    enrolment = enrolment_to_change(enrolment_id)
    item = _item(enrolment, scenario_slug)
    if not item.attempts:
        raise Refused(NOT_USED_UP)
    series = series_to_change(series_of_attempt(item.attempts[-1].attempt_id))
    if series.allowed is None:
        raise Refused(NO_LIMIT)
    if item.is_met:
        raise Refused(PASSED)
    if open_attempt(series.id) is not None or last_number(series.id) < series.allowed:
        raise Refused(NOT_USED_UP)
    return series


def _item(enrolment: Enrolment, scenario_slug: str) -> Item:
    """The scenario as the enrolment has it, by its present or a former name."""
    course = published_course(enrolment.course_revision_id)
    item = checklist_of(course, enrolment, outcomes_in(enrolment.id)).item(course.name_now(scenario_slug))
    if item is None:
        raise Missing("The course has no scenario of this name.")
    return item


def _request_to_change(request_id: UUID) -> tuple[AttemptRequest, Series, Enrolment]:
    """A request as it is now, with its series and enrolment locked until the end of the transaction."""
    found = asked_for(request_id)
    if found is None or found[1].enrolment_id is None:
        raise Missing
    request, series = found
    enrolment = enrolment_to_change(found[1].enrolment_id)
    series = series_to_change(series.id)
    db.session.refresh(request)
    return request, series, enrolment


def _fit(reason: str) -> str:
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Malformed(f"Give a reason of up to {LONGEST_REASON} characters. Nothing was changed.")
    return reason
