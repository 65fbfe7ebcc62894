"""What is due for review: the only checks that depend on the day, which is therefore given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ceapp.scenarios.course_folder import CourseFolder, ScenarioFile
from ceapp.scenarios.folder import Folder
from ceapp.scenarios.problems import Problem
from ceapp.scenarios.values import Standard

HINT = "check it, then set review_by to a later day"


def overdue(folder: Folder, today: date) -> tuple[Problem, ...]:
    """A warning for each standard and course whose review is due, and for each scenario that cites such a standard."""
    due = {standard.cite: standard for standard in folder.standards.values() if _is_past(standard.review_by, today)}
    found = [_warning(standard.path, 1, f"{standard.cite} was to be reviewed by {standard.review_by}") for standard in due.values()]
    for course in folder.courses:
        found += _of_course(course, today)
        for file in course.scenarios.values():
            found += _of_scenario(file, due)
    return tuple(found)


def _of_course(course: CourseFolder, today: date) -> Iterator[Problem]:
    if course.course and _is_past(course.course.review_by, today):
        message = f"this course was to be reviewed by {course.course.review_by}"
        yield _warning(course.path, _line_with(course.source, "review_by:"), message)


def _of_scenario(file: ScenarioFile, due: dict[str, Standard]) -> Iterator[Problem]:
    cited = dict.fromkeys(citation.cite for citation in (file.scenario.citations if file.scenario else ()))
    for cite in cited:
        if cite in due:
            message = f"{cite} is cited here and was to be reviewed by {due[cite].review_by}"
            yield _warning(file.path, _line_with(file.source, f"[{cite} "), message)


def _is_past(day: date | None, today: date) -> bool:
    return day is not None and day < today


def _line_with(source: bytes, text: str) -> int:
    before, found, _ = source.partition(text.encode())
    return before.count(b"\n") + 1 if found else 1


def _warning(path: str, line: int, message: str) -> Problem:
    return Problem("review-due", "warning", path, line, 1, message, HINT)
