"""How long people take, beside the estimates: the rule, the page of the administrators, the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from ceapp.catalogue.queries import current_course
from ceapp.reporting import time_queries
from ceapp.reporting.pace import Estimated, Pace, Work
from ceapp.reporting.time_queries import Period
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.harness.pages import Page
from tests.learning.conftest import Learner, learner_of

__all__ = ["learner_of"]

Visit = Callable[..., Page]
LearnerOf = Callable[[Member], Learner]


@pytest.mark.parametrize(
    ("seconds", "estimate", "minimum", "fast", "missing"),
    [
        (599, 30, 0, True, 0),
        (600, 30, 0, False, 0),
        (600, 30, 11, False, 1),
        (601, 30, 11, False, 1),
        (660, 30, 11, False, 0),
        (0, 0, 0, False, 0),
    ],
)
def test_what_stands_out(seconds: int, estimate: int, minimum: int, fast: bool, missing: int) -> None:
    work = Work(seconds, {}, estimate, minimum)
    assert (work.is_very_fast, work.missing, work.stands_out) == (fast, missing, fast or missing > 0)


def test_the_median_beside_the_estimate_also_of_a_scenario_that_was_renamed() -> None:
    pace = Pace([Estimated("One", 10, True, frozenset({"one", "first"})), Estimated("Two", 5, False, frozenset({"two"}))])
    pace.add([Work(700, {"one": 300, "first": 100, "other": 300}, 10), Work(200, {"first": 200}, 10)])
    one, two, whole = pace.lines
    assert (one.median_minutes, one.enrolments, one.estimate_bar, one.median_bar) == ("5.0", 2, 100, 50)
    assert (two.median_minutes, two.enrolments, two.estimate_bar, two.median_bar) == ("", 0, 50, 0)
    assert (whole.estimate, whole.median_seconds, whole.enrolments, whole.median_bar) == (10, 450, 2, 75)


def complete(learner: Learner, *, seconds: int, days: int = 0) -> None:
    """Complete the sample course; the last answer of each scenario comes so many seconds after its beginning."""
    began = NOW + timedelta(days=days)
    learner.enrol(began)
    learner.work_through(learner.begin(now=began), now=began + timedelta(seconds=seconds))
    learner.answer(learner.begin("short", now=began + timedelta(hours=1)), "now", ("ask",), now=began + timedelta(hours=1, seconds=seconds))


@pytest.mark.both_databases
def test_the_newest_and_all_of_them(
    app: Flask, course: str, tess: Member, omar: Member, learner_of: LearnerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_queries, "NEWEST", 1)
    monkeypatch.setattr(time_queries, "PIECE", 1)
    complete(learner_of(tess), seconds=20)
    complete(learner_of(omar), seconds=500, days=3)
    practising = learner_of(tess)
    practising.answer(practising.begin("extra", purpose="practice", key="p" * 24), "now", ("ask",), key="q" * 24)
    with app.app_context():
        (newest,), has_more = time_queries.newest_completed("sample", Period())
        assert (newest.name, newest.work.by_scenario, has_more) == (omar.name, {"every-kind": 500, "short": 500}, True)
        pieces = list(time_queries.pieces_completed("sample", Period()))
        assert [work.seconds for works in pieces for work in works] == [1_000, 40]
        (first,), _ = time_queries.newest_completed("sample", Period(last_day=date(2026, 11, 21)))
        assert first.work.seconds == 40
        assert time_queries.newest_completed("sample", Period(first_day=date(2027, 1, 1))) == ([], False)


def test_the_page_and_its_file(visit: Visit, course: str, ada: Member, tess: Member, omar: Member, learner_of: LearnerOf) -> None:
    complete(learner_of(tess), seconds=10)
    complete(learner_of(omar), seconds=400, days=1)
    page = visit("/reports/times", person=ada).follow("A sample course")
    assert page.h1 == "Times: A sample course"
    for text in ("Over 2 completed enrolments.", "3.4 minutes", "no proof of anything", "1 completion"):
        assert text in page.text
    assert page.link(tess.name) == f"/people/{tess.id}"
    assert omar.name not in page.text
    response = visit("/reports/times/sample.csv", person=ada).response
    rows = list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))
    assert rows[1][0::4] == ["Every kind of question", "2"]
    assert [row[3] for row in rows[1:]] == ["205", "205", "", "410"]
    assert tess.name not in response.text


def test_closing_cases_have_a_line_of_their_own(app: Flask, library: Library, tess: Member, learner_of: LearnerOf) -> None:
    library.add_closing_cases()
    assert library.publish().problems == ()
    learner = learner_of(tess)
    learner.enrol()
    learner.work_through(learner.begin())
    learner.answer(learner.begin("short"), "now", ("ask",))
    first = learner.begin("closing-a", now=NOW)
    learner.answer(first, "case", ("wait",), now=NOW + timedelta(seconds=60))
    second = learner.begin("closing-a", now=NOW + timedelta(seconds=100))
    learner.answer(second, "case", ("ask",), now=NOW + timedelta(seconds=140))
    with app.app_context():
        (completed,), _ = time_queries.newest_completed("sample", Period())
        course = current_course("sample")
        assert completed.work.estimate == sum(each.minutes for each in (*course.required, course.forms[0]))
        pace = Pace(time_queries.estimates(course))
        pace.add([completed.work])
        assert [(line.title, line.median_seconds) for line in pace.lines][-2:] == [("Closing cases", 100), ("The whole course", 100)]


def test_a_period(visit: Visit, course: str, ada: Member, tess: Member, learner_of: LearnerOf) -> None:
    complete(learner_of(tess), seconds=10)
    assert "Nobody has completed this course in this time yet" in visit("/reports/times/sample?first_day=2027-01-01", person=ada).text
    refused = visit("/reports/times/sample?first_day=2027-01-01&last_day=2026-01-01", person=ada, status=422)
    assert "This day is before the first one" in refused.text
    visit("/reports/times/sample.csv?first_day=soon", person=ada, status=400)


def test_nothing_yet(visit: Visit, course: str, ada: Member) -> None:
    assert "until then the course page has the estimates" in visit("/reports/times/sample", person=ada).text
    visit("/reports/times/none", person=ada, status=404)


def test_a_minimum_is_told_to_everybody_and_who_is_below_it_to_administrators(
    visit: Visit, library: Library, ada: Member, tess: Member, omar: Member, learner_of: LearnerOf
) -> None:
    library.edit("sample/course.md", "hours: {", "minimum_minutes: 6\nhours: {")
    library.publish()
    assert "at least 6 minutes of work. The certificate does not depend on it" in visit("/courses/sample").text
    complete(learner_of(tess), seconds=175)
    complete(learner_of(omar), seconds=180)
    page = visit("/reports/times/sample", person=ada)
    assert "1 minute below the minimum" in page.text
    assert omar.name not in page.text


def test_nobody_else_sees_it(visit: Visit, course: str, tess: Member, sam: Member) -> None:
    for person in (tess, sam):
        for address in ("/reports/times", "/reports/times/sample", "/reports/times/sample.csv"):
            visit(address, person=person, status=404)
