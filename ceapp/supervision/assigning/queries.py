"""Reading assignments: those that a member sees, and what is in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from ceapp.accounts.access import Here
from ceapp.accounts.models import Person
from ceapp.accounts.queries import goes_by
from ceapp.database import db, pages_of
from ceapp.errors import Missing
from ceapp.supervision.assigning.assigned import PersonsTasks, by_person, tasks_of
from ceapp.supervision.assigning.sight import may_withdraw, tasks_seen
from ceapp.supervision.called import called
from ceapp.supervision.models import AssignedScenario, Assignment, Task

PAGE = 20
ROWS_ON_A_PAGE = 200
MOST_PEOPLE_ON_A_PAGE = 50

_NAME = called(Person)


@dataclass(frozen=True, slots=True)
class Listed:
    """An assignment in the list; `people` counts those whom the member sees."""

    assignment: Assignment
    by: str
    scenarios: int
    first_due: date | None
    last_due: date | None
    people: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list."""

    rows: tuple[Listed, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class AssignmentHead:
    """An assignment with its scenarios; how many people of it the member sees, and how many of those were looked for."""

    assignment: Assignment
    by: str
    scenarios: tuple[AssignedScenario, ...]
    people: int
    found: int
    may_withdraw: bool

    @property
    def people_on_a_page(self) -> int:
        """Fewer where each has many scenarios."""
        return min(MOST_PEOPLE_ON_A_PAGE, max(1, ROWS_ON_A_PAGE // len(self.scenarios)))

    @property
    def pages(self) -> int:
        return pages_of(self.found, self.people_on_a_page)


@dataclass(frozen=True, slots=True)
class AssignmentPage:
    """An assignment with one page of its people."""

    head: AssignmentHead
    people: tuple[PersonsTasks, ...]
    page: int


def assignment_made_with(organisation_id: UUID, member_id: UUID, form_key: str) -> UUID | None:
    """The assignment that this form made."""
    return db.session.scalar(
        select(Assignment.id).where(
            Assignment.organisation_id == organisation_id, Assignment.assigned_by == member_id, Assignment.form_key == form_key
        )
    )


def assignments(here: Here, page: int, *, mine: bool) -> Listing:
    """One page of the assignments that the member made, or of all that they may see: the newest first."""
    seen = tasks_seen(here)
    people = select(func.count(Task.trainee_id.distinct())).where(*_of_this(here), seen).scalar_subquery()
    scenarios, first, last = (
        select(what).where(AssignedScenario.organisation_id == here.id, AssignedScenario.assignment_id == Assignment.id).scalar_subquery()
        for what in (func.count(), func.min(AssignedScenario.due_on), func.max(AssignedScenario.due_on))
    )
    rows = db.session.execute(
        select(func.count().over(), Assignment, _NAME, scenarios, first, last, people)
        .join(Person, Person.id == Assignment.assigned_by)
        .where(Assignment.organisation_id == here.id, _made_by(here) if mine else _visible(here, seen))
        .order_by(Assignment.assigned_at.desc(), Assignment.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return Listing(tuple(Listed(*row[1:]) for row in rows), page, -(-rows[0][0] // PAGE) if rows else page)


def assignment_page(here: Here, assignment_id: UUID, page: int, now: datetime, *, search: str = "") -> AssignmentPage:
    """An assignment that the member made or that a trainee of theirs has, and those of its people whom they see. Raises Missing.

    `search` keeps those whose name or address holds it.
    """
    seen = tasks_seen(here)
    head = _head(here, assignment_id, seen, search)
    page = min(page, head.pages)
    return AssignmentPage(head, tuple(_people(here, head, seen, search, page, now)), page)


def head_to_withdraw(here: Here, assignment_id: UUID) -> AssignmentHead:
    """An assignment that the member may withdraw as a whole. Raises Missing."""
    head = _head(here, assignment_id, tasks_seen(here), "")
    if not head.may_withdraw:
        raise Missing
    return head


def _head(here: Here, assignment_id: UUID, seen: ColumnElement[bool], search: str) -> AssignmentHead:
    of_this = (Task.organisation_id == here.id, Task.assignment_id == assignment_id, seen)
    people = select(func.count(Task.trainee_id.distinct())).where(*of_this)
    found = people.join(Person, Person.id == Task.trainee_id).where(goes_by(Person, search)) if search else people
    rows = db.session.execute(
        select(Assignment, _NAME, people.scalar_subquery(), found.correlate(None).scalar_subquery(), AssignedScenario)
        .join(Person, Person.id == Assignment.assigned_by)
        .join(AssignedScenario, AssignedScenario.assignment_id == Assignment.id)
        .where(Assignment.organisation_id == here.id, Assignment.id == assignment_id, _visible(here, seen))
        .order_by(AssignedScenario.position)
    ).all()
    if not rows:
        raise Missing
    assignment, by, number, of_search, _ = rows[0]
    return AssignmentHead(assignment, by, tuple(row[4] for row in rows), number, of_search, may_withdraw(here, assignment))


def _people(here: Here, head: AssignmentHead, seen: ColumnElement[bool], search: str, page: int, now: datetime) -> list[PersonsTasks]:
    """One page of them by name, with where they stand."""
    of_this = (Task.organisation_id == here.id, Task.assignment_id == head.assignment.id)
    on_page = (
        select(Task.trainee_id)
        .join(Person, Person.id == Task.trainee_id)
        .where(*of_this, seen, goes_by(Person, search))
        .group_by(Task.trainee_id, Person.name, Person.email)
        .order_by(func.lower(_NAME), Task.trainee_id)
        .limit(head.people_on_a_page)
        .offset((page - 1) * head.people_on_a_page)
        .subquery()
    )
    wanted = tasks_of(here).where(Task.assignment_id == head.assignment.id, Task.trainee_id.in_(select(on_page.c.trainee_id)))
    return by_person(wanted, now)


def _of_this(here: Here) -> tuple[ColumnElement[bool], ...]:
    return Task.organisation_id == here.id, Task.assignment_id == Assignment.id


def _made_by(here: Here) -> ColumnElement[bool]:
    return Assignment.assigned_by == here.membership.person_id


def _visible(here: Here, seen: ColumnElement[bool]) -> ColumnElement[bool]:
    concerns = select(Task.id).where(*_of_this(here), seen).exists()
    return or_(_made_by(here), concerns)
