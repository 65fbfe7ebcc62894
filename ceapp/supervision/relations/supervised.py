"""What a trainee reads of who supervises them, over all their organisations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.database import db
from ceapp.supervision.access import is_since
from ceapp.supervision.called import called
from ceapp.supervision.days import day_of
from ceapp.supervision.models import Cover, Supervision
from ceapp.supervision.scopes import SAYS, Scope

_supervisor, _colleague = aliased(Person), aliased(Person)
_ONE_DAY = timedelta(days=1)
_TRAINEE: BindParameter[UUID] = bindparam("person_id")
_SINCE: BindParameter[date] = bindparam("since")


@dataclass(frozen=True, slots=True)
class Covering:
    """A colleague who sees a trainee's work in place of the supervisor, both days included."""

    colleague: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class SupervisedBy:
    """What a trainee reads about one who supervises them. `has_begun` is false before the first day."""

    organisation_id: UUID
    organisation: str
    supervisor: str
    scope: Scope
    first_day: date
    last_day: date | None
    has_begun: bool
    covered: tuple[Covering, ...]

    @property
    def sees(self) -> str:
        return SAYS[self.scope]


def supervisors_of(person_id: UUID, now: datetime) -> list[SupervisedBy]:
    """Who supervises a person today or will, in all their organisations, and by whom they are covered; in two queries."""
    asked = {"person_id": person_id, "since": now.date() - _ONE_DAY}
    rows = db.session.execute(_RELATIONS, asked).all()
    covers = list(db.session.execute(_COVERS, asked)) if rows else []
    return [_supervised(row, covers, now) for row in rows if _holds(row, now)]


def scopes_seen(person_id: UUID, organisation_id: UUID, now: datetime) -> list[Scope]:
    """How much each of those sees who supervise a person in this organisation today; in one query."""
    wanted = _RELATIONS.where(Supervision.organisation_id == organisation_id)
    rows = db.session.execute(wanted, {"person_id": person_id, "since": now.date() - _ONE_DAY})
    return [Scope(row[0].scope) for row in rows if _holds(row, now) and row[0].first_day <= day_of(now, row[1].time_zone)]


def organisations_watching(person_id: UUID) -> list[str]:
    """The organisations whose administrators see a person's status: those in which they are an active trainee."""
    return list(
        db.session.scalars(
            select(Organisation.name)
            .join(Membership, Membership.organisation_id == Organisation.id)
            .where(
                Membership.person_id == person_id, Membership.is_trainee, Membership.left_on.is_(None), Membership.suspended_at.is_(None)
            )
            .order_by(Organisation.name)
        )
    )


def _active(
    membership: type[Membership], organisation_id: InstrumentedAttribute[UUID], person_id: InstrumentedAttribute[UUID]
) -> ColumnElement[bool]:
    return and_(
        membership.organisation_id == organisation_id,
        membership.person_id == person_id,
        membership.left_on.is_(None),
        membership.suspended_at.is_(None),
    )


def _relations() -> Select[*tuple[Any, ...]]:
    of_trainee, of_supervisor = aliased(Membership), aliased(Membership)
    return (
        select(Supervision, Organisation, called(_supervisor), of_trainee, of_supervisor)
        .join(Organisation, Organisation.id == Supervision.organisation_id)
        .join(_supervisor, _supervisor.id == Supervision.supervisor_id)
        .join(of_trainee, _active(of_trainee, Supervision.organisation_id, Supervision.trainee_id) & of_trainee.is_trainee)
        .join(of_supervisor, _active(of_supervisor, Supervision.organisation_id, Supervision.supervisor_id) & of_supervisor.is_supervisor)
        .where(
            Supervision.trainee_id == _TRAINEE,
            Supervision.ended_at.is_(None),
            or_(Supervision.last_day.is_(None), Supervision.last_day >= _SINCE),
        )
        .order_by(Organisation.name, called(_supervisor), Supervision.id)
    )


def _covers() -> Select[*tuple[Any, ...]]:
    of_colleague = aliased(Membership)
    return (
        select(Cover, called(_colleague), of_colleague)
        .join(_colleague, _colleague.id == Cover.colleague_id)
        .join(of_colleague, _active(of_colleague, Cover.organisation_id, Cover.colleague_id) & of_colleague.is_supervisor)
        .join(
            Supervision,
            (Supervision.organisation_id == Cover.organisation_id) & (Supervision.supervisor_id == Cover.supervisor_id),
        )
        .where(
            Supervision.trainee_id == _TRAINEE,
            Supervision.ended_at.is_(None),
            Cover.colleague_id != _TRAINEE,
            Cover.ended_at.is_(None),
            Cover.last_day >= _SINCE,
        )
        .order_by(Cover.first_day, Cover.id)
    )


# Built once: the front page of every trainee asks them, and putting them together takes longer than running them.
_RELATIONS, _COVERS = _relations(), _covers()


def _holds(row: Any, now: datetime) -> bool:
    relation, organisation, _name, trainee, supervisor = row
    still = relation.last_day is None or relation.last_day >= day_of(now, organisation.time_zone)
    return still and is_since(relation, trainee, supervisor)


def _supervised(row: Any, covers: list[Any], now: datetime) -> SupervisedBy:
    relation, organisation, name, _trainee, supervisor = row
    today = day_of(now, organisation.time_zone)
    covered = tuple(
        Covering(colleague, cover.first_day, cover.last_day)
        for cover, colleague, of_colleague in covers
        if (cover.organisation_id, cover.supervisor_id) == (relation.organisation_id, relation.supervisor_id)
        and cover.last_day >= today
        and is_since(cover, of_colleague, supervisor)
    )
    has_begun, scope = relation.first_day <= today, Scope(relation.scope)
    return SupervisedBy(organisation.id, organisation.name, name, scope, relation.first_day, relation.last_day, has_begun, covered)
