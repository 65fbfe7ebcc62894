"""The guide for authors: every example in it is run, and every construct and callout is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ceapp.scenarios.course import HOURS_KEYS
from ceapp.scenarios.course import KEYS as COURSE_KEYS
from ceapp.scenarios.documents import KEYS as SCENARIO_KEYS
from ceapp.scenarios.hours import contact_hours
from ceapp.scenarios.posts import FIELDS
from ceapp.scenarios.reading import Reading, read_course, read_scenario, read_standard
from ceapp.scenarios.standards import KEYS as STANDARD_KEYS
from ceapp.scenarios.values import CalloutKind, Grade, HoursMethod, Scenario
from tests.scenarios.writing import COURSE, HEAD, STANDARDS

GUIDE = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text("utf-8")
EXAMPLE = re.compile(
    r"^(?P<fence>`{3,4})(?:markdown )?(?P<kind>scenario|body|question|standard|course|evaluation|hours|wrong|problems)\n"
    r"(?P<text>.*?)^(?P=fence)$",
    re.M | re.S,
)
EXAMPLES = [(match["kind"], match["text"]) for match in EXAMPLE.finditer(GUIDE)]
SHOWN_WARNINGS = {"unreachable-scene"}


def read(text: str) -> Reading[Scenario]:
    images = {"images/card.png"}
    return read_scenario(text.encode(), path="friend-request.md", slug="friend-request", standards=STANDARDS, images=images)


def examples(*kinds: str) -> list[str]:
    return [text for kind, text in EXAMPLES if kind in kinds]


@pytest.mark.parametrize("text", [*examples("scenario"), *(f"{HEAD}\n{text}" for text in examples("body", "question"))])
def test_examples_of_scenarios_work(text: str) -> None:
    reading = read(text)
    assert reading.value is not None, "\n".join(map(str, reading.problems))
    assert {problem.code for problem in reading.problems} <= SHOWN_WARNINGS


@pytest.mark.parametrize("text", examples("question"))
def test_examples_of_questions_hold_one_question(text: str) -> None:
    value = read(f"{HEAD}\n{text}").value
    assert value is not None
    assert [len(scene.questions) for scene in value.scenes] == [1]


@pytest.mark.parametrize("text", examples("course"))
def test_examples_of_courses_work(text: str) -> None:
    assert read_course(text.encode(), path="course.md", slug="course").problems == ()


@pytest.mark.parametrize("text", examples("hours"))
def test_examples_of_hours_work(text: str) -> None:
    written = COURSE.replace("hours: {method: words}\n", text)
    assert text in written
    reading = read_course(written.encode(), path="course.md", slug="course")
    assert reading.value is not None, "\n".join(map(str, reading.problems))
    assert contact_hours(reading.value.hours, []).explanation


@pytest.mark.parametrize("text", examples("evaluation"))
def test_examples_of_evaluations_work(text: str) -> None:
    reading = read_course(COURSE.replace("hours:", f"{text}hours:").encode(), path="course.md", slug="course")
    assert reading.value is not None, "\n".join(map(str, reading.problems))
    assert [item.id for item in reading.value.evaluation][-3:] == ["pace", "missing", "comment"]
    alone = read_course(
        COURSE.replace("hours:", f"{text}hours:").replace("standard: true", "standard: false").encode(), path="course.md", slug="c"
    )
    assert alone.value is not None
    assert [item.id for item in alone.value.evaluation] == ["pace", "missing"]


def test_every_way_to_work_out_hours_has_an_example() -> None:
    assert {re.findall(r"method: (\w+)", text)[0] for text in examples("hours")} == {method.value for method in HoursMethod}
    for key in HOURS_KEYS:
        assert any(f"{key}:" in text for text in examples("hours")), key


@pytest.mark.parametrize("text", examples("standard"))
def test_examples_of_standards_work(text: str) -> None:
    assert read_standard(text.encode(), path="aca-2014.md").problems == ()


def test_what_is_said_about_a_wrong_example_is_what_is_printed() -> None:
    printed = [str(problem) for problem in read(f"{HEAD}\n{examples('wrong')[0]}").problems]
    assert printed == examples("problems")[0].splitlines()


def test_the_guide_leaves_nothing_out() -> None:
    assert len(EXAMPLES) >= 18
    for word in (*SCENARIO_KEYS, *COURSE_KEYS, *STANDARD_KEYS, *FIELDS):
        assert re.search(rf"\b{word}\b", GUIDE), word
    for mark in (*(f"({grade})" for grade in Grade), *(f"[!{kind}]" for kind in CalloutKind), "(x)", "( )", "[x]", "[ ]", "[____]", "\\->"):
        assert mark in GUIDE, mark


def test_every_block_marked_as_an_example_is_run() -> None:
    assert GUIDE.count("markdown ") == len([kind for kind, _ in EXAMPLES if kind != "problems"])
