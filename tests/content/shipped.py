"""The course as its files give it, read once, and the pieces of text that its rules look at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ceapp.scenarios.course_folder import CourseFolder
from ceapp.scenarios.reading import read_folder
from ceapp.scenarios.values import Callout, CalloutKind, Course, Kind, Post, Prose, Question, Scenario, Standard, Status

ROOT = Path(__file__).parents[2]
SLUG = "social-media-ethics"
FORMS = ("closing-a", "closing-b")
OPENING = "opening"
CHOOSE_ONE = (Kind.GRADED, Kind.PLAIN)


@cache
def _read() -> tuple[dict[str, Standard], CourseFolder]:
    folder = read_folder(ROOT / "scenarios")
    return dict(folder.standards), next(each for each in folder.courses if each.slug == SLUG)


def standards() -> dict[str, Standard]:
    return _read()[0]


def folder() -> CourseFolder:
    return _read()[1]


def course() -> Course:
    found = folder().course
    assert found is not None, "\n".join(map(str, folder().problems))
    return found


def written() -> dict[str, Scenario]:
    """Every file of the course, closing and opening cases included."""
    files = folder().scenarios
    assert all(file.scenario for file in files.values()), [str(problem) for file in files.values() for problem in file.problems]
    return {slug: file.scenario for slug, file in files.items() if file.scenario}


def scenarios() -> dict[str, Scenario]:
    """The scenarios proper: what a learner goes through before the closing cases."""
    return {slug: scenario for slug, scenario in written().items() if slug not in (*FORMS, OPENING)}


def forms() -> dict[str, Scenario]:
    return {slug: scenario for slug, scenario in written().items() if slug in FORMS}


def questions(scenario: Scenario) -> list[Question]:
    return [question for scene in scenario.scenes for question in scene.questions]


def narrative_and_feedback(scenario: Scenario) -> list[str]:
    """What the reading grade is measured on: the story, and what is said about each choice. Posts and options have their own voice."""
    return list(_narrative(scenario)) + list(_feedback(scenario))


def everything(scenario: Scenario) -> list[str]:
    """Every piece of text of a scenario, also what only supervisors see."""
    return [scenario.title, scenario.summary, *_narrative(scenario), *_feedback(scenario), *_posts(scenario), *_asked(scenario)]


def _narrative(scenario: Scenario) -> Iterator[str]:
    for scene in scenario.scenes:
        blocks = [*scene.body, *(block for question in scene.questions for block in (*question.body, *question.after))]
        yield from (block.text for block in blocks if isinstance(block, Prose | Callout))


def _feedback(scenario: Scenario) -> Iterator[str]:
    for question in questions(scenario):
        yield from (option.feedback for option in question.options if option.feedback)
        yield from (callout.text for callout in question.explanations)


def _posts(scenario: Scenario) -> Iterator[str]:
    for scene in scenario.scenes:
        blocks = [*scene.body, *(block for question in scene.questions for block in question.body)]
        yield from (block.text for block in blocks if isinstance(block, Post))


def _asked(scenario: Scenario) -> Iterator[str]:
    for scene in scenario.scenes:
        yield scene.title
        yield from (callout.text for callout in scene.discussions)
        for question in scene.questions:
            yield question.title
            yield from (option.text for option in question.options)
            yield from (callout.text for callout in (*question.hints, *question.rubrics, *question.discussions))


def discussions(scenario: Scenario) -> list[str]:
    asked = [callout for scene in scenario.scenes for callout in scene.discussions]
    asked += [callout for question in questions(scenario) for callout in question.discussions]
    return [callout.text for callout in asked if callout.kind is CalloutKind.DISCUSS]


def is_ready(scenario: Scenario) -> bool:
    return scenario.status is Status.READY
