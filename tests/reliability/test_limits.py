"""R8 through a running server: however many starts of a last attempt meet, never more attempts than are allowed.

The full form runs on both databases and has the control. What `test_service_races.py` shows of the same in every run of the tests is on
both, with a control.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.visitor import Reply, Visitor
from ceapp.learning.models import Attempt, Series
from tests.reliability.conftest import Installations
from tests.reliability.damage import unprotected
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation, Somebody
from tests.reliability.journeys import Filled, begin, beginning, choosing, enrol, page
from tests.reliability.ledger import faults_of
from tests.reliability.rounds import rounds, together
from tests.reliability.weakened import weaken

LIMITS = (1, 2, 3)
AT_ONCE = 40
BAD = "Like it."

COUNT_THEN_INSERT = """
import time
from ceapp.database import db
from ceapp.learning import starting
from ceapp.learning.models import Series
counted = starting.last_number

def slowly(series_id):
    found = counted(series_id)
    time.sleep(0.3)
    return found

starting.last_number = slowly
starting.series_to_change = lambda series_id: db.session.get(Series, series_id)
"""
"""A server that counts the attempts, takes its time, and begins another one, without holding the series meanwhile."""


class Starter:
    """Somebody before their last attempt at a scenario, with many tabs open."""

    def __init__(self, installation: Installation, limit: int) -> None:
        self.installation, self.course = installation, f"limit-{limit}"
        self.person: Somebody = installation.somebody()
        self.visitor: Visitor = installation.visitor(self.person)
        enrol(self.visitor, self.course)
        for _ in range(limit - 1):
            self.fail(begin(self.visitor, "short", self.course))
        blank = beginning(self.visitor, "short", self.course)
        self.forms = [blank.but(key=f"{blank.key[:-2]}{number:02}") for number in range(AT_ONCE)]

    def fail(self, address: str) -> None:
        assert choosing(page(self.visitor, f"{address}/1"), 1, BAD).send(self.visitor).status == 303

    def start_all(self, forms: list[Filled]) -> Counter[tuple[int, str]]:
        """What the starts were told that were sent together."""
        tabs = [self.installation.visitor() for _ in forms]
        for tab in tabs:
            tab.cookies.update(self.visitor.cookies)
        replies: list[Reply] = together([lambda tab=tab, form=form: form.send(tab) for tab, form in zip(tabs, forms, strict=True)])
        for tab in tabs:
            tab.close()
        return Counter((reply.status, reply.location) for reply in replies)

    def attempts(self) -> int:
        mine = Series.person_id == self.person.id
        return self.installation.count(Attempt, Attempt.series_id.in_(Series.__table__.select().with_only_columns(Series.id).where(mine)))


@pytest.fixture
def limiting() -> Callable[[Installation], Installation]:
    """Start the server of an installation with a course for every limit."""

    def start(installation: Installation) -> Installation:
        for limit in LIMITS:
            shutil.copytree(installation.scenarios / "sample", installation.scenarios / f"limit-{limit}")
            installation.edit(f"limit-{limit}/course.md", "attempts: unlimited", f"attempts: {limit}")
        installation.server.start()
        return installation

    return start


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full_form)])
def test_r8_forty_starts_of_the_last_attempt_never_exceed_the_limit(
    kind: str, installations: Installations, limiting: Callable[[Installation], Installation], figures: Callable[..., Figures]
) -> None:
    row = figures("R8 limits", kind, rounds(1, 500))
    with installations(kind) as made:
        installation = limiting(made)
        while row.done < row.asked:
            limit = LIMITS[(row.done + 1) % len(LIMITS)]  # Two first: one attempt before it, and none after.
            starter = Starter(installation, limit)
            told = starter.start_all(starter.forms)
            row.lost += max(0, starter.attempts() - limit)
            ((status, address), count) = told.most_common(1)[0]
            assert (status, count, starter.attempts()) == (303, AT_ONCE, limit)
            starter.fail(address)
            late = starter.start_all([form.but(key=form.key[::-1]) for form in starter.forms])
            assert (late, starter.attempts()) == ({(409, ""): AT_ONCE}, limit)
            starter.visitor.close()
            row.done, row.acknowledged = row.done + 1, row.acknowledged + count
        with installation.engine() as engine:
            assert faults_of(engine) == []
        assert "Traceback" not in installation.server.log


@pytest.mark.full_form
@pytest.mark.parametrize("indexed", [True, False])
def test_r8_control_without_the_index_and_the_lock_the_limit_is_exceeded(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    installations: Installations,
    limiting: Callable[[Installation], Installation],
    figures: Callable[..., Figures],
    indexed: bool,
) -> None:
    """On PostgreSQL, where writers meet. The index alone holds the limit, even under code that counts first and inserts later."""
    row = figures("R8 limits", "control, with the index" if indexed else "control", 1)
    weaken(monkeypatch, tmp_path, COUNT_THEN_INSERT)
    with installations("postgresql") as made:
        starter = Starter(limiting(made), 2)
        if not indexed:
            with made.engine() as engine:
                unprotected(engine, Attempt)
        starter.start_all(starter.forms)
        row.done, row.lost = 1, starter.attempts() - 2
        row.control = "tripped" if row.lost else "did NOT trip"
        assert row.lost >= 0
        assert (row.lost == 0) is indexed
        with made.engine() as engine:
            assert (faults_of(engine) == []) is indexed
