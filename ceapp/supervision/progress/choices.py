"""The grades of the options of frozen scenarios, for finding the weakest choice of many attempts at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from ceapp.catalogue.models import ScenarioRevision
from ceapp.database import db
from ceapp.scenarios import structure
from ceapp.scenarios.values import Grade, Kind, Scenario

Grades = Mapping[str, Mapping[str, Grade]]
"""Question id → option id → grade, of the graded questions."""

_MOST = 2_000
_known: dict[str, Grades] = {}  # Revisions never change, so what was read of one stays true; some hundred bytes each.


def grades_of(revision_ids: Collection[str]) -> dict[str, Grades]:
    """The grades of these scenario revisions; those that this process has not read yet come in one statement."""
    missing = set(revision_ids) - _known.keys()
    fresh: dict[str, Grades] = {}
    if missing:
        rows = db.session.execute(select(ScenarioRevision.id, ScenarioRevision.structure).where(ScenarioRevision.id.in_(missing)))
        fresh = {revision_id: _grades(structure.load_scenario(found)) for revision_id, found in rows}
    found = {revision_id: _known.get(revision_id) or fresh.get(revision_id, {}) for revision_id in revision_ids}
    if len(_known) + len(fresh) > _MOST:
        _known.clear()
    _known.update(fresh)
    return found


def _grades(scenario: Scenario) -> Grades:
    questions = [question for scene in scenario.scenes for question in scene.questions if question.kind is Kind.GRADED]
    return {each.id: {option.id: option.grade for option in each.options if option.grade is not None} for each in questions}
