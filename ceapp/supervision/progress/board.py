"""The progress page put together: trainees down, scenarios across, in each place what the person looking may know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from ceapp.database import pages_of
from ceapp.scenarios.values import Grade
from ceapp.supervision.progress import queries
from ceapp.supervision.progress.choices import grades_of
from ceapp.supervision.progress.queries import AssignedItem, ScenarioKey, Work
from ceapp.supervision.progress.rules import Due, Filters, Standing, State, standing, weakest_choice
from ceapp.supervision.scopes import Scope

TRAINEES_ON_A_PAGE = 25
SCENARIOS_ACROSS = 20

Named = tuple[UUID, str]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Column:
    """A scenario; `due_on` is that of the newest assignment with it."""

    key: ScenarioKey
    title: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """Where one trainee stands with one scenario. `due_on` only where it is another day than the column says."""

    task_id: UUID
    standing: Standing
    due: Due
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Row:
    """A trainee; a cell is None where nothing was assigned, or where the filters leave nothing."""

    person_id: UUID
    name: str
    scope: Scope
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen in the filters."""

    groups: tuple[Named, ...]
    assignments: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One page: some trainees, some scenarios, and how many pages there are in both directions.

    `has_scores` tells whether the person looking may know anybody's scores.
    """

    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    choices: Choices
    trainees: int
    has_scores: bool
    page: int
    pages: int
    part: int
    parts: int

    @property
    def newer(self) -> int:
        """The part of the scenarios before this one."""
        return self.part - 1

    @property
    def older(self) -> int:
        return self.part + 1


def board(organisation_id: UUID, seen: Mapping[UUID, Scope], filters: Filters, *, page: int, part: int, now: datetime) -> Board:
    """The page of the trainees seen, by name, and the part of the scenarios, those of the newest assignments first."""
    found = _Looked(organisation_id, seen, filters, now)
    pages, parts = pages_of(len(found.trainees), TRAINEES_ON_A_PAGE), pages_of(len(found.columns), SCENARIOS_ACROSS)
    page, part = min(page, pages), min(part, parts)
    columns = _slice(found.columns, part, SCENARIOS_ACROSS)
    rows = found.rows(_slice(found.trainees, page, TRAINEES_ON_A_PAGE), columns)
    has_scores = any(scope.includes(Scope.SCORES) for scope in seen.values())
    groups = tuple(queries.groups_of(organisation_id, seen))
    return Board(tuple(rows), tuple(columns), Choices(groups, found.assignments), len(found.trainees), has_scores, page, pages, part, parts)


def whole_board(
    organisation_id: UUID, seen: Mapping[UUID, Scope], filters: Filters, now: datetime
) -> tuple[Sequence[Column], Iterator[Row]]:
    """All pages in both directions, for a file; the trainees are read some at a time, while the file is written."""
    found = _Looked(organisation_id, seen, filters, now)
    trainees = found.trainees
    starts = range(0, len(trainees), TRAINEES_ON_A_PAGE)
    rows = (row for start in starts for row in found.rows(trainees[start : start + TRAINEES_ON_A_PAGE], found.columns))
    return found.columns, rows


class _Looked:
    """What a board is cut from: the columns and the names of everybody on it."""

    def __init__(self, organisation_id: UUID, seen: Mapping[UUID, Scope], filters: Filters, now: datetime) -> None:
        self._organisation_id, self._seen, self._filters, self._now = organisation_id, seen, filters, now
        ids = list(seen)
        items = queries.assigned_items(organisation_id, ids, filters.group_id)
        self._zones = {each.time_zone for each in items}
        self.assignments = tuple({each.assignment_id: each.assignment_title for each in items}.items())
        if filters.is_narrow:
            items = queries.matching_items(organisation_id, ids, filters, self._zones, now)
        self.columns = _columns(items)
        self.trainees = queries.trainees_by_name(organisation_id, ids, filters, self._zones, now)

    def rows(self, trainees: Sequence[Named], columns: Sequence[Column]) -> list[Row]:
        work = self._work([person_id for person_id, _ in trainees], [column.key for column in columns])
        standings = standings_of(work.values(), self._seen, self._now)
        return [
            Row(person_id, name, self._seen[person_id], tuple(_cell(work.get((person_id, each.key)), each, standings) for each in columns))
            for person_id, name in trainees
        ]

    def _work(self, trainee_ids: list[UUID], keys: list[ScenarioKey]) -> dict[tuple[UUID, ScenarioKey], Work]:
        if not trainee_ids or not keys:
            return {}
        return queries.work_on(self._organisation_id, trainee_ids, keys, self._filters, self._zones, self._now)


def standings_of(works: Collection[Work], seen: Mapping[UUID, Scope], now: datetime) -> dict[UUID, Standing]:
    """Task → where its trainee stands, as far as the scope on each trainee lets one know."""
    graded = [each for each in works if each.first_id is not None and seen[each.trainee_id].includes(Scope.SCORES)]
    given = queries.given_in([each.first_id for each in graded if each.first_id is not None])
    grades = grades_of({each.revision_id for each in graded})
    weakest = {each.task_id: weakest_choice(grades[each.revision_id], given.get(each.first_id, {})) for each in graded if each.first_id}
    return {each.task_id: _standing(each, weakest.get(each.task_id), now).within(seen[each.trainee_id]) for each in works}


def _standing(work: Work, weakest: Grade | None, now: datetime) -> Standing:
    found = standing(work.tries, work.due, withdrawn=work.withdrawn, released_on=work.released_on, now=now)
    return replace(found, weakest=weakest) if weakest is not None and found.state is not State.WITHDRAWN else found


def _columns(items: Iterable[AssignedItem]) -> list[Column]:
    found: dict[ScenarioKey, Column] = {}
    for each in items:
        found.setdefault(each.key, Column(each.key, each.title, each.due_on))
    return list(found.values())


def _cell(work: Work | None, column: Column, standings: Mapping[UUID, Standing]) -> Cell | None:
    if work is None:
        return None
    found = standings[work.task_id]
    differs = work.due.on != column.due_on and found.state is not State.WITHDRAWN
    return Cell(work.task_id, found, work.due, work.due.on if differs else None)


def _slice(items: Sequence[_Item], page: int, size: int) -> Sequence[_Item]:
    return items[(page - 1) * size : page * size]
