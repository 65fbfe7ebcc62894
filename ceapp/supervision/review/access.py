"""A piece of a trainee's work, if the member sees this trainee; otherwise it does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ceapp.accounts.access import Here
from ceapp.accounts.queries import belonging
from ceapp.errors import Missing
from ceapp.supervision.access import Span, reflections_shown, scope_for
from ceapp.supervision.progress.board import standings_of
from ceapp.supervision.progress.queries import Work, work_of
from ceapp.supervision.progress.rules import Standing, State
from ceapp.supervision.scopes import Scope


@dataclass(frozen=True, slots=True)
class SeenWork:
    """A task with where its trainee stands, as far as the scope lets the member know."""

    work: Work
    scope: Scope
    standing: Standing
    reflections_shown: tuple[Span, ...] = ()

    @property
    def shows_scores(self) -> bool:
        return self._is_open and self.scope.includes(Scope.SCORES)

    @property
    def shows_answers(self) -> bool:
        return self._is_open and self.work.first_id is not None and self.scope.includes(Scope.ANSWERS)

    @property
    def shows_reflections(self) -> bool:
        return self.shows_answers and self.scope.includes(Scope.REFLECTIONS)

    def may_read(self, handed_in_at: datetime | None) -> bool:
        """Whether a reflection that was handed in at this moment is open to the member."""
        return self.shows_reflections and handed_in_at is not None and any(span.holds(handed_in_at) for span in self.reflections_shown)

    @property
    def may_be_signed_off(self) -> bool:
        """Something was handed in or passed, and the member sees what they would sign."""
        return self.shows_scores and self.standing.is_done

    @property
    def _is_open(self) -> bool:
        """What was withdrawn is no longer looked into."""
        return self.standing.state is not State.WITHDRAWN


def work_for(here: Here, trainee_id: UUID, task_id: UUID, *, now: datetime) -> SeenWork:
    """The task of this trainee in this organisation. Raises Missing when any link of that is wrong."""
    scope = scope_for(here, trainee_id)
    work = work_of(here.id, [task_id]).get(task_id)
    if work is None or work.trainee_id != trainee_id:
        raise Missing
    shown = reflections_shown(here, trainee_id) if scope.includes(Scope.REFLECTIONS) else ()
    return SeenWork(work, scope, standings_of([work], {trainee_id: scope}, now)[task_id], shown)


def read_again(here: Here) -> Here:
    """The same member of the same organisation as they are now. Raises Missing when they no longer belong to it."""
    found = belonging(here.slug, here.membership.person_id)
    if found is None or not found.membership.is_active:
        raise Missing
    return Here(found.organisation, found.membership, here.today)
