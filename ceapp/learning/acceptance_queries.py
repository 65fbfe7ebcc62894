"""What the page of a course says besides the course, read in one statement: approvals, the offer, how somebody came in, what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Date, FromClause, Join, bindparam, func, select
from sqlalchemy.orm import aliased

from ceapp.accounts.licences.queries import licences_of, title_of
from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course
from ceapp.certificates.approvals.queries import approval_from, newest_between
from ceapp.certificates.models import ApprovalVersion, ApprovalWithdrawal
from ceapp.database.rows import Whole, all_rows, table_of
from ceapp.learning.acceptance import USUALLY_TAKES, Acceptance, acceptance
from ceapp.learning.models import CourseOffer, EnrolmentPayment, EnrolmentWay

# The statements are built once: putting them together takes longer than running them.
_offer, _way, _payment, _approval = Whole(CourseOffer), Whole(EnrolmentWay), Whole(EnrolmentPayment), Whole(ApprovalVersion)
_courses, _offers, _ways, _payments, _approvals, _withdrawals = (
    table_of(each) for each in (Course, CourseOffer, EnrolmentWay, EnrolmentPayment, ApprovalVersion, ApprovalWithdrawal)
)
_ENROLMENT: BindParameter[UUID] = bindparam("enrolment_id")


def _newest_version(table: FromClause, of: str, outer: ColumnElement[Any]) -> ColumnElement[int]:
    """The highest version of what belongs to the same course or enrolment."""
    newer = table.alias()
    return select(func.max(newer.c.version)).where(newer.c[of] == outer).scalar_subquery()


def _with_approvals(found: Join) -> Join:
    """Beside it the approvals that hold on some of the days asked for."""
    are_near = newest_between(bindparam("first", type_=Date), bindparam("last", type_=Date))
    return found.outerjoin(_approvals, are_near).outerjoin(_withdrawals, _withdrawals.c.first_id == _approvals.c.first_id)


_OFFER_OF_TODAY = (_offers.c.course_slug == _courses.c.slug) & (
    _offers.c.version == _newest_version(_offers, "course_slug", _courses.c.slug).correlate(_courses)
)
_IS_PAYMENT = (_payments.c.enrolment_id == _ENROLMENT) & (_payments.c.version == _newest_version(_payments, "enrolment_id", _ENROLMENT))
_SAID = (_withdrawals.c.from_day, *_approval.columns, *_offer.columns)
_BEFORE = (
    select(*_SAID)
    .select_from(_with_approvals(_courses.outerjoin(_offers, _OFFER_OF_TODAY)))
    .where(_courses.c.slug == bindparam("course_slug"))
)
_ENROLLED = (
    select(*_SAID, *_way.columns, *_payment.columns)
    .select_from(
        _with_approvals(
            _courses.outerjoin(_ways, _ways.c.enrolment_id == _ENROLMENT)
            .outerjoin(_offers, _offers.c.id == _ways.c.offer_id)
            .outerjoin(_payments, _IS_PAYMENT)
        )
    )
    .where(_courses.c.slug == bindparam("course_slug"))
)


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
    asked = {"course_slug": course_slug, "first": today, "last": today + USUALLY_TAKES}
    rows = all_rows(_ENROLLED, enrolment_id=enrolment_id, **asked) if enrolment_id else all_rows(_BEFORE, **asked)
    said = [approval_from(version, row[0]) for row in rows if (version := _approval.perhaps(row, 1)) is not None]
    found = acceptance(said, licences, course_slug, today, completed_on=completed_on)
    return _told(found, rows[0]) if rows else Told(found)


def _told(found: Acceptance, row: Sequence[Any]) -> Told:
    """What stands in every row beside the approvals."""
    offer = 1 + len(_approval)
    way = offer + len(_offer)
    if len(row) == way:
        return Told(found, _offer.perhaps(row, offer))
    return Told(found, _offer.perhaps(row, offer), _way.perhaps(row, way), _payment.perhaps(row, way + len(_way)))


def is_current_offer() -> ColumnElement[bool]:
    """Inside a query that has Course and CourseOffer: the offer of today."""
    newer = aliased(CourseOffer)
    newest = select(func.max(newer.version)).where(newer.course_slug == Course.slug).correlate(Course).scalar_subquery()
    return (CourseOffer.course_slug == Course.slug) & (CourseOffer.version == newest)


def day_of(person: Person, now: datetime) -> date:
    """Which day it is for somebody."""
    return now.astimezone(ZoneInfo(person.zone)).date()
