"""Reading whether a board takes a course, for one person or for a visitor."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from ceapp.accounts.licences.queries import licences_of, title_of
from ceapp.accounts.models import Person
from ceapp.certificates.approvals.queries import approvals_between
from ceapp.learning.acceptance import USUALLY_TAKES, Acceptance, acceptance


def acceptance_for(person: Person | None, course_slug: str, *, completed_on: date | None = None, now: datetime) -> Acceptance:
    """The approvals that hold today, where this person is, and how they stand to their licences."""
    today = now.astimezone(ZoneInfo(person.zone if person else "UTC")).date()
    licences = [(title_of(each), each) for each in licences_of(person.id)] if person else []
    return acceptance(approvals_between(today, today + USUALLY_TAKES), licences, course_slug, today, completed_on=completed_on)
