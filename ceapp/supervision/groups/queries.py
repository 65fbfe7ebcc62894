"""Reading groups and who is in them. Only active trainees are shown and counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership, Person
from ceapp.accounts.queries import goes_by
from ceapp.database import db
from ceapp.errors import Missing
from ceapp.supervision.access import trainees_seen
from ceapp.supervision.called import called
from ceapp.supervision.models import Group, GroupMember
from ceapp.supervision.relations.queries import PICKED_FROM, Named

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group and how many active trainees are in it."""

    id: UUID
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class GroupPage:
    """A group with the people in it whom the member sees, how many others are in it, and who may be added.

    `more` when there are people to add who are not listed.
    """

    group: Group
    members: list[Named]
    hidden: int
    offered: list[Named]
    more: bool

    @property
    def count(self) -> int:
        return len(self.members) + self.hidden


def groups_of(organisation_id: UUID) -> list[GroupShown]:
    """All groups of an organisation, by name."""
    rows = db.session.execute(
        select(Group.id, Group.name, func.count(Membership.person_id))
        .outerjoin(GroupMember, and_(GroupMember.organisation_id == Group.organisation_id, GroupMember.group_id == Group.id))
        .outerjoin(Membership, _is_active_trainee())
        .where(Group.organisation_id == organisation_id)
        .group_by(Group.id, Group.name)
        .order_by(func.lower(Group.name), Group.name)
    )
    return [GroupShown(*row) for row in rows]


def groups_page(organisation_id: UUID, page: int) -> tuple[list[GroupShown], int]:
    """One page of them, and how many pages."""
    found = groups_of(organisation_id)
    first = (page - 1) * ON_A_PAGE
    return found[first : first + ON_A_PAGE], -(-len(found) // ON_A_PAGE)


def group_of(organisation_id: UUID, group_id: UUID) -> Group:
    """A group of the organisation. Raises Missing."""
    found = db.session.scalar(select(Group).where(Group.organisation_id == organisation_id, Group.id == group_id))
    if found is None:
        raise Missing
    return found


def group_page(here: Here, group_id: UUID, *, search: str) -> GroupPage:
    """A group as the member sees it: a supervisor reads the names of those whom they see, an administrator all."""
    seen = None if here.membership.is_administrator else frozenset(trainees_seen(here))
    group = group_of(here.id, group_id)
    inside = members_of(here.id, group_id)
    shown = [member for member in inside if seen is None or member.id in seen]
    offered = not_in_group(here.id, group_id, search=search, only=seen)
    return GroupPage(group, shown, len(inside) - len(shown), offered[:PICKED_FROM], len(offered) > PICKED_FROM)


def members_of(organisation_id: UUID, group_id: UUID) -> list[Named]:
    """The active trainees in a group, by name."""
    rows = db.session.execute(
        select(Person.id, called(Person))
        .join(GroupMember, GroupMember.person_id == Person.id)
        .join(Membership, _is_active_trainee())
        .where(GroupMember.organisation_id == organisation_id, GroupMember.group_id == group_id)
        .order_by(called(Person), Person.id)
    )
    return [Named(*row) for row in rows]


def not_in_group(organisation_id: UUID, group_id: UUID, *, search: str, only: Collection[UUID] | None) -> list[Named]:
    """Active trainees who are not in the group, by name, as many as a page offers and one more; `only` narrows them to those."""
    inside = select(GroupMember.person_id).where(GroupMember.organisation_id == organisation_id, GroupMember.group_id == group_id)
    wanted = (
        select(Person.id, called(Person))
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.is_trainee,
            Membership.left_on.is_(None),
            Membership.suspended_at.is_(None),
            Person.id.not_in(inside),
        )
        .order_by(called(Person), Person.id)
        .limit(PICKED_FROM + 1)
    )
    if search:
        wanted = wanted.where(goes_by(Person, search))
    if only is not None:
        wanted = wanted.where(Person.id.in_(only))
    return [Named(*row) for row in db.session.execute(wanted)]


def _is_active_trainee() -> ColumnElement[bool]:
    return and_(
        Membership.organisation_id == GroupMember.organisation_id,
        Membership.person_id == GroupMember.person_id,
        Membership.is_trainee,
        Membership.left_on.is_(None),
        Membership.suspended_at.is_(None),
    )
