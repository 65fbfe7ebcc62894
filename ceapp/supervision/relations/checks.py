"""What relations and covers have in common: their days, and members who are there on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership, Person
from ceapp.database import db
from ceapp.errors import Refused
from ceapp.supervision.called import called
from ceapp.web.filters import day

NOTHING = "Nothing was changed."


def refuse_days(first_day: date, last_day: date | None, here: Here) -> None:
    """Raise Refused when the last day is before the first, or past."""
    if last_day is not None and last_day < first_day:
        raise Refused(f"The last day, {day(last_day)}, is before the first, {day(first_day)}. {NOTHING}")
    if last_day is not None and last_day < here.today:
        raise Refused(f"The last day, {day(last_day)}, is past already. {NOTHING}")


def refuse_before_joining(members: Sequence[tuple[Membership, str]], first_day: date) -> None:
    """Raise Refused when one of them was not there yet on the first day."""
    for membership, name in members:
        if first_day < membership.joined_on:
            raise Refused(f"{name} joined on {day(membership.joined_on)}; the first day cannot be before that. {NOTHING}")


def active_members(organisation_id: UUID, person_ids: Sequence[UUID]) -> dict[UUID, tuple[Membership, str]]:
    """Those of these who are active members of the organisation, with what they are called."""
    rows = db.session.execute(
        select(Membership, called(Person))
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.person_id.in_(person_ids),
            Membership.left_on.is_(None),
            Membership.suspended_at.is_(None),
        )
    )
    return {membership.person_id: (membership, name) for membership, name in rows}
