"""The whole folder: what belongs together is together, and one bad file takes no other down."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ceapp.scenarios.reading import course_fingerprint, course_slugs, read_folder
from tests.scenarios.folder_cases import GOOD, SCENARIO, Case, png, problems_of_folder, write
from tests.scenarios.writing import COURSE, STANDARD

WITH_IMAGE = SCENARIO.replace("Prose", "![A card](images/card.png) Prose")


def test_a_good_folder(tmp_path: Path) -> None:
    write(tmp_path, Case("", "", {"course/friend-request.md": "\ufeff" + WITH_IMAGE.replace("\n", "\r\n")}))
    folder = read_folder(tmp_path)
    assert folder.all_problems == ()
    assert list(folder.standards) == ["ACA"]
    (course,) = folder.courses
    assert course.course is not None and course.source == COURSE.encode()
    file = course.scenarios["friend-request"]
    assert file.scenario is not None
    assert file.source == WITH_IMAGE.encode(), "the source is normalised"
    assert {path: (image.width, image.height) for path, image in file.images.items()} == {"images/card.png": (2, 1)}


def test_only_some_courses(tmp_path: Path) -> None:
    write(tmp_path, Case("", "", {"other/course.md": COURSE, "other/friend-request.md": SCENARIO}))
    assert course_slugs(tmp_path) == ("course", "other")
    assert [course.slug for course in read_folder(tmp_path, only={"other"}).courses] == ["other"]


def test_one_bad_file_takes_no_other_down(tmp_path: Path) -> None:
    listed = COURSE.replace("[friend-request]", "[friend-request, bad, worse]")
    write(tmp_path, Case("", "", {"course/course.md": listed, "course/bad.md": b"\xff", "course/worse.md": "no front matter"}))
    (course,) = read_folder(tmp_path).courses
    assert course.course is not None
    assert list(course.scenarios) == ["bad", "friend-request", "worse"]
    assert [slug for slug, file in course.scenarios.items() if file.scenario is not None] == ["friend-request"]


def test_a_broken_course_leaves_its_scenarios(tmp_path: Path) -> None:
    write(tmp_path, Case("", "", {"course/course.md": "---\ntitle: a: b\n---\n"}))
    (course,) = read_folder(tmp_path).courses
    assert course.course is None
    assert course.scenarios["friend-request"].scenario is not None


def test_a_broken_standard_is_the_only_problem(tmp_path: Path) -> None:
    """That what it holds is then unknown where it is cited says nothing new."""
    write(tmp_path, Case("", "", {"standards/aca-2014.md": STANDARD.replace("cite: ACA", "cite: a: b")}))
    assert problems_of_folder(tmp_path) == [("bad-yaml", "standards/aca-2014.md", 2)]


def test_an_image_with_a_problem_is_not_missing_as_well(tmp_path: Path) -> None:
    write(tmp_path, Case("", "", {"course/friend-request.md": WITH_IMAGE, "course/images/card.png": b"no image"}))
    assert problems_of_folder(tmp_path) == [("bad-image", "course/images/card.png", 1)]


def test_a_course_with_an_error_of_its_folder_has_no_value(tmp_path: Path) -> None:
    write(tmp_path, Case("", "", {"course/course.md": COURSE.replace("[friend-request]", "[friend-request, none]")}))
    assert read_folder(tmp_path).courses[0].course is None


@pytest.mark.parametrize("content", [None, "a file"])
def test_no_folder_at_all(tmp_path: Path, content: str | None) -> None:
    root = tmp_path / "scenarios"
    if content:
        root.write_text(content)
    folder = read_folder(root)
    assert (folder.courses, dict(folder.standards)) == ((), {})
    assert course_slugs(root) == ()
    assert len(course_fingerprint(root, "course")) == 64


def test_f5_nothing_outside_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text(SCENARIO.replace("Prose", "Secret"))
    root = tmp_path / "scenarios"
    root.mkdir()
    write(root)
    (root / "course" / "linked.md").symlink_to(secret)
    (root / "course" / "images" / "linked.png").symlink_to(secret)
    (root / "standards" / "linked.md").symlink_to(secret)
    (root / "linked").symlink_to(tmp_path)
    os.mkfifo(root / "course" / "pipe.md")
    before = course_fingerprint(root, "course")
    folder = read_folder(root)
    assert "Secret" not in repr(folder)
    assert {problem.code for problem in folder.all_problems} == {"not-followed", "unreadable"}
    secret.write_text("changed")
    assert course_fingerprint(root, "course") == before


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    write(real)
    (tmp_path / "link").symlink_to(real)
    assert read_folder(tmp_path / "link").all_problems == ()


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    open_file = os.open

    def forbidding(path: str | Path, *arguments: int, **options: int) -> int:
        if str(path).endswith("friend-request.md"):
            raise PermissionError(13, "Permission denied", str(path))
        return open_file(path, *arguments, **options)

    monkeypatch.setattr(os, "open", forbidding)  # File modes stop nobody who is root.
    assert problems_of_folder(tmp_path) == [("unreadable", "course/friend-request.md", 1)]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    write(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path / "course") + b"/b\xffd.md")).write_text(SCENARIO)
    problems = read_folder(tmp_path).all_problems
    assert [problem.code for problem in problems] == ["bad-name"]
    "\n".join(map(str, problems)).encode()


@pytest.mark.parametrize("path", ["course/friend-request.md", "course/images/card.png", "course/course.md", "standards/aca-2014.md"])
def test_the_fingerprint_changes_with_every_file(tmp_path: Path, path: str) -> None:
    write(tmp_path)
    before = course_fingerprint(tmp_path, "course")
    assert course_fingerprint(tmp_path, "course") == before
    (tmp_path / path).write_bytes(png(5, 5))
    changed = course_fingerprint(tmp_path, "course")
    (tmp_path / path).unlink()
    assert len({before, changed, course_fingerprint(tmp_path, "course")}) == 3


def test_the_fingerprint_of_a_course_leaves_the_others_aside(tmp_path: Path) -> None:
    write(tmp_path)
    before = course_fingerprint(tmp_path, "course")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "course.md").write_text(COURSE)
    assert course_fingerprint(tmp_path, "course") == before
    assert set(GOOD) >= {"course/course.md"}
