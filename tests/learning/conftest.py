"""A learner at the level of services: begins and answers by the ids of the scenario file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask

from ceapp.learning import service, starting
from ceapp.learning.models import Attempt
from ceapp.learning.service import Receipt, Submission
from tests.conftest import NOW, Member

GOOD_PATH = (
    ("first", ("raise",)),
    ("risks", ("see", "blur")),
    ("needed", ("yes",)),
    ("order", ("consult", "talk", "write")),
    ("note", ()),
)


class Learner:
    """One person in the sample course."""

    def __init__(self, app: Flask, person: Member) -> None:
        self._app, self.person, self._keys = app, person, itertools.count()

    @contextmanager
    def _context(self) -> Iterator[None]:
        with self._app.app_context():
            yield

    def key(self) -> str:
        return f"{self.person.id}-{next(self._keys):05}"

    def enrol(self, now: datetime = NOW) -> UUID:
        with self._context():
            return starting.enrol(self.person.id, "sample", now=now).id

    def begin(self, scenario: str = "every-kind", *, purpose: str = "credit", key: str = "", now: datetime = NOW) -> Attempt:
        with self._context():
            return starting.begin(self.person.id, "sample", scenario, purpose=purpose, form_key=key or self.key(), now=now)

    def answer(
        self, attempt: Attempt, question: str, given: tuple[str, ...], *, text: str = "", key: str = "", now: datetime = NOW
    ) -> Receipt:
        with self._context():
            submission = Submission(question, given, text, key or self.key(), NOW)
            return service.hand_in(self.person.id, attempt.id, submission, now=now)

    def work_through(self, attempt: Attempt, path: tuple[tuple[str, tuple[str, ...]], ...] = GOOD_PATH, now: datetime = NOW) -> Receipt:
        for question, given in path:
            receipt = self.answer(attempt, question, given, now=now)
        return receipt

    def complete(self, now: datetime = NOW) -> Receipt:
        self.enrol(now)
        self.work_through(self.begin(now=now), now=now)
        return self.answer(self.begin("short", now=now), "now", ("ask",), now=now)


@pytest.fixture
def learner(app: Flask, course: str, tess: Member) -> Learner:
    """Tess, in the published sample course."""
    return Learner(app, tess)


@pytest.fixture
def learner_of(app: Flask, course: str) -> Callable[[Member], Learner]:
    return lambda person: Learner(app, person)
