"""Fetch it if it is this person's; otherwise it does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ceapp.catalogue.queries import PublishedCourse, PublishedScenario, current_course, published_course, published_scenario
from ceapp.errors import Missing
from ceapp.learning.models import Answer
from ceapp.learning.queries import EnrolledCourse, OpenedAttempt, answers_of, enrolled_course, given, opened_attempt
from ceapp.learning.steps import StepView, step_view
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

    def question(self, number: int) -> Question:
        """The question of a step. Raises Missing for a step that is not reached yet."""
        if not 1 <= number <= len(self.walk.steps):
            raise Missing
        question = self.walk.steps[number - 1].question
        if question is None:
            raise Missing
        return question

    def step(self, number: int) -> StepView:
        """What a step shows. Raises Missing for a step that is not reached yet."""
        view = step_view(self.published.scenario, self.walk, self.answers, self.opened.attempt.option_order, number)
        if view is None:
            raise Missing
        return view


def place_of(person_id: UUID, attempt_id: UUID) -> Place:
    """An attempt of this person with its place in the story. Raises Missing for nobody's and for somebody else's alike."""
    opened = opened_attempt(person_id, attempt_id)
    if opened is None:
        raise Missing
    published = published_scenario(opened.attempt.scenario_revision_id)
    rows = tuple(answers_of(attempt_id))
    answers = given(list(rows))
    return Place(opened, published, rows, answers, walk(published.scenario, answers))


def course_for(person_id: UUID | None, slug: str) -> tuple[PublishedCourse, EnrolledCourse | None]:
    """The course revision that counts for this person (the pinned one when enrolled, else the current) and the enrolment."""
    enrolled = enrolled_course(person_id, slug) if person_id else None
    course = published_course(enrolled.enrolment.course_revision_id) if enrolled else current_course(slug)
    return course, enrolled
