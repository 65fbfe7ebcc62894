"""Inviting a board's reviewer, and ending a review. A reviewer's account does nothing but look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts import sign_ins
from ceapp.accounts.mailed_codes import end_codes_of
from ceapp.accounts.models import Person
from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.accounts.queries import person_by_email, person_to_change
from ceapp.audit.service import record
from ceapp.catalogue.queries import course_by_slug
from ceapp.database import new_id, one_at_a_time, transaction
from ceapp.errors import Missing, Refused
from ceapp.mail.service import queue
from ceapp.reporting.reviewing.models import CourseReview
from ceapp.reporting.reviewing.queries import has_open_review, open_review, review_made_with

LETTER = "reviewer-invited"
IS_SOMEBODY = (
    "This address has an account here that is no reviewer’s. Nobody was invited: whoever learns, supervises or administers here cannot"
    " review with the same account. Ask the reviewer for another address."
)
IS_SUSPENDED = "The account with this address is suspended. Nobody was invited; restore it first under People."
REVIEWS_ALREADY = "This person reviews the course already. Nobody was invited: end that review first, or wait until its last day."
SENT_BEFORE = "This form was sent before with something else in it, and that stands. Nobody was invited now."
AT_ONCE = "Two invitations of this address met. Nothing was changed: send the form again."


@dataclass(frozen=True, slots=True)
class ReviewerInput:
    """Whom an administrator invites: `board` is whom the reviewer works for, `expires_at` the end of the last day."""

    email: str
    name: str
    board: str
    expires_at: datetime


def invite(course_slug: str, given: ReviewerInput, *, by: UUID, form_key: str, now: datetime) -> CourseReview:
    """Open a course to a reviewer and owe them a letter; the same form once. Raises Missing or Refused."""
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            one_at_a_time("reviewers")
            earlier = review_made_with(form_key)
            if earlier is not None:
                return _same(earlier, course_slug, given)
            if course_by_slug(course_slug) is None:
                raise Missing
            person = _reviewer(given, now)
            if open_review(person.id, course_slug, now) is not None:
                raise Refused(REVIEWS_ALREADY)
            about = {"person_id": person.id, "course_slug": course_slug, "board": given.board, "expires_at": given.expires_at}
            review = CourseReview(id=new_id(), **about, form_key=form_key, invited_at=now, invited_by=by)
            session.add(review)
            session.flush()
            queue(LETTER, f"reviewer:{review.id}", person_id=person.id, values={"review": str(review.id)}, now=now)
            record("reviewer.invited", actor=by, now=now, review=review.id, person=person.id)
            return review
    except IntegrityError as problem:
        raise Refused(AT_ONCE) from problem


def end(review_id: UUID, *, by: UUID, now: datetime) -> CourseReview:
    """End a review before its last day; one that is over stays as it is. Raises Missing."""
    with transaction() as session:
        refuse_unless_administers(by)
        review = session.get(CourseReview, review_id, with_for_update=True, populate_existing=True)
        if review is None:
            raise Missing
        if not review.is_open(now):
            return review
        person_to_change(review.person_id)
        review.ended_at, review.ended_by = now, by
        session.flush()
        if not has_open_review(review.person_id, now):
            sign_ins.end_all_of(review.person_id)
            end_codes_of(review.person_id, now=now)
        record("reviewer.ended", actor=by, now=now, review=review_id, person=review.person_id)
        return review


def _reviewer(given: ReviewerInput, now: datetime) -> Person:
    """The account of the reviewer, made where there is none. Nobody else's ever becomes one."""
    with transaction() as session:
        person = person_by_email(given.email)
        if person is None:
            person = Person(email=given.email, name=given.name, password_hash="", is_reviewer=True, created_at=now)
            session.add(person)
            session.flush()
        if not person.is_reviewer:
            raise Refused(IS_SOMEBODY)
        if person.suspended_at is not None:
            raise Refused(IS_SUSPENDED)
        return person


def _same(earlier: CourseReview, course_slug: str, given: ReviewerInput) -> CourseReview:
    said = (earlier.course_slug, earlier.board, earlier.expires_at)
    known = person_by_email(given.email)
    if said != (course_slug, given.board, given.expires_at) or known is None or known.id != earlier.person_id:
        raise Refused(SENT_BEFORE)
    return earlier
