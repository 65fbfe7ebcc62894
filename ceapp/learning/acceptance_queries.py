"""What the page of a course says besides the course, read in one statement: approvals, the offer, how somebody came in, what was paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from ceapp.accounts.licences.queries import licences_of, title_of
from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course
from ceapp.certificates.approvals.queries import approval_from, between
from ceapp.certificates.models import ApprovalVersion, ApprovalWithdrawal
from ceapp.database import db
from ceapp.learning.acceptance import USUALLY_TAKES, Acceptance, acceptance
from ceapp.learning.models import CourseOffer, EnrolmentPayment, EnrolmentWay


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told of a course: `offer` is the one that they were shown when they enrolled, else that of today."""

    acceptance: Acceptance
    offer: CourseOffer | None = None
    way: EnrolmentWay | None = None
    payment: EnrolmentPayment | None = None


def told_to(
    person: Person | None, course_slug: str, *, enrolment_id: UUID | None = None, completed_on: date | None = None, now: datetime
) -> Told:
    """What holds today, where this person is. How it stands to their licences is asked only before they are enrolled."""
    today = now.astimezone(ZoneInfo(person.zone if person else "UTC")).date()
    licences = [(title_of(each), each) for each in licences_of(person.id)] if person and enrolment_id is None else []
    rows = db.session.execute(
        select(CourseOffer, EnrolmentWay, EnrolmentPayment, ApprovalVersion, ApprovalWithdrawal.from_day)
        .select_from(Course)
        .outerjoin(EnrolmentWay, EnrolmentWay.enrolment_id == enrolment_id)
        .outerjoin(CourseOffer, CourseOffer.id == EnrolmentWay.offer_id if enrolment_id else is_current_offer())
        .outerjoin(EnrolmentPayment, (EnrolmentPayment.enrolment_id == enrolment_id) & _is_newest_payment())
        .outerjoin(ApprovalVersion, between(today, today + USUALLY_TAKES))
        .outerjoin(ApprovalWithdrawal, ApprovalWithdrawal.first_id == ApprovalVersion.first_id)
        .where(Course.slug == course_slug)
    ).all()
    said = [approval_from(row[3], row[4]) for row in rows if row[3] is not None]
    found = acceptance(said, licences, course_slug, today, completed_on=completed_on)
    return Told(found, *rows[0][:3]) if rows else Told(found)


def is_current_offer() -> ColumnElement[bool]:
    """Inside a query that has Course and CourseOffer: the offer of today."""
    newer = aliased(CourseOffer)
    newest = select(func.max(newer.version)).where(newer.course_slug == Course.slug).correlate(Course).scalar_subquery()
    return (CourseOffer.course_slug == Course.slug) & (CourseOffer.version == newest)


def _is_newest_payment() -> ColumnElement[bool]:
    newer = aliased(EnrolmentPayment)
    newest = select(func.max(newer.version)).where(newer.enrolment_id == EnrolmentPayment.enrolment_id)
    return EnrolmentPayment.version == newest.correlate(EnrolmentPayment).scalar_subquery()


def day_of(person: Person, now: datetime) -> date:
    """Which day it is for somebody."""
    return now.astimezone(ZoneInfo(person.zone)).date()
