"""What the result page shows, put together from the record and the frozen text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from ceapp.catalogue.queries import CitedSection, PublishedCourse, PublishedScenario, published_course
from ceapp.certificates.models import Certificate
from ceapp.certificates.queries import current_certificate
from ceapp.errors import Missing
from ceapp.learning.access import Place
from ceapp.learning.completion import Checklist, Item
from ceapp.learning.grant_queries import NOTHING_ASKED, Asking, asking_of
from ceapp.learning.models import Attempt, Score
from ceapp.learning.pathmap import PathMap, ground, layout
from ceapp.learning.presenter import cited_by
from ceapp.learning.queries import checklist_of, enrolled_course, outcomes_in, reflections_of
from ceapp.learning.reflections import text_of
from ceapp.learning.steps import AnsweredQuestion, KeptAnswer, answered_question, kept_answer
from ceapp.learning.way_back import WayBack, way_back
from ceapp.scenarios.citations import citations_in
from ceapp.scenarios.values import Citation, Grade, Objective, Question, Scenario, Scene


@dataclass(frozen=True, slots=True)
class Looked:
    """A question of the path with its key, the credit as text, and what was written."""

    number: int
    scene_title: str
    answered: AnsweredQuestion
    credit: str
    text: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class ResultView:
    """Everything on the result page. `way_back` and `counts` (in a course that the person is in) are those of an assigned attempt."""

    attempt: Attempt
    score: Score
    scenario: Scenario
    course: PublishedCourse
    course_slug: str
    purpose: str
    questions: tuple[Looked, ...]
    not_right: tuple[KeptAnswer, ...] | None  # of closing cases that were not passed: all that is told
    epilogue: tuple[Scene, ...]
    path: PathMap
    standards: tuple[CitedSection, ...]
    objectives: tuple[Objective, ...]
    checklist: Checklist | None
    item: Item | None  # its line on the checklist
    slug: str  # of the page that it is begun from
    asking: Asking
    certificate: Certificate | None
    critical: bool
    way_back: WayBack | None
    counts: bool
    is_closing: bool

    @property
    def is_unmet(self) -> bool:
        """Whether the course still waits for a pass of this scenario."""
        return not self.score.passed and self.item is not None and not self.item.is_met

    @property
    def has_form(self) -> bool:
        """Whether there is something to send: to try again, to practise, to ask for another attempt."""
        return self.purpose == "practice" or self.is_unmet


def result_view(place: Place) -> ResultView:
    """Put the result together. Raises Missing while the attempt is open."""
    opened, score = place.opened, place.opened.score
    if score is None:
        raise Missing
    scenario, enrolment = place.published.scenario, opened.enrolment
    questions = () if place.withholds else _looked(place)
    course = published_course(enrolment.course_revision_id if enrolment else opened.current_revision_id)
    left = checklist_of(course, enrolment, outcomes_in(enrolment.id)) if enrolment else None
    item = left.item(course.name_now(opened.series.scenario_slug)) if left else None
    certificate = (
        current_certificate(enrolment.person_id, enrolment.course_slug, enrolment.cycle)
        if enrolment and left and left.is_complete
        else None
    )
    return ResultView(
        attempt=opened.attempt,
        score=score,
        scenario=scenario,
        course=course,
        course_slug=opened.series.course_slug,
        purpose=opened.series.purpose,
        questions=questions,
        not_right=_not_right(place, score) if place.withholds else None,
        epilogue=place.walk.epilogue,
        path=layout(scenario, place.answers, place.walk.visited, place.published.once("ground", lambda: ground(scenario))),
        standards=() if place.withholds else tuple(cited_by(place.published, _citations_on_path(place))),
        objectives=tuple(each for each in course.course.objectives if each.id in scenario.objectives),
        checklist=left,
        item=item,
        slug=item.requirement.slug if item else scenario.slug,
        asking=asking_of(enrolment.id, item) if enrolment else NOTHING_ASKED,
        certificate=certificate,
        critical=any(option.chosen and option.verdict == Grade.CRITICAL for looked in questions for option in looked.answered.options),
        way_back=way_back(opened),
        is_closing=opened.series.is_closing,
        counts=opened.series.purpose == "assigned" and enrolled_course(opened.series.person_id, opened.series.course_slug) is not None,
    )


def _looked(place: Place) -> tuple[Looked, ...]:
    order, score = place.opened.attempt.option_order, place.opened.score
    has_text = any(row.text_id is not None for row in place.rows)
    written = reflections_of(place.opened.attempt.id) if has_text else {}
    return tuple(
        Looked(
            step.number,
            step.scene.title if step.scene else "",
            answered_question(step.question, place.answers[step.question.id], order),
            score.credits.get(step.question.id, "") if score else "",
            text_of(written.get(step.question.id)),
            is_gone=step.question.id in written and not written[step.question.id].ciphertext,
        )
        for step in place.walk.steps
        if step.question
    )


def _not_right(place: Place, score: Score) -> tuple[KeptAnswer, ...]:
    """The answers that did not get all of their credit."""
    asked = (step.question for step in place.walk.steps if step.question)
    return tuple(kept_answer(each, place.answers[each.id]) for each in asked if score.credits.get(each.id, "1") != "1")


def _citations_on_path(place: Place) -> set[Citation]:
    """The citations of what the learner read: the scenes entered, and their questions with every feedback."""
    published = place.published
    return {
        citation
        for scene_id in place.walk.visited
        for citation in published.once(("cited", scene_id), partial(_cited_in, published, scene_id))
    }


def _cited_in(published: PublishedScenario, scene_id: str) -> frozenset[Citation]:
    cites = {each.citation.cite for each in published.cited}
    return frozenset(found.citation for text in _texts(published.scenario.scene(scene_id)) for found in citations_in(text, cites))


def _texts(scene: Scene) -> Iterable[str]:
    yield from (getattr(block, "text", "") for block in scene.body)
    for question in scene.questions:
        yield from _question_texts(question)


def _question_texts(question: Question) -> Iterable[str]:
    yield question.title
    yield from (getattr(block, "text", "") for block in (*question.body, *question.hints, *question.explanations, *question.rubrics))
    yield from (option.feedback for option in question.options)
