"""Fetch it if it is this person's; otherwise it does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ceapp.accounts import along
from ceapp.catalogue.queries import PublishedCourse, PublishedScenario, current_course, published_course, published_scenario
from ceapp.errors import Missing
from ceapp.learning.models import Answer
from ceapp.learning.queries import EnrolledCourse, OpenedAttempt, given
from ceapp.learning.seen import ATTEMPT_ALONG, COURSE_ALONG, attempt_in, attempt_seen, course_in, course_seen
from ceapp.learning.steps import StepView, minutes_left, question_at, step_view
from ceapp.scenarios.position import Answers, Walk, walk
from ceapp.scenarios.values import Question


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is in an attempt, computed from the answers."""

    opened: OpenedAttempt
    published: PublishedScenario
    rows: tuple[Answer, ...]
    answers: Answers
    walk: Walk

    @property
    def has_newer_text(self) -> bool:
        """Whether the course has published another text of this scenario since the attempt began."""
        listed = published_course(self.opened.current_revision_id).known_as(self.opened.series.scenario_slug)
        return self.opened.attempt.is_open and listed is not None and listed.revision_id != self.published.id

    @property
    def withholds(self) -> bool:
        """Whether the key stays closed: closing cases open it once they are passed, because a later attempt may meet the form again."""
        score = self.opened.score
        return self.opened.series.is_closing and not (score is not None and score.passed)

    def has_text(self, question: Question) -> bool:
        """Whether something may have been written: a draft until the question is answered, then what was handed in."""
        return next((row.text_id is not None for row in self.rows if row.question_id == question.id), True)

    def question(self, number: int) -> Question:
        """The question of a step. Raises Missing for a step that is not reached yet."""
        question = question_at(self.walk, number)
        if question is None:
            raise Missing
        return question

    def step(self, number: int) -> StepView:
        """What a step shows. Raises Missing for a step that is not reached yet."""
        order = self.opened.attempt.option_order
        view = step_view(
            self.published.scenario, self.walk, self.answers, order, number, left=self._minutes_left(), withholds=self.withholds
        )
        if view is None:
            raise Missing
        return view

    def _minutes_left(self) -> int:
        """Worked out once for each place in a text: it takes a walk over everything that may follow."""
        current, published = self.walk.current, self.published
        if current is None or current.question is None:
            return 0
        place = ("minutes left", current.question.id, *(scene.id for scene in current.scenes))
        return published.once(place, lambda: minutes_left(published.scenario, self.walk))


def place_of(person_id: UUID, attempt_id: UUID) -> Place:
    """An attempt of this person with its place in the story. Raises Missing for nobody's and for somebody else's alike."""
    brought = along.taken(ATTEMPT_ALONG, person_id, attempt_id=attempt_id)
    found = attempt_seen(person_id, attempt_id) if brought is None else attempt_in(brought)
    if found is None:
        raise Missing
    opened, rows = found
    published = published_scenario(opened.attempt.scenario_revision_id)
    answers = given(list(rows))
    return Place(opened, published, rows, answers, walk(published.scenario, answers))


def course_for(person_id: UUID | None, slug: str) -> tuple[PublishedCourse, EnrolledCourse | None]:
    """The course revision that counts for this person (the pinned one when enrolled, else the current) and the enrolment."""
    if person_id is None:
        return current_course(slug), None
    rows = along.taken(COURSE_ALONG, person_id, course_slug=slug)
    found = course_seen(person_id, slug) if rows is None else course_in(rows)
    if found is None:
        raise Missing
    return published_course(found.enrolled.enrolment.course_revision_id if found.enrolled else found.revision_id), found.enrolled
