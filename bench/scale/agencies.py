"""Organisations with their supervisors and trainees, and what was assigned to them."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from bench.scale import seeding
from bench.scale.stencil import Row, Rows
from ceapp.accounts.models import Membership, Organisation, Person, SignIn
from ceapp.audit.models import AuditEntry
from ceapp.catalogue.queries import PublishedCourse, current_course
from ceapp.database import Model, new_id, scoped_to
from ceapp.supervision.models import AssignedScenario, Assignment, Supervision, Task

MODELS: tuple[type[Model], ...] = (Organisation, Person, SignIn, Membership, Supervision, Assignment, AssignedScenario, Task, AuditEntry)
TABLES = tuple(model.__table__ for model in MODELS)


def fill(learners: Sequence[UUID], *, supervisors: int, organisations: int, course: str, now: datetime) -> None:
    """Spread the learners over so many organisations as trainees, each with one supervisor and a course that was assigned."""
    published = current_course(course)
    for number in range(organisations):
        trainees = learners[number::organisations]
        count = len(range(number, supervisors, organisations))
        organisation_id, rows = _agency(number, trainees, count, published, now)
        with scoped_to(organisation_id):
            seeding.store(TABLES, rows)  # type: ignore[arg-type]


def _agency(number: int, trainees: Sequence[UUID], supervisors: int, course: PublishedCourse, now: datetime) -> tuple[UUID, Rows]:
    rows: Rows = defaultdict(list)
    organisation_id = new_id()

    def add(model: type[Model], **row: object) -> Row:
        rows[model.__table__].append(row)  # type: ignore[index]
        return row

    add(Organisation, id=organisation_id, slug=f"agency-{number}", name=f"Agency {number}", time_zone="America/Toronto", created_at=now)
    leaders = []
    for place in range(max(1, supervisors)):
        email, person_id = f"supervisor{number}-{place}@example.org", new_id()
        values = {"time_zone": "America/Toronto", "password_hash": "", "wants_reminders": True, "is_administrator": False}
        add(Person, id=person_id, email=email, name=f"Supervisor {number} {place}", created_at=now, **values)
        rows[SignIn.__table__].append(seeding.sign_in(person_id, email))  # type: ignore[index]
        add(Membership, **_membership(organisation_id, person_id, now.date(), is_supervisor=True, is_administrator=place == 0))
        leaders.append(person_id)
    assignments = [_assignment(add, organisation_id, leader, course, now) for leader in leaders]
    for place, trainee in enumerate(trainees):
        leader, assignment = leaders[place % len(leaders)], assignments[place % len(leaders)]
        add(Membership, **_membership(organisation_id, trainee, now.date(), is_trainee=True))
        days = {"first_day": now.date(), "last_day": None, "made_by": leader, "made_at": now, "ended_at": None}
        add(Supervision, id=new_id(), organisation_id=organisation_id, supervisor_id=leader, trainee_id=trainee, scope="answers", **days)
        for position in range(1, len(course.scenarios) + 1):
            place_of = {"organisation_id": organisation_id, "assignment_id": assignment, "position": position}
            add(
                Task, id=new_id(), trainee_id=trainee, due_on=None, series_id=None, series_purpose="assigned", withdrawn_at=None, **place_of
            )
    return organisation_id, rows


def _assignment(add: object, organisation_id: UUID, leader: UUID, course: PublishedCourse, now: datetime) -> UUID:
    assignment_id = new_id()
    state = {"note_id": None, "withdrawn_at": None, "withdrawn_by": None, "attempts": None, "accepts_own_pass": True}
    made = {"form_key": secrets.token_urlsafe(18), "assigned_by": leader, "assigned_at": now}
    subjects = {"organisation": str(organisation_id), "assignment": str(assignment_id)}
    add(AuditEntry, id=new_id(), at=now, actor_id=leader, deed="assignment.made", subjects=subjects)  # type: ignore[operator]
    what = {"kind": "course", "title": course.course.title, "time_zone": "America/Toronto"}
    add(Assignment, id=assignment_id, organisation_id=organisation_id, **what, **made, **state)  # type: ignore[operator]
    for position, listed in enumerate(course.scenarios, 1):
        place = {"assignment_id": assignment_id, "position": position, "organisation_id": organisation_id}
        due = now.date() + timedelta(days=30 + position)
        add(AssignedScenario, **place, course_slug=course.slug, scenario_slug=listed.slug, title=listed.title, due_on=due)  # type: ignore[operator]
    return assignment_id


def _membership(organisation_id: UUID, person_id: UUID, joined_on: date, **roles: bool) -> Row:
    held = {"is_trainee": False, "is_supervisor": False, "is_administrator": False, **roles}
    ends = {"returned_at": None, "left_on": None, "suspended_at": None}
    return {"id": new_id(), "organisation_id": organisation_id, "person_id": person_id, "joined_on": joined_on, **held, **ends}
