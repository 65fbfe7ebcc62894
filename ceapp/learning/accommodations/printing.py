"""A whole course on one page: scenes and options as a learner may see them before answering, feedback only for what was answered."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from ceapp.catalogue.queries import PublishedCourse, PublishedScenario, published_scenario
from ceapp.learning.accommodations.print_queries import Worked
from ceapp.learning.steps import AnsweredQuestion, OptionOrder, answered_question
from ceapp.scenarios.learner import LearnerQuestion, learner_view
from ceapp.scenarios.values import Block, Kind, Question, Scene


@dataclass(frozen=True, slots=True)
class PrintedQuestion:
    """A question, without its key unless it was answered; `text` is what was written for a reflection."""

    question: LearnerQuestion
    answered: AnsweredQuestion | None
    text: str
    after: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class PrintedScene:
    scene: Scene
    questions: tuple[PrintedQuestion, ...]


@dataclass(frozen=True, slots=True)
class PrintedScenario:
    """A scenario; with the answers of the newest attempt for credit, on the text that it was begun with."""

    slug: str
    published: PublishedScenario
    attempt_number: int | None
    scenes: tuple[PrintedScene, ...]


def printed_course(course: PublishedCourse, enrolment_id: UUID, worked: Iterable[Worked], secret: str) -> list[PrintedScenario]:
    """All scenarios in their order, but for the closing cases: their forms are not open before an attempt.

    Where nothing was begun, options stand in an order that a keyed hash of the enrolment gives, so that it is the same each time.
    """
    by_slug = {each.slug: each for each in worked}
    return [_scenario(course, listed.slug, listed.revision_id, enrolment_id, by_slug, secret) for listed in course.scenarios]


def _scenario(
    course: PublishedCourse, slug: str, revision_id: str, enrolment_id: UUID, by_slug: dict[str, Worked], secret: str
) -> PrintedScenario:
    worked = next((each for name, each in by_slug.items() if course.name_now(name) == slug), None)
    published = published_scenario(worked.attempt.scenario_revision_id if worked else revision_id)
    order = worked.attempt.option_order if worked else _order(published, enrolment_id, secret)
    scenes = tuple(
        PrintedScene(scene, tuple(_question(question, order, worked) for question in scene.questions))
        for scene in published.scenario.scenes
    )
    return PrintedScenario(slug, published, worked.attempt.number if worked else None, scenes)


def _question(question: Question, order: OptionOrder, worked: Worked | None) -> PrintedQuestion:
    asked = learner_view(question, [(page_id, option_id) for page_id, option_id in order.get(question.id, ())])
    if worked is None or question.id not in worked.given:
        return PrintedQuestion(asked, None, "", ())
    answered = answered_question(question, worked.given[question.id], order)
    return PrintedQuestion(asked, answered, worked.texts.get(question.id, ""), question.after)


def _order(published: PublishedScenario, enrolment_id: UUID, secret: str) -> dict[str, list[list[str]]]:
    """By a keyed hash, so that nobody can work back to the order of the file; that of an ordering question is never the right one."""

    def keyed(name: str) -> str:
        return hmac.new(secret.encode(), f"print:{enrolment_id}:{published.id}:{name}".encode(), "sha256").hexdigest()

    return {question.id: _mixed(question, keyed) for scene in published.scenario.scenes for question in scene.questions}


def _mixed(question: Question, keyed: Callable[[str], str]) -> list[list[str]]:
    right = [option.id for option in question.options]
    by_hash = {option_id: keyed(f"{question.id}:{option_id}") for option_id in right}
    ids = sorted(right, key=by_hash.__getitem__)
    if question.kind is Kind.ORDER and ids == right:
        ids.reverse()
    return [[by_hash[option_id][:10], option_id] for option_id in ids]
