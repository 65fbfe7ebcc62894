"""What the course promises in numbers: scenarios, kinds of questions, objectives, words and hours."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from ceapp.scenarios.hours import hours_of
from ceapp.scenarios.values import Grade, Kind, Question, Scenario
from ceapp.scenarios.words import path_words
from tests.content.shipped import CHOOSE_ONE, ROOT, SLUG, course, discussions, folder, is_ready, questions, scenarios, written

ALL = sorted(scenarios())
VERBS = {"Arrange", "Choose", "Compare", "Distinguish", "Evaluate", "Formulate", "Identify", "List", "Plan", "Revise", "Select"}
HOURS = Decimal("3.00")


def shortest_passing(slug: str) -> int:
    return path_words(scenarios()[slug], course().pass_mark, course().scoring).shortest_passing


def test_the_files_have_no_problems() -> None:
    problems = [*folder().problems, *(problem for file in folder().scenarios.values() for problem in file.problems)]
    assert [str(problem) for problem in problems if problem.code != "not-listed"] == []


def test_twenty_scenarios_or_more_in_six_modules() -> None:
    assert len(scenarios()) >= 20
    assert len(course().modules) == 6
    listed = [slug for module in course().modules for slug in module.scenarios]
    assert sorted(listed) == ALL, "every scenario stands in a module, electives too"
    assert set(course().optional) < set(listed)
    assert all(is_ready(scenario) for scenario in scenarios().values())


@pytest.mark.parametrize("slug", ALL)
def test_a_scenario_is_whole(slug: str) -> None:
    scenario = scenarios()[slug]
    asked = questions(scenario)
    kinds = {question.kind for question in asked}
    scored = [question for question in asked if question.is_scored]
    assert 4 <= len(scored) + 1 <= 7
    assert len(kinds - {Kind.REFLECTION}) + 1 >= 3
    assert len(kinds) >= 3
    assert sum(question.kind is Kind.REFLECTION for question in asked) == 1
    assert asked[-1].rubrics
    assert len(discussions(scenario)) >= 2
    assert 2 <= len(scenario.objectives) <= 4
    assert 1 <= scenario.difficulty <= 5
    assert scenario.text_checked is not None


@pytest.mark.parametrize("slug", ALL)
def test_every_choice_is_explained(slug: str) -> None:
    for question in questions(scenarios()[slug]):
        if question.kind in CHOOSE_ONE:
            assert all(len(option.feedback.split()) >= 15 for option in question.options), question.id
        elif question.is_scored:
            assert question.explanations, question.id


@pytest.mark.parametrize("slug", ALL)
def test_what_a_board_would_sanction_is_rare(slug: str) -> None:
    grades = [option.grade for question in questions(scenarios()[slug]) for option in question.options]
    assert grades.count(Grade.CRITICAL) <= 2


def test_most_stories_branch_and_join_again() -> None:
    def branches(scenario: Scenario) -> bool:
        return any(question.branches for question in questions(scenario))

    assert sum(map(branches, scenarios().values())) >= 0.75 * len(scenarios())


def test_objectives_can_be_measured() -> None:
    objectives = course().objectives
    assert 7 <= len(objectives) <= 12
    assert {objective.text.split()[0] for objective in objectives} <= VERBS


def test_every_objective_is_taught_in_the_required_part_and_asked_often() -> None:
    for objective in course().objectives:
        taught = [scenario for scenario in scenarios().values() if objective.id in scenario.objectives]
        required = [scenario for scenario in taught if scenario.slug in course().required]
        assert required, objective.id
        assert len(taught) >= 2, objective.id
        assert sum(question.is_scored for scenario in taught for question in questions(scenario)) >= 10, objective.id


def test_the_required_part_is_three_contact_hours() -> None:
    words = sum(map(shortest_passing, course().required))
    assert 18_000 <= words < 19_500
    assert hours_of(course(), written()).hours == HOURS


def test_the_outline_says_the_minutes() -> None:
    text = (ROOT / "scenarios" / SLUG / "course.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \| (\*\*)?(.+?)(?:\*\*)? \| (\d+) \|$", text, re.M)
    titles = {module.title: module for module in course().modules}
    told = [(module, title, bool(bold), int(minutes)) for module, bold, title, minutes in rows]
    expected = [
        (module.title, scenarios()[slug].title, slug in course().required, round(shortest_passing(slug) / 100))
        for module in titles.values()
        for slug in module.scenarios
    ]
    assert told == expected


def test_course_facts() -> None:
    assert len(course().references) >= 12
    assert course().authors == (), "nobody is named as an author who has not agreed to be"
    assert "not yet been reviewed by a licensed clinician" in course().body
    assert "No approval by any licensing board is claimed" in course().body
    assert "Gifts, hugs, attraction and favorite clients" in course().body
    assert course().released is not None and course().review_by is not None and course().review_by > course().released


def test_two_graded_options_are_never_the_same_in_words() -> None:
    def texts(question: Question) -> list[str]:
        return [option.text.casefold() for option in question.options]

    for scenario in scenarios().values():
        for question in questions(scenario):
            assert len(set(texts(question))) == len(question.options)
