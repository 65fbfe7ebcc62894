"""Reading who supervises whom and who covers for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership, Person
from ceapp.accounts.queries import goes_by
from ceapp.database import db
from ceapp.errors import Missing
from ceapp.supervision.access import is_since
from ceapp.supervision.called import called
from ceapp.supervision.models import Cover, Group, GroupMember, Supervision
from ceapp.supervision.relations.supervised import SupervisedBy, organisations_watching, supervisors_of
from ceapp.supervision.scopes import SAYS, Scope

__all__ = ["SupervisedBy", "called", "organisations_watching", "supervisors_of"]

ON_A_PAGE = 50
PICKED_FROM = 100
"""How many trainees a page offers to tick; more are found by their name."""

MOST_AT_ONCE = 500
"""How many trainees one act relates to a supervisor."""

_trainee, _supervisor, _colleague = aliased(Person), aliased(Person), aliased(Person)
_of_trainee, _of_supervisor = aliased(Membership), aliased(Membership)


@dataclass(frozen=True, slots=True)
class Named:
    """A person as a list shows them."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class RelationShown:
    """Who supervises whom, with names. `state` is begins, current or over for the organisation's day.

    It is resting when one of them has left, is suspended or has lost the role, or came back since: nobody sees anything by it.
    """

    relation: Supervision
    trainee: str
    supervisor: str
    state: str

    @property
    def sees(self) -> str:
        return SAYS[Scope(self.relation.scope)]


@dataclass(frozen=True, slots=True)
class CoverShown:
    """Who covers for whom, with names."""

    cover: Cover
    supervisor: str
    colleague: str
    state: str


@dataclass(frozen=True, slots=True)
class Offered:
    """What the page offers to choose from; `more` when there are trainees who are not listed."""

    supervisors: list[Named]
    groups: list[Named]
    trainees: list[Named]
    more: bool


def relations_of(here: Here, *, by: str, search: str, over: bool, page: int) -> tuple[list[RelationShown], int]:
    """One page of an organisation's relations, by trainee or by supervisor, those that are over or the others; and how many pages."""
    is_over = _is_over(here.today)
    wanted = _relations().where(Supervision.organisation_id == here.id, is_over if over else ~is_over)
    if search:
        wanted = wanted.where(or_(goes_by(_trainee, search), goes_by(_supervisor, search)))
    first, second = (_supervisor, _trainee) if by == "supervisor" else (_trainee, _supervisor)
    ordered = wanted.order_by(called(first), called(second), Supervision.first_day.desc(), Supervision.id)
    rows, pages = _page(ordered, page)
    return [_shown(row, here) for row in rows], pages


def relation_of(here: Here, relation_id: UUID) -> RelationShown:
    """A relation of the organisation. Raises Missing."""
    row = db.session.execute(_relations().where(Supervision.organisation_id == here.id, Supervision.id == relation_id)).one_or_none()
    if row is None:
        raise Missing
    return _shown(row, here)


def relations_of_supervisor(here: Here, page: int) -> tuple[list[RelationShown], int]:
    """One page of a supervisor's own relations that are not over, by trainee; and how many pages."""
    rows, pages = _page(
        _relations()
        .where(Supervision.organisation_id == here.id, Supervision.supervisor_id == here.membership.person_id, ~_is_over(here.today))
        .order_by(called(_trainee), Supervision.first_day, Supervision.id),
        page,
    )
    return [_shown(row, here) for row in rows], pages


def covers_of(here: Here, *, about: UUID | None, page: int) -> tuple[list[CoverShown], int]:
    """One page of the covers that are not over, all of them or those that a supervisor gives or takes; and how many pages."""
    wanted = (
        select(Cover, called(_supervisor), called(_colleague))
        .join(_supervisor, _supervisor.id == Cover.supervisor_id)
        .join(_colleague, _colleague.id == Cover.colleague_id)
        .where(Cover.organisation_id == here.id, Cover.ended_at.is_(None), Cover.last_day >= here.today)
        .order_by(Cover.first_day, Cover.id)
    )
    if about is not None:
        wanted = wanted.where(or_(Cover.supervisor_id == about, Cover.colleague_id == about))
    rows, pages = _page(wanted, page)
    return [CoverShown(row[0], row[1], row[2], "current" if row[0].first_day <= here.today else "begins") for row in rows], pages


def supervisors_in(organisation_id: UUID) -> list[Named]:
    """The active supervisors of an organisation, by name."""
    return _named(select(Person.id, called(Person)).where(Membership.is_supervisor), organisation_id)


def to_choose_from(organisation_id: UUID, *, search: str, group_id: UUID | None) -> Offered:
    """Whom an administrator may relate: all supervisors, and the trainees of a group or those who are found by name."""
    wanted = select(Person.id, called(Person)).where(Membership.is_trainee)
    if search:
        wanted = wanted.where(goes_by(Person, search))
    if group_id is not None:
        inside = select(GroupMember.person_id).where(GroupMember.organisation_id == organisation_id, GroupMember.group_id == group_id)
        wanted = wanted.where(Person.id.in_(inside))
    most = MOST_AT_ONCE if group_id else PICKED_FROM
    trainees = _named(wanted.limit(most + 1), organisation_id)
    groups = db.session.execute(
        select(Group.id, Group.name).where(Group.organisation_id == organisation_id).order_by(func.lower(Group.name), Group.id)
    )
    return Offered(supervisors_in(organisation_id), [Named(*row) for row in groups], trainees[:most], len(trainees) > most)


def _relations() -> Select[*tuple[Any, ...]]:
    return (
        select(Supervision, called(_trainee), called(_supervisor), _of_trainee, _of_supervisor)
        .join(_trainee, _trainee.id == Supervision.trainee_id)
        .join(_supervisor, _supervisor.id == Supervision.supervisor_id)
        .join(_of_trainee, _membership_of(_of_trainee, Supervision.trainee_id))
        .join(_of_supervisor, _membership_of(_of_supervisor, Supervision.supervisor_id))
    )


def _membership_of(membership: type[Membership], person_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    return and_(membership.organisation_id == Supervision.organisation_id, membership.person_id == person_id)


def _is_over(today: date) -> ColumnElement[bool]:
    return or_(Supervision.ended_at.is_not(None), and_(Supervision.last_day.is_not(None), Supervision.last_day < today))


def _shown(row: Any, here: Here) -> RelationShown:
    relation: Supervision = row[0]
    return RelationShown(relation, row[1], row[2], _state(relation, row[3], row[4], here))


def _state(relation: Supervision, of_trainee: Membership, of_supervisor: Membership, here: Here) -> str:
    if relation.ended_at is not None or (relation.last_day is not None and relation.last_day < here.today):
        return "over"
    roles_held = of_trainee.is_active and of_trainee.is_trainee and of_supervisor.is_active and of_supervisor.is_supervisor
    if not roles_held or not is_since(relation, of_trainee, of_supervisor):
        return "resting"
    return "begins" if relation.first_day > here.today else "current"


def _named(wanted: Select[*tuple[Any, ...]], organisation_id: UUID) -> list[Named]:
    rows = db.session.execute(
        wanted.join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id, Membership.left_on.is_(None), Membership.suspended_at.is_(None))
        .order_by(called(Person), Person.id)
    )
    return [Named(*row) for row in rows]


def _page(wanted: Select[*tuple[Any, ...]], page: int) -> tuple[list[Any], int]:
    """The rows of a page, and how many pages; counted in the same query."""
    counted = wanted.add_columns(func.count().over()).limit(ON_A_PAGE).offset((page - 1) * ON_A_PAGE)
    rows = db.session.execute(counted).all()
    return list(rows), -(-rows[0][-1] // ON_A_PAGE) if rows else 0
