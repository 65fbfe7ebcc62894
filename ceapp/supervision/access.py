"""Whom a supervisor sees today, and how much: by their own relations, and by those of the colleagues whom they cover."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership
from ceapp.database import db
from ceapp.errors import Missing
from ceapp.supervision.models import Cover, Supervision
from ceapp.supervision.scopes import Scope, widest


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


def _by_relation(here: Here) -> list[tuple[UUID, Scope]]:
    if not here.membership.is_supervisor:
        return []
    rows = db.session.execute(_relations(here))
    return [(trainee_id, Scope(scope)) for trainee_id, scope in rows]


def _relations(here: Here) -> Select[UUID, str]:
    member_id = here.membership.person_id
    covered = select(Cover.supervisor_id).where(
        Cover.organisation_id == here.id,
        Cover.colleague_id == member_id,
        Cover.ended_at.is_(None),
        Cover.first_day <= here.today,
        Cover.last_day >= here.today,
    )
    return (
        select(Supervision.trainee_id, Supervision.scope)
        .join(Membership, _is_trainee(Supervision.trainee_id, here.id))
        .where(
            Supervision.organisation_id == here.id,
            or_(Supervision.supervisor_id == member_id, Supervision.supervisor_id.in_(covered)),
            Supervision.trainee_id != member_id,
            Supervision.ended_at.is_(None),
            Supervision.first_day <= here.today,
            or_(Supervision.last_day.is_(None), Supervision.last_day >= here.today),
        )
    )


def _everybody(here: Here) -> list[tuple[UUID, Scope]]:
    rows = db.session.scalars(
        select(Membership.person_id).where(
            Membership.organisation_id == here.id,
            Membership.is_trainee,
            Membership.left_on.is_(None),
            Membership.person_id != here.membership.person_id,
        )
    )
    return [(person_id, Scope.STATUS) for person_id in rows]


def _is_trainee(person_id: ColumnElement[UUID] | InstrumentedAttribute[UUID], organisation_id: UUID) -> ColumnElement[bool]:
    return (
        (Membership.person_id == person_id)
        & (Membership.organisation_id == organisation_id)
        & Membership.is_trainee
        & Membership.left_on.is_(None)
    )


def _combined(pairs: list[tuple[UUID, Scope]]) -> dict[UUID, Scope]:
    found: dict[UUID, list[Scope]] = {}
    for trainee_id, scope in pairs:
        found.setdefault(trainee_id, []).append(scope)
    return {trainee_id: widest(scopes) for trainee_id, scopes in found.items()}
