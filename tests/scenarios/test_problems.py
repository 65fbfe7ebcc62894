"""Every problem: alone, with its code, at its line, in a message that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceapp.scenarios.problems import CODES, ERRORS, MOST_PROBLEMS, WARNINGS, Problem, Problems, did_you_mean
from ceapp.scenarios.reading import read_course, read_standard
from tests.scenarios.folder_cases import FOLDER_CASES, problems_of_folder, write
from tests.scenarios.problem_cases import COURSE_CASES, SCENARIO_CASES, STANDARD_CASES
from tests.scenarios.writing import found, marked, problems_of


@pytest.mark.parametrize(("code", "text"), SCENARIO_CASES, ids=[f"{code}-{n}" for n, (code, _) in enumerate(SCENARIO_CASES)])
def test_a_scenario_with_one_thing_wrong_gives_one_problem(code: str, text: str) -> None:
    written, line = marked(text)
    assert found(problems_of(written)) == [(code, line)]


@pytest.mark.parametrize(("code", "text"), COURSE_CASES, ids=[f"{code}-{n}" for n, (code, _) in enumerate(COURSE_CASES)])
def test_a_course_with_one_thing_wrong_gives_one_problem(code: str, text: str) -> None:
    written, line = marked(text)
    reading = read_course(written.encode(), path="course.md", slug="course")
    assert found(list(reading.problems)) == [(code, line)]
    assert reading.value is None


@pytest.mark.parametrize(("code", "text"), STANDARD_CASES, ids=[f"{code}-{n}" for n, (code, _) in enumerate(STANDARD_CASES)])
def test_a_standard_with_one_thing_wrong_gives_one_problem(code: str, text: str) -> None:
    written, line = marked(text)
    reading = read_standard(written.encode(), path="aca.md")
    assert found(list(reading.problems)) == [(code, line)]
    assert reading.value is None


@pytest.mark.parametrize("case", FOLDER_CASES, ids=[f"{case.code}-{n}" for n, case in enumerate(FOLDER_CASES)])
def test_a_folder_with_one_thing_wrong_gives_one_problem(tmp_path: Path, case: object) -> None:
    write(tmp_path, case)
    assert problems_of_folder(tmp_path) == [(case.code, case.path, case.line)]


def test_every_code_has_a_case_and_a_sentence() -> None:
    cases = {code for code, _ in (*SCENARIO_CASES, *COURSE_CASES, *STANDARD_CASES)} | {case.code for case in FOLDER_CASES}
    elsewhere = {"too-many-problems", "review-due"}  # test_at_most_a_hundred…, test_review
    assert cases | elsewhere == set(CODES)
    assert not ERRORS.keys() & WARNINGS.keys()
    assert all(sentence.endswith(".") for sentence in CODES.values())


def test_a_problem_reads_as_compilers_write_it() -> None:
    problem = Problem("unknown-target", "error", "a/b.md", 33, 3, "there is no scene #sesion", "did you mean #session?")
    assert str(problem) == "a/b.md:33:3: error unknown-target there is no scene #sesion (did you mean #session?)"
    assert str(Problem("no-key", "warning", "b.md", 1, 1, "text")) == "b.md:1:1: warning no-key text"


def test_hints_name_the_nearest_word() -> None:
    assert did_you_mean("sesion", ["session", "silent"], "#") == "did you mean #session?"
    assert did_you_mean("nothing-like-it", ["session"]) == ""


def test_the_same_problem_is_reported_once_and_in_the_order_of_the_file() -> None:
    problems = Problems("a.md")
    for line in (7, 3, 7):
        problems.add("no-key", line, "the same words")
    assert found(list(problems.sorted())) == [("no-key", 3), ("no-key", 7)]


def test_at_most_a_hundred_problems_of_a_file_are_listed() -> None:
    text = "---\ntitle: T\nsummary: S\nstatus: ready\ndifficulty: 3\n---\n\n" + "## Scene\n\nText.\n\n" * 150
    problems = problems_of(text)
    assert len(problems) == MOST_PROBLEMS + 1
    assert "too-many-problems" in {problem.code for problem in problems}


def test_a_broken_front_matter_says_nothing_of_missing_entries() -> None:
    problems = problems_of("---\ntitle: a: b\n---\n\n## Scene\n\nText without an id is fine while the status is unknown.\n")
    assert found(problems) == [("bad-yaml", 2)]


def test_both_the_front_matter_and_the_body_are_reported() -> None:
    text, line = marked("---\ntitle: a: b\n---\n\nProse.\n\n-> #nowhere ◀\n")
    assert found(problems_of(text)) == [("bad-yaml", 2), ("unknown-target", line)]
