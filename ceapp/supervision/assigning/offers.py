"""What may be chosen on the page for assigning: the courses, and the people in their groups."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership, Person
from ceapp.catalogue.models import Course
from ceapp.catalogue.queries import PublishedCourse, published_course
from ceapp.database import db
from ceapp.supervision.access import trainees_seen
from ceapp.supervision.called import called
from ceapp.supervision.models import Group, GroupMember

_FEW = 40


@dataclass(frozen=True, slots=True)
class OfferedPerson:
    """Somebody to whom the member may assign; `also_in` are the other groups that they are in."""

    id: UUID
    name: str
    also_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferedGroup:
    """A group with all those of its people to whom the member may assign, and those of them that are listed under it."""

    id: UUID
    name: str
    everybody: frozenset[UUID]
    listed: tuple[OfferedPerson, ...]

    def has_any_of(self, people: Collection[UUID]) -> bool:
        """Whether one of these is listed under it."""
        return any(person.id in people for person in self.listed)


@dataclass(frozen=True, slots=True)
class Offer:
    """All to whom the member may assign. Each person is listed once: under the first of their groups, or alone."""

    groups: tuple[OfferedGroup, ...]
    alone: tuple[OfferedPerson, ...]

    @property
    def number(self) -> int:
        return len(self.everybody)

    @property
    def is_small(self) -> bool:
        """Whether everybody fits on a screen or two, so that no group needs to be closed."""
        return self.number <= _FEW

    def has_alone_any_of(self, people: Collection[UUID]) -> bool:
        """Whether one of these is in no group."""
        return any(person.id in people for person in self.alone)

    @property
    def everybody(self) -> frozenset[UUID]:
        listed = [*self.alone, *(person for group in self.groups for person in group.listed)]
        return frozenset(person.id for person in listed)

    def chosen(self, people: Collection[UUID], groups: Collection[UUID], *, everybody: bool) -> tuple[UUID, ...]:
        """The people that a choice comes to. A group that is not offered is nobody; a person who is not is decided on when assigning."""
        of_groups = [person_id for group in self.groups if group.id in groups for person_id in group.everybody]
        return tuple(sorted({*people, *of_groups, *(self.everybody if everybody else ())}))


def offer(here: Here) -> Offer:
    """The active trainees whom the member sees, in their groups."""
    seen = trainees_seen(here)
    rows = db.session.execute(
        select(Person.id, called(Person), Group.id, Group.name)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(GroupMember, (GroupMember.organisation_id == Membership.organisation_id) & (GroupMember.person_id == Person.id))
        .outerjoin(Group, (Group.organisation_id == GroupMember.organisation_id) & (Group.id == GroupMember.group_id))
        .where(Membership.organisation_id == here.id, Membership.suspended_at.is_(None), Person.suspended_at.is_(None))
        .order_by(func.lower(Group.name), func.lower(called(Person)), Person.email)
    ).all()
    return _arranged([(row[0], row[1], row[2], row[3]) for row in rows if row[0] in seen])


def courses_to_assign() -> list[tuple[str, str, str]]:
    """Slug, title and current revision of the courses that are offered, by title."""
    rows = db.session.execute(
        select(Course.slug, Course.title, Course.revision_id).where(Course.retired_at.is_(None)).order_by(Course.title)
    )
    return [(slug, title, revision_id) for slug, title, revision_id in rows]


def course_to_assign(courses: list[tuple[str, str, str]], slug: str) -> PublishedCourse | None:
    """The course with this slug, else the first; None when no course is offered."""
    revision_id = next((each[2] for each in courses if each[0] == slug), courses[0][2] if courses else None)
    return published_course(revision_id) if revision_id else None


def _arranged(rows: list[tuple[UUID, str, UUID | None, str | None]]) -> Offer:
    of_person: dict[UUID, list[str]] = {}
    for person_id, _, _, group in rows:
        of_person.setdefault(person_id, []).extend([group] if group is not None else [])
    members: dict[UUID, tuple[str, list[tuple[UUID, str]]]] = {}
    for person_id, name, group_id, group in rows:
        if group_id is not None and group is not None:
            members.setdefault(group_id, (group, []))[1].append((person_id, name))
    groups = tuple(
        OfferedGroup(
            group_id,
            group,
            frozenset(person_id for person_id, _ in people),
            tuple(OfferedPerson(id_, name, tuple(of_person[id_][1:])) for id_, name in people if of_person[id_][0] == group),
        )
        for group_id, (group, people) in members.items()
    )
    return Offer(groups, tuple(OfferedPerson(person_id, name, ()) for person_id, name, group_id, _ in rows if group_id is None))
