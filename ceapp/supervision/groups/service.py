"""Groups of trainees: making and naming them, who is in them. A supervisor puts only those into a group whom they see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership
from ceapp.audit.service import record
from ceapp.database import db, new_id, one_at_a_time, transaction
from ceapp.errors import Refused
from ceapp.supervision.access import acting, trainees_seen
from ceapp.supervision.groups.queries import group_of, members_of
from ceapp.supervision.models import Group, GroupMember
from ceapp.web.audience import ORGANISATION_ADMINISTRATOR, SUPERVISOR

NOTHING = "Nothing was changed."


def make_group(organisation_id: UUID, by: UUID, name: str, *, now: datetime) -> UUID:
    """Make an empty group; its id. An empty one of this name is the one that was meant."""
    with transaction() as session:
        _take(organisation_id, by, now)
        found = _named(organisation_id, name)
        if found is not None and _is_empty(found):
            return found.id
        if found is not None:
            raise Refused(f"There is a group named “{name}” already, with people in it. {NOTHING} Choose another name, or open that group.")
        group = Group(id=new_id(), organisation_id=organisation_id, name=name, created_at=now)
        session.add(group)
        session.flush()
        record("group.made", actor=by, now=now, organisation=organisation_id, group=group.id)
        return group.id


def rename_group(organisation_id: UUID, by: UUID, group_id: UUID, name: str, *, now: datetime) -> None:
    """Give a group another name. Raises Refused where others supervise somebody in it."""
    with transaction() as session:
        here = _take(organisation_id, by, now)
        group = group_of(organisation_id, group_id)
        if group.name == name:
            return
        _refuse_others_people(here, {member.id for member in members_of(organisation_id, group_id)}, "rename")
        if _named(organisation_id, name) is not None:
            raise Refused(f"There is a group named “{name}” already. {NOTHING} Choose another name.")
        session.execute(update(Group).where(Group.organisation_id == organisation_id, Group.id == group_id).values(name=name))
        record("group.renamed", actor=by, now=now, organisation=organisation_id, group=group_id)


def add_members(organisation_id: UUID, by: UUID, group_id: UUID, person_ids: Collection[UUID], *, now: datetime) -> int:
    """Put trainees into a group; how many were not in it before. Raises Refused for anybody whom the member does not see."""
    with transaction() as session:
        here = _take(organisation_id, by, now)
        group_of(organisation_id, group_id)
        _refuse_unseen(here, person_ids)
        already = _inside(organisation_id, group_id)
        fresh = [person_id for person_id in dict.fromkeys(person_ids) if person_id not in already]
        session.add_all(GroupMember(group_id=group_id, person_id=person_id, organisation_id=organisation_id) for person_id in fresh)
        session.flush()
        for person_id in fresh:
            record("group.joined", actor=by, now=now, organisation=organisation_id, group=group_id, person=person_id)
        return len(fresh)


def remove_members(organisation_id: UUID, by: UUID, group_id: UUID, person_ids: Collection[UUID], *, now: datetime) -> int:
    """Take trainees out of a group; how many were in it. What they were assigned stays."""
    with transaction() as session:
        here = _take(organisation_id, by, now)
        group_of(organisation_id, group_id)
        _refuse_unseen(here, person_ids)
        already = _inside(organisation_id, group_id)
        inside = [person_id for person_id in dict.fromkeys(person_ids) if person_id in already]
        session.execute(
            delete(GroupMember).where(
                GroupMember.organisation_id == organisation_id, GroupMember.group_id == group_id, GroupMember.person_id.in_(inside)
            )
        )
        for person_id in inside:
            record("group.left", actor=by, now=now, organisation=organisation_id, group=group_id, person=person_id)
        return len(inside)


def delete_group(organisation_id: UUID, by: UUID, group_id: UUID, *, with_members: bool, now: datetime) -> None:
    """Delete a group; one with people in it only when that is meant. Assignments and people stay as they are."""
    with transaction() as session:
        here = _take(organisation_id, by, now)
        group = group_of(organisation_id, group_id)
        inside = {member.id for member in members_of(organisation_id, group_id)}
        if inside and not with_members:
            raise Refused(f"The group “{group.name}” has people in it. {NOTHING} Confirm that it may be deleted all the same.")
        _refuse_others_people(here, inside, "delete")
        session.execute(delete(GroupMember).where(GroupMember.organisation_id == organisation_id, GroupMember.group_id == group_id))
        session.execute(delete(Group).where(Group.organisation_id == organisation_id, Group.id == group_id))
        record("group.deleted", actor=by, now=now, organisation=organisation_id, group=group_id)


def _take(organisation_id: UUID, by: UUID, now: datetime) -> Here:
    """Who acts, with a turn at the organisation's groups: names are unique and members come once, whoever else writes."""
    here = acting(organisation_id, by, SUPERVISOR, ORGANISATION_ADMINISTRATOR, now=now)
    one_at_a_time(f"groups {organisation_id}")
    return here


def _refuse_unseen(here: Here, person_ids: Collection[UUID]) -> None:
    if not person_ids:
        raise Refused(f"Nobody was chosen. {NOTHING} Tick one or more people first.")
    if set(person_ids) - _within_reach(here, person_ids):
        raise Refused(f"Somebody whom you chose is not, or not any more, a trainee whom you may put into groups. {NOTHING}")


def _within_reach(here: Here, person_ids: Collection[UUID]) -> set[UUID]:
    """Those of these whom the member may put into groups: an administrator any trainee, a supervisor those whom they see."""
    if not here.membership.is_administrator:
        return set(trainees_seen(here))
    return set(
        db.session.scalars(
            select(Membership.person_id).where(
                Membership.organisation_id == here.id,
                Membership.person_id.in_(person_ids),
                Membership.is_trainee,
                Membership.left_on.is_(None),
                Membership.suspended_at.is_(None),
            )
        )
    )


def _named(organisation_id: UUID, name: str) -> Group | None:
    return db.session.scalar(select(Group).where(Group.organisation_id == organisation_id, Group.name == name))


def _is_empty(group: Group) -> bool:
    return not _inside(group.organisation_id, group.id)


def _inside(organisation_id: UUID, group_id: UUID) -> set[UUID]:
    wanted = select(GroupMember.person_id).where(GroupMember.organisation_id == organisation_id, GroupMember.group_id == group_id)
    return set(db.session.scalars(wanted))


def _refuse_others_people(here: Here, inside: set[UUID], deed: str) -> None:
    if not here.membership.is_administrator and inside - trainees_seen(here).keys():
        raise Refused(f"This group has people in it whom you do not supervise, so only an administrator can {deed} it. {NOTHING}")
