"""Assignments as plain rows, for tests of what is made of them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update

from ceapp.catalogue.models import ScenarioRevision
from ceapp.database import new_id, scoped_to, transaction
from ceapp.learning.models import Attempt, Score, Series
from ceapp.supervision.models import AssignedScenario, Assignment, ReleasedPass, Task


@dataclass(frozen=True)
class Assigned:
    """An assignment that was made: its id, and its tasks by (trainee, scenario)."""

    id: UUID
    tasks: dict[tuple[UUID, str], UUID]

    def task(self, trainee: Any, scenario: str | None = None) -> UUID:
        """The trainee's task, of this scenario or the only one."""
        found = [task_id for (trainee_id, slug), task_id in self.tasks.items() if trainee_id == trainee.id and scenario in (None, slug)]
        assert len(found) == 1, f"{len(found)} tasks"
        return found[0]


def assign(
    app: Flask,
    agency: Any,
    by: Any,
    trainees: Sequence[Any],
    course: str,
    scenarios: Sequence[str] | dict[str, date | None],
    *,
    now: datetime,
    due_on: date | None = None,
    time_zone: str = "America/Toronto",
    title: str = "An assignment",
    **columns: Any,
) -> Assigned:
    """Make the rows of an assignment: `assign(app, agency, sam, [tess], course, ["slug"], due_on=…, now=now)`.

    `scenarios` may be a dict from the slug to a due day of its own; other keyword arguments are columns of the assignment.
    """
    days = scenarios if isinstance(scenarios, dict) else dict.fromkeys(scenarios, due_on)
    values = {"kind": "scenarios", "attempts": None, "accepts_own_pass": False, "assigned_at": now, **columns}
    assignment_id, tasks = new_id(), {}
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.add(
            Assignment(
                id=assignment_id,
                organisation_id=agency.id,
                title=title,
                time_zone=time_zone,
                form_key=secrets.token_urlsafe(18),
                assigned_by=by.id,
                **values,
            )
        )
        session.flush()
        for position, (slug, day) in enumerate(days.items(), 1):
            session.add(
                AssignedScenario(
                    assignment_id=assignment_id,
                    position=position,
                    organisation_id=agency.id,
                    course_slug=course,
                    scenario_slug=slug,
                    title=slug.replace("-", " ").capitalize(),
                    due_on=day,
                )
            )
            session.flush()
            for trainee in trainees:
                tasks[trainee.id, slug] = new_id()
                session.add(
                    Task(
                        id=tasks[trainee.id, slug],
                        organisation_id=agency.id,
                        assignment_id=assignment_id,
                        position=position,
                        trainee_id=trainee.id,
                        series_purpose="assigned",
                    )
                )
        session.flush()
    return Assigned(assignment_id, tasks)


def hand_in(
    app: Flask,
    agency: Any,
    trainee: Any,
    task_id: UUID,
    course: str,
    scenario: str,
    *,
    passed: bool,
    now: datetime,
    number: int = 1,
    allowed: int | None = None,
    series_id: UUID | None = None,
) -> tuple[UUID, UUID]:
    """A closed attempt of a task, as rows; the ids of the series (made when none is given) and of the attempt."""
    with app.app_context(), scoped_to(agency.id, trainee.id), transaction() as session:
        if series_id is None:
            series_id = new_id()
            session.add(
                Series(id=series_id, person_id=trainee.id, course_slug=course, scenario_slug=scenario, purpose="assigned", allowed=allowed)
            )
            session.flush()
            session.execute(update(Task).where(Task.organisation_id == agency.id, Task.id == task_id).values(series_id=series_id))
        attempt_id = new_id()
        session.add(
            Attempt(
                id=attempt_id,
                series_id=series_id,
                number=number,
                allowed=allowed,
                scenario_revision_id=session.scalars(select(ScenarioRevision.id).where(ScenarioRevision.slug == scenario)).one(),
                option_order={},
                pass_mark=80,
                scoring="partial",
                form_key=secrets.token_urlsafe(18),
                began_at=now,
                closed_at=now,
            )
        )
        session.flush()
        session.add(Score(attempt_id=attempt_id, version=1, percent=90 if passed else 40, passed=passed, credits={}, scored_at=now))
        session.flush()
    return series_id, attempt_id


def release(app: Flask, agency: Any, task_id: UUID, attempt_id: UUID, *, passed_on: date, now: datetime) -> None:
    """A pass of the trainee's own that stands for a task."""
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.add(ReleasedPass(organisation_id=agency.id, task_id=task_id, attempt_id=attempt_id, passed_on=passed_on, released_at=now))
        session.flush()
