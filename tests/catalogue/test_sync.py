"""Publishing: whole courses, ready files only, and the last good revision stays."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.audit.models import AuditEntry
from ceapp.catalogue.models import Course, CourseRevision, ScenarioRevision
from ceapp.catalogue.queries import current_course, published_scenario
from ceapp.catalogue.service import CourseReport, sync
from ceapp.database import Model, db
from tests.conftest import NOW
from tests.harness.courses import Library

pytestmark = pytest.mark.both_databases


def count(app: Flask, table: type[Model]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def revision(app: Flask) -> str:
    with app.app_context():
        return db.session.get_one(Course, "sample").revision_id


def test_a_new_course_is_published_with_its_hours_and_scenarios(app: Flask, library: Library) -> None:
    report = library.publish()
    assert report.changes == ("new course with 3 scenarios",)
    with app.app_context():
        published = current_course("sample")
        assert [(each.slug, each.is_required) for each in published.scenarios] == [("every-kind", True), ("short", True), ("extra", False)]
        assert str(published.contact_hours) == "1.5"
        scenario = published_scenario(published.scenarios[0].revision_id)
        assert scenario.scenario.title == "Every kind of question"
        assert [str(each.citation) for each in scenario.cited] == ["TST A.1", "TST B.2"]
        assert scenario.cited[0].section.paraphrase == "Asks for care with private messages."


def test_how_the_hours_came_about_is_kept_with_the_revision(app: Flask, library: Library) -> None:
    library.edit("sample/course.md", "{method: stated, hours: 1.5, reason: A sample for tests.}", "{method: mergener, min: 0.5}")
    report = library.publish()
    with app.app_context():
        published = current_course("sample")
        assert report.hours is not None
        assert (published.hours_inputs, published.hours_explanation) == (report.hours.inputs, report.hours.explanation)
        assert [each["slug"] for each in published.hours_inputs["scenarios"]] == ["every-kind", "short"]
        assert [each["method"] for each in published.hours_inputs["comparison"]] == ["words"]


def test_closing_cases_bring_questions_to_the_hours_and_no_words(library: Library) -> None:
    library.edit("sample/course.md", "{method: stated, hours: 1.5, reason: A sample for tests.}", "{method: mergener}")
    before = library.publish().hours
    library.add_closing_cases()
    after = library.publish().hours
    assert before is not None
    assert after is not None
    assert after.inputs["words"] == before.inputs["words"]
    assert int(after.inputs["questions"]) == int(before.inputs["questions"]) + 1
    assert after.inputs["closing_questions"] == "1"


def test_nothing_changed_is_nothing_done(app: Flask, library: Library) -> None:
    library.publish()
    before = [count(app, table) for table in (CourseRevision, ScenarioRevision, AuditEntry)]
    assert library.publish().is_unchanged
    assert [count(app, table) for table in (CourseRevision, ScenarioRevision, AuditEntry)] == before


def test_b9_a_changed_scenario_gives_a_new_revision_and_keeps_the_old(app: Flask, library: Library) -> None:
    library.publish()
    first = revision(app)
    library.edit("sample/short.md", "Like it.", "Like it at once.")
    assert library.publish().changes == ("changed scenario short",)
    assert revision(app) != first
    assert count(app, ScenarioRevision) == 4
    library.edit("sample/short.md", "Like it at once.", "Like it.")
    library.publish()
    assert revision(app) == first


def test_a_dry_run_says_what_it_would_do_and_does_nothing(app: Flask, library: Library) -> None:
    assert library.publish(dry_run=True).changes == ("new course with 3 scenarios",)
    assert count(app, Course) == 0


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("sample/short.md", "- (best)", "- (beste)"),
        ("sample/short.md", "status: ready", "status: draft"),
        ("sample/course.md", "pass: 80", "pass: eighty"),
        ("sample/course.md", "[every-kind, short]", "[every-kind, short, missing]"),
        ("standards/tst.md", "mark=S", "mark=X"),
    ],
)
def test_a_broken_file_leaves_the_last_good_revision(app: Flask, library: Library, path: str, old: str, new: str) -> None:
    library.publish()
    first = revision(app)
    library.edit(path, old, new)
    report = library.publish()
    assert report.problems
    assert revision(app) == first


def test_a_missing_course_file_leaves_the_last_good_revision(app: Flask, library: Library) -> None:
    library.publish()
    first = revision(app)
    (library.root / "sample" / "course.md").unlink()
    with app.app_context():
        from ceapp.catalogue.service import sync
        from tests.conftest import NOW

        sync(library.root, now=NOW)
    assert revision(app) == first


def test_a_broken_draft_that_no_course_lists_stops_nothing(library: Library) -> None:
    (library.root / "sample" / "idea.md").write_text("---\ntitle: [\n")
    assert library.publish().changes == ("new course with 3 scenarios",)


def test_a_broken_standards_file_that_nothing_cites_stops_nothing(library: Library) -> None:
    (library.root / "standards" / "other.md").write_text("---\ncite: [\n")
    assert library.publish().changes == ("new course with 3 scenarios",)


def test_closing_cases_are_published_as_forms_and_not_as_scenarios(app: Flask, library: Library) -> None:
    library.add_closing_cases()
    report = library.publish()
    assert report.changes == ("new course with 5 scenarios",)
    with app.app_context():
        course = current_course("sample")
        assert [each.slug for each in course.scenarios] == ["every-kind", "short", "extra"]
        assert [each.slug for each in course.forms] == ["closing-a", "closing-b"]
        assert [course.form(number).slug for number in (1, 2, 3)] == ["closing-a", "closing-b", "closing-a"]
        assert course.known_as("closing-a") is None


@pytest.mark.parametrize("slug", ["preview", "evaluation", "attestation"])
def test_a_scenario_where_another_page_stands_is_not_published(library: Library, slug: str) -> None:
    shutil.copyfile(library.root / "sample" / "extra.md", library.root / "sample" / f"{slug}.md")
    library.edit("sample/course.md", "optional: [extra]", f"optional: [extra, {slug}]")
    assert [problem.code for problem in library.publish().problems] == ["reserved-slug"]


def test_four_nodes_publish_at_once(app: Flask, library: Library) -> None:
    root = library.root

    def publish(_number: int) -> list[CourseReport]:
        with app.app_context():
            return sync(root, now=NOW)

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(publish, range(4)))
    assert not any(report.problems for each in reports for report in each)
    assert (count(app, Course), count(app, CourseRevision), count(app, ScenarioRevision)) == (1, 1, 3)


def test_a_copy_under_another_name_is_not_published_until_it_differs(app: Flask, library: Library) -> None:
    """People in it would be recorded in the course that was there first: a revision is named by its content alone."""
    library.publish()
    shutil.copytree(library.root / "sample", library.root / "twin")
    with app.app_context():
        (_, refused) = sync(library.root, now=NOW)
        assert [problem.code for problem in refused.problems] == ["course-twin"]
        assert "published as sample" in refused.problems[0].message
        assert db.session.get(Course, "twin") is None
    library.edit("twin/course.md", "title: ", "title: Another ")
    with app.app_context():
        (_, published) = sync(library.root, now=NOW)
        assert published.changes == ("new course with 3 scenarios",)
