"""Whom a supervisor sees today, and how much: by their own relations, and by those of the colleagues whom they cover.

A relation holds while both are active members, and never reaches back over a departure: who comes back is asked for anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, or_, select

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership, Organisation
from ceapp.database import db
from ceapp.database.rows import all_rows, table_of
from ceapp.errors import Missing
from ceapp.supervision.days import end_of
from ceapp.supervision.models import Cover, Supervision
from ceapp.supervision.scopes import Scope, widest


def _is_active(membership: FromClause) -> ColumnElement[bool]:
    return and_(
        membership.c.organisation_id == bindparam("organisation_id"), membership.c.left_on.is_(None), membership.c.suspended_at.is_(None)
    )


# The statements of every page of an organisation are built once: putting them together takes longer than running them.
_relations, _covers, _members = (table_of(each) for each in (Supervision, Cover, Membership))
_trainee, _supervisor = _members.alias("trainee"), _members.alias("supervisor")
_RELATIONS = (
    select(
        *(_relations.c.trainee_id, _relations.c.scope, _relations.c.first_day, _relations.c.made_at),
        *(_covers.c.first_day, _covers.c.made_at),
        *(each for table in (_trainee, _supervisor) for each in (table.c.joined_on, table.c.returned_at)),
    )
    .select_from(
        _relations.outerjoin(
            _covers,
            and_(
                _covers.c.organisation_id == bindparam("organisation_id"),
                _covers.c.supervisor_id == _relations.c.supervisor_id,
                _covers.c.colleague_id == bindparam("member_id"),
                _covers.c.ended_at.is_(None),
                _covers.c.first_day <= bindparam("today"),
                _covers.c.last_day >= bindparam("today"),
            ),
        )
        .join(_trainee, and_(_trainee.c.person_id == _relations.c.trainee_id, _is_active(_trainee), _trainee.c.is_trainee))
        .join(
            _supervisor,
            and_(_supervisor.c.person_id == _relations.c.supervisor_id, _is_active(_supervisor), _supervisor.c.is_supervisor),
        )
    )
    .where(
        _relations.c.organisation_id == bindparam("organisation_id"),
        or_(_relations.c.supervisor_id == bindparam("member_id"), _covers.c.id.is_not(None)),
        _relations.c.trainee_id != bindparam("member_id"),
        _relations.c.ended_at.is_(None),
        _relations.c.first_day <= bindparam("today"),
        or_(_relations.c.last_day.is_(None), _relations.c.last_day >= bindparam("today")),
    )
)
"""The member's own relations, without a cover, and those of whom they cover, each with the cover."""
_ALL_TRAINEES = select(_members.c.person_id).where(
    _is_active(_members), _members.c.is_trainee, _members.c.person_id != bindparam("member_id")
)


def trainees_seen(here: Here) -> dict[UUID, Scope]:
    """Trainee → how much of their work the member sees today; an administrator of the organisation sees everybody's status."""
    return _combined([*_by_relation(here), *(_everybody(here) if here.membership.is_administrator else ())])


def scope_for(here: Here, trainee_id: UUID) -> Scope:
    """How much the member sees of this trainee. Raises Missing when that is nothing: the trainee does not exist then."""
    found = trainees_seen(here).get(trainee_id)
    if found is None:
        raise Missing
    return found


def needs(here: Here, trainee_id: UUID, scope: Scope) -> Scope:
    """The same, when it reaches as far as `scope`; raises Missing otherwise."""
    found = scope_for(here, trainee_id)
    if not found.includes(scope):
        raise Missing
    return found


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another; without an end while it lasts."""

    begins: datetime
    ends: datetime | None

    def holds(self, moment: datetime) -> bool:
        return self.begins <= moment and (self.ends is None or moment < self.ends)


def reflections_shown(here: Here, trainee_id: UUID) -> tuple[Span, ...]:
    """When the trainee's reflections were shown to the member, or to somebody whom the member covers.

    What was handed in at another time was written by somebody who was told that nobody reads it: a wider scope does not reach back.
    """
    zone = here.organisation.time_zone
    covered = select(Cover.supervisor_id).where(Cover.organisation_id == here.id, *_covers_now(here))
    rows = db.session.scalars(
        select(Supervision).where(
            Supervision.organisation_id == here.id,
            Supervision.trainee_id == trainee_id,
            Supervision.scope == Scope.REFLECTIONS,
            or_(Supervision.supervisor_id == here.membership.person_id, Supervision.supervisor_id.in_(covered)),
        )
    )
    return tuple(_span(relation, zone) for relation in rows)


def _span(relation: Supervision, zone: str) -> Span:
    begins = max(relation.made_at, datetime.combine(relation.first_day, time.min, ZoneInfo(zone)))
    ends = [moment for moment in (relation.ended_at, end_of(relation.last_day, zone) if relation.last_day else None) if moment is not None]
    return Span(begins, min(ends, default=None))


class Agreed(NamedTuple):
    """When a relation or a cover begins, and when it was made."""

    first_day: date
    made_at: datetime


class Stay(NamedTuple):
    """Since when somebody is a member, and when they last came back."""

    joined_on: date
    returned_at: datetime | None


def is_since(agreed: Supervision | Cover | Agreed, *members: Membership | Stay) -> bool:
    """Whether it begins and was made after each of them came, or came back: nothing reaches back over a departure."""
    return all(
        agreed.first_day >= member.joined_on and (member.returned_at is None or agreed.made_at >= member.returned_at) for member in members
    )


def acting(organisation_id: UUID, person_id: UUID, *roles: str, now: datetime) -> Here:
    """The organisation and the member who acts in it, read afresh inside a service. Raises Missing without one of the roles."""
    row = db.session.execute(
        select(Organisation, Membership)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Organisation.id == organisation_id, Membership.person_id == person_id)
    ).one_or_none()
    if row is None or not row[1].is_active or not set(roles) & set(row[1].roles):
        raise Missing
    return Here(row[0], row[1], now.astimezone(ZoneInfo(row[0].time_zone)).date())


def _by_relation(here: Here) -> list[tuple[UUID, Scope]]:
    if not here.membership.is_supervisor:
        return []
    rows = all_rows(_RELATIONS, organisation_id=here.id, member_id=here.membership.person_id, today=here.today)
    return [(trainee_id, Scope(scope)) for trainee_id, scope, *times in rows if _still_holds(here, times)]


def _still_holds(here: Here, times: Sequence[Any]) -> bool:
    """Whether a relation, and the cover by which the member has it if there is one, began in this stay of everybody in it."""
    relation, cover = Agreed(*times[:2]), Agreed(*times[2:4]) if times[2] else None
    trainee, supervisor = Stay(*times[4:6]), Stay(*times[6:])
    return is_since(relation, trainee, supervisor) and (cover is None or is_since(cover, here.membership, supervisor))


def _covers_now(here: Here) -> tuple[ColumnElement[bool], ...]:
    """Of covers: those by which the member stands in for somebody today."""
    return (
        Cover.colleague_id == here.membership.person_id,
        Cover.ended_at.is_(None),
        Cover.first_day <= here.today,
        Cover.last_day >= here.today,
    )


def _everybody(here: Here) -> list[tuple[UUID, Scope]]:
    rows = all_rows(_ALL_TRAINEES, organisation_id=here.id, member_id=here.membership.person_id)
    return [(person_id, Scope.STATUS) for (person_id,) in rows]


def _combined(pairs: list[tuple[UUID, Scope]]) -> dict[UUID, Scope]:
    found: dict[UUID, list[Scope]] = {}
    for trainee_id, scope in pairs:
        found.setdefault(trainee_id, []).append(scope)
    return {trainee_id: widest(scopes) for trainee_id, scopes in found.items()}
