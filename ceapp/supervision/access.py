"""Whom a supervisor sees today, and how much: by their own relations, and by those of the colleagues whom they cover.

A relation holds while both are active members, and never reaches back over a departure: who comes back is asked for anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership, Organisation
from ceapp.database import db
from ceapp.errors import Missing
from ceapp.supervision.days import end_of
from ceapp.supervision.models import Cover, Supervision
from ceapp.supervision.scopes import Scope, widest

_trainee, _supervisor = aliased(Membership), aliased(Membership)


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


def is_since(agreed: Supervision | Cover, *members: Membership) -> bool:
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
    rows = db.session.execute(_relations(here))
    return [
        (relation.trainee_id, Scope(relation.scope))
        for relation, cover, trainee, supervisor in rows
        if is_since(relation, trainee, supervisor) and (cover is None or is_since(cover, here.membership, supervisor))
    ]


def _relations(here: Here) -> Select:  # type: ignore[type-arg]
    """The member's own relations, without a cover, and those of whom they cover, each with the cover."""
    member_id = here.membership.person_id
    of_supervisor = and_(Cover.organisation_id == here.id, Cover.supervisor_id == Supervision.supervisor_id, *_covers_now(here))
    return (
        select(Supervision, Cover, _trainee, _supervisor)
        .outerjoin(Cover, of_supervisor)
        .join(_trainee, and_(_trainee.person_id == Supervision.trainee_id, *_is_active(_trainee, here.id), _trainee.is_trainee))
        .join(
            _supervisor,
            and_(_supervisor.person_id == Supervision.supervisor_id, *_is_active(_supervisor, here.id), _supervisor.is_supervisor),
        )
        .where(
            Supervision.organisation_id == here.id,
            or_(Supervision.supervisor_id == member_id, Cover.id.is_not(None)),
            Supervision.trainee_id != member_id,
            Supervision.ended_at.is_(None),
            Supervision.first_day <= here.today,
            or_(Supervision.last_day.is_(None), Supervision.last_day >= here.today),
        )
    )


def _covers_now(here: Here) -> tuple[ColumnElement[bool], ...]:
    """Of covers: those by which the member stands in for somebody today."""
    return (
        Cover.colleague_id == here.membership.person_id,
        Cover.ended_at.is_(None),
        Cover.first_day <= here.today,
        Cover.last_day >= here.today,
    )


def _is_active(membership: type[Membership], organisation_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return membership.organisation_id == organisation_id, membership.left_on.is_(None), membership.suspended_at.is_(None)


def _everybody(here: Here) -> list[tuple[UUID, Scope]]:
    rows = db.session.scalars(
        select(Membership.person_id).where(
            *_is_active(Membership, here.id), Membership.is_trainee, Membership.person_id != here.membership.person_id
        )
    )
    return [(person_id, Scope.STATUS) for person_id in rows]


def _combined(pairs: list[tuple[UUID, Scope]]) -> dict[UUID, Scope]:
    found: dict[UUID, list[Scope]] = {}
    for trainee_id, scope in pairs:
        found.setdefault(trainee_id, []).append(scope)
    return {trainee_id: widest(scopes) for trainee_id, scopes in found.items()}
