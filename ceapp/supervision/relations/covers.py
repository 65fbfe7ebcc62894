"""Covering for a colleague from one day to another."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update

from ceapp.accounts.access import Here
from ceapp.audit.service import record
from ceapp.database import db, new_id, one_at_a_time, transaction
from ceapp.errors import Missing, Refused
from ceapp.supervision.access import acting
from ceapp.supervision.models import Cover
from ceapp.supervision.relations.checks import NOTHING, active_members, refuse_before_joining, refuse_days
from ceapp.web.audience import ORGANISATION_ADMINISTRATOR, SUPERVISOR
from ceapp.web.filters import day


def cover(
    organisation_id: UUID, by: UUID, *, supervisor_id: UUID, colleague_id: UUID, first_day: date, last_day: date, now: datetime
) -> UUID:
    """Let a colleague see a supervisor's trainees in their place, both days included. The same once more gives the first; its id."""
    with transaction() as session:
        here = _may_cover(organisation_id, by, supervisor_id, now)
        one_at_a_time(f"relations {organisation_id}")
        refuse_days(first_day, last_day, here)
        _refuse_unfit_cover(here, supervisor_id, colleague_id, first_day)
        overlapping = _overlapping_cover(here, supervisor_id, colleague_id, first_day, last_day)
        if overlapping is not None:
            return _same_or_refused(overlapping, first_day, last_day)
        made = Cover(
            id=new_id(),
            organisation_id=organisation_id,
            supervisor_id=supervisor_id,
            colleague_id=colleague_id,
            first_day=first_day,
            last_day=last_day,
            made_by=by,
            made_at=now,
        )
        session.add(made)
        session.flush()
        record(
            "cover.begun", actor=by, now=now, organisation=organisation_id, cover=made.id, supervisor=supervisor_id, colleague=colleague_id
        )
        return made.id


def end_cover(organisation_id: UUID, by: UUID, cover_id: UUID, *, now: datetime) -> None:
    """The colleague sees nothing in the supervisor's place from now on. Ending what has ended changes nothing."""
    with transaction() as session:
        found = session.scalar(select(Cover).where(Cover.organisation_id == organisation_id, Cover.id == cover_id))
        if found is None:
            raise Missing
        _may_cover(organisation_id, by, found.supervisor_id, now)
        if found.ended_at is not None:
            return
        session.execute(update(Cover).where(Cover.organisation_id == organisation_id, Cover.id == cover_id).values(ended_at=now))
        record("cover.ended", actor=by, now=now, organisation=organisation_id, cover=cover_id)


def _refuse_unfit_cover(here: Here, supervisor_id: UUID, colleague_id: UUID, first_day: date) -> None:
    if supervisor_id == colleague_id:
        raise Refused(f"Nobody covers for themselves. {NOTHING}")
    members = active_members(here.id, [supervisor_id, colleague_id])
    if len(members) < 2 or not all(membership.is_supervisor for membership, _name in members.values()):
        raise Refused(f"Both must be active supervisors of this organisation. {NOTHING}")
    refuse_before_joining(list(members.values()), first_day)


def _may_cover(organisation_id: UUID, by: UUID, supervisor_id: UUID, now: datetime) -> Here:
    """A supervisor for themselves, an administrator for anybody. Raises Missing otherwise."""
    here = acting(organisation_id, by, SUPERVISOR, ORGANISATION_ADMINISTRATOR, now=now)
    if by != supervisor_id and not here.membership.is_administrator:
        raise Missing
    return here


def _overlapping_cover(here: Here, supervisor_id: UUID, colleague_id: UUID, first_day: date, last_day: date) -> Cover | None:
    return db.session.scalars(
        select(Cover)
        .where(
            Cover.organisation_id == here.id,
            Cover.supervisor_id == supervisor_id,
            Cover.colleague_id == colleague_id,
            Cover.ended_at.is_(None),
            Cover.first_day <= last_day,
            Cover.last_day >= first_day,
        )
        .limit(1)
    ).first()


def _same_or_refused(overlapping: Cover, first_day: date, last_day: date) -> UUID:
    if (overlapping.first_day, overlapping.last_day) != (first_day, last_day):
        since, until = day(overlapping.first_day), day(overlapping.last_day)
        raise Refused(f"This colleague covers from {since} to {until} already. {NOTHING} End that first, or choose other days.")
    return overlapping.id
