"""A trainee who works on what was assigned, at the level of services."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update

from ceapp.accounts.models import Membership
from ceapp.database import scoped_to, transaction
from ceapp.learning import reflections, service, starting
from ceapp.learning.models import Attempt
from ceapp.learning.service import Submission
from ceapp.supervision.models import AssignedScenario, Task
from tests.conftest import JOINED_ON, NOW, Agency, Member

Path = Sequence[tuple[str, tuple[str, ...]]]

RISKY_PATH: Path = (("first", ("wait",)), ("risks", ("see",)), ("needed", ("no",)), ("order", ("talk", "consult", "write")), ("note", ()))
GOOD_PATH: Path = (
    ("first", ("raise",)),
    ("risks", ("see", "blur")),
    ("needed", ("yes",)),
    ("order", ("consult", "talk", "write")),
    ("note", ()),
)

_KEYS = itertools.count()


class Trainee:
    """One person at work in one organisation: `Trainee(app, agency, tess).work_through(task_id, RISKY_PATH, text="…")`."""

    def __init__(self, app: Flask, agency: Agency, person: Member) -> None:
        self._app, self._agency, self.person = app, agency, person

    def key(self) -> str:
        return f"{self.person.id}-task-{next(_KEYS):05}"

    def begin(self, task_id: UUID, *, now: datetime = NOW) -> Attempt:
        with self._app.app_context(), scoped_to(self._agency.id), transaction() as session:
            task, slug = session.execute(
                select(Task, AssignedScenario.scenario_slug)
                .join(
                    AssignedScenario, (AssignedScenario.assignment_id == Task.assignment_id) & (AssignedScenario.position == Task.position)
                )
                .where(Task.organisation_id == self._agency.id, Task.id == task_id)
            ).one()
            attempt = starting.begin_assigned(
                self.person.id, "sample", slug, series_id=task.series_id, allowed=None, form_key=self.key(), now=now
            )
            session.execute(
                update(Task).where(Task.organisation_id == self._agency.id, Task.id == task_id).values(series_id=attempt.series_id)
            )
            return attempt

    def begin_alone(self, purpose: str, scenario: str = "every-kind", *, now: datetime = NOW) -> Attempt:
        """An attempt of the person's own: for credit or to practise."""
        with self._app.app_context():
            starting.enrol(self.person.id, "sample", now=now)
            return starting.begin(self.person.id, "sample", scenario, purpose=purpose, form_key=self.key(), now=now)

    def answer(self, attempt: Attempt, path: Path, *, text: str = "", saves: int = 0, now: datetime = NOW) -> None:
        with self._app.app_context():
            for question, given in path:
                written = text if question == "note" else ""
                service.hand_in(self.person.id, attempt.id, Submission(question, given, written, self.key(), now, saves), now=now)

    def draft(self, attempt: Attempt, text: str, *, now: datetime = NOW) -> None:
        with self._app.app_context():
            reflections.save_draft(self.person.id, attempt.id, "note", text, 0, now=now)

    def work_through(self, task_id: UUID, path: Path = GOOD_PATH, *, text: str = "", now: datetime = NOW) -> Attempt:
        attempt = self.begin(task_id, now=now)
        self.answer(attempt, path, text=text, now=now)
        return attempt


def join(app: Flask, agency: Agency, person: Member, role: str = "is_supervisor") -> None:
    """Make somebody a member of the organisation."""
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.add(Membership(organisation_id=agency.id, person_id=person.id, joined_on=JOINED_ON, **{role: True}))
