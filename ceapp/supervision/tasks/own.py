"""An assignment as its trainee sees it, and lists of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ceapp.accounts.models import Organisation
from ceapp.supervision.day_words import due_words
from ceapp.supervision.models import AssignedScenario, Assignment, Task
from ceapp.supervision.progress.rules import Standing
from ceapp.supervision.tasks.rules import Part, Place, Work, obstacle, part_of


@dataclass(frozen=True, slots=True)
class MyTask:
    """One assignment as its trainee sees it."""

    task: Task
    assigned: AssignedScenario
    assignment: Assignment
    organisation: Organisation
    by: str
    place: Place
    work: Work
    open_attempt: UUID | None
    allowed: int | None
    released_on: date | None
    standing: Standing

    @property
    def id(self) -> UUID:
        return self.task.id

    @property
    def title(self) -> str:
        return self.assigned.title

    @property
    def due_on(self) -> date | None:
        return self.task.due_on or self.assigned.due_on

    def due_words(self, zone: str) -> str:
        """Until when, for somebody whose clocks go as in `zone`; empty without a due day."""
        return due_words(self.due_on, self.assignment.time_zone, zone) if self.due_on else ""

    @property
    def is_extended(self) -> bool:
        return self.task.due_on is not None

    @property
    def part(self) -> Part:
        return part_of(self.work, has_ended=self.place.has_ended)

    @property
    def obstacle(self) -> str:
        return obstacle(self.place)

    @property
    def can_begin(self) -> bool:
        """Whether a further attempt may be begun; going on with the open one counts."""
        wanted = not self.work.is_released and self.work.passed_at is None
        return wanted and not self.obstacle and (self.work.is_open or self.work.has_left(self.allowed))

    @property
    def can_release(self) -> bool:
        """Whether a pass of the trainee's own may still stand for it."""
        wanted = not self.work.is_released and self.work.passed_at is None
        return wanted and not self.obstacle and self.assignment.accepts_own_pass

    @property
    def allowed_in_all(self) -> int | None:
        return None if self.allowed is None else self.allowed - self.work.left


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of a list of assignments."""

    tasks: tuple[MyTask, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class FrontTasks:
    """What the front page names of somebody's assignments."""

    waiting: tuple[MyTask, ...]
    done: tuple[MyTask, ...]
    has_more: bool

    @property
    def due(self) -> tuple[MyTask, ...]:
        return tuple(task for task in self.waiting if task.part is Part.DUE)

    @property
    def under_way(self) -> tuple[MyTask, ...]:
        return tuple(task for task in self.waiting if task.part is Part.UNDER_WAY)
