"""Reviews that are due, on a given day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ceapp.scenarios.reading import read_folder
from ceapp.scenarios.review import overdue
from tests.scenarios.folder_cases import Case, write
from tests.scenarios.writing import COURSE, STANDARD


def due(root: Path, today: date) -> list[tuple[str, str, int]]:
    problems = overdue(read_folder(root), today)
    assert {problem.severity for problem in problems} <= {"warning"}
    return [(problem.code, str(Path(problem.path).relative_to(root)), problem.line) for problem in problems]


def test_a_standard_past_its_review_is_told_everywhere_it_is_cited(tmp_path: Path) -> None:
    write(tmp_path, Case("", "", {"standards/aca-2014.md": STANDARD.replace("---\n\n##", "review_by: 2027-11-20\n---\n\n##", 1)}))
    assert due(tmp_path, date(2027, 11, 20)) == []
    assert due(tmp_path, date(2027, 11, 21)) == [
        ("review-due", "standards/aca-2014.md", 1),
        ("review-due", "course/friend-request.md", 8),
    ]


def test_a_course_past_its_review(tmp_path: Path) -> None:
    write(tmp_path, Case("", "", {"course/course.md": COURSE.replace("hours", "review_by: 2028-11-20\nhours")}))
    assert due(tmp_path, date(2028, 11, 20)) == []
    assert due(tmp_path, date(2028, 11, 21)) == [("review-due", "course/course.md", 11)]
