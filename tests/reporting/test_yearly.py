"""The yearly report: what stands in it, and that nobody can be found in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ceapp.commands.command_line import cli
from ceapp.database import transaction
from ceapp.learning.models import EvaluationAnswer
from ceapp.reporting.evaluations import FLOOR
from ceapp.reporting.yearly import NO_LICENCE, OTHERS, TOO_FEW, Share, shown, together, years_of
from tests.conftest import Member
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import Learner


@pytest.mark.parametrize(
    ("numbers", "shares"),
    [
        ({}, ()),
        ({"a": 4}, ()),
        ({"a": 5}, (Share("a", 5),)),
        ({"a": 9, "b": 3, "c": 2}, (Share("a", 9), Share(OTHERS, 5))),
        ({"a": 9, "b": 6, "c": 1}, (Share("a", 9), Share(OTHERS, 7))),  # else the difference to the total would tell of one
        ({"a": 9, "c": 1}, (Share(OTHERS, 10),)),
        ({"b": 5, "a": 5}, (Share("a", 5), Share("b", 5))),
    ],
)
def test_small_groups_are_put_together(numbers: dict[str, int], shares: tuple[Share, ...]) -> None:
    assert together(numbers) == shares


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12)))
def test_no_number_and_no_difference_is_of_few(numbers: dict[str, int]) -> None:
    shares = together(numbers)
    hidden = sum(numbers.values()) - sum(each.number for each in shares)
    assert all(each.number >= FLOOR for each in shares)
    assert hidden == 0 or not shares


@pytest.mark.parametrize(
    ("number", "of", "words"),
    [(0, 7, "0"), (7, 7, "7"), (3, 20, TOO_FEW), (17, 20, TOO_FEW), (5, 10, "5"), (6, 10, TOO_FEW)],
)
def test_a_part_is_said_when_neither_it_nor_the_rest_is_few(number: int, of: int, words: str) -> None:
    assert shown(number, of) == words


def test_years_go_back_to_the_first_completion() -> None:
    assert years_of([date(2024, 12, 31)], date(2026, 11, 20)) == [2026, 2025, 2024]
    assert years_of([], date(2026, 11, 20)) == [2026]


def test_the_page_and_the_files(
    app: Flask,
    course: str,
    visit: Callable[..., Page],
    browser_of: Callable[[Member | None], Visitor],
    ada: Member,
    learner_of: Callable[[Member], Learner],
    make_person: Callable[..., Member],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser_of(ada).most_queries = 10  # Completions, attempts, evaluations and grievances of a year are on one page.
    page = visit("/reports/yearly", person=ada).follow("A sample course")
    assert TOO_FEW in page.text
    for number in range(6):
        learner_of(make_person(f"person-{number}@example.org", f"Person {number}")).complete()
    few = visit("/reports/yearly/sample?year=2026", person=ada).queries  # Of a process that knows the course.
    with app.app_context(), transaction() as session:
        for _ in range(5):
            session.add(EvaluationAnswer(course_slug="sample", month=date(2026, 8, 1), item_id="learned", rating=4))
    page = visit("/reports/yearly/sample?year=2026", person=ada)
    assert page.queries == few
    assert page.select("//h2")[0].text == "Completions: 6"
    assert NO_LICENCE in page.text
    assert "July to September 2026" in page.text
    posted = page.form("/reports/yearly")
    answer = page.visitor.client.post("/reports/yearly/sample?year=2026", data=posted.filled())
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert ["Completions", "All", "6"] in lines
    assert ["Completions", NO_LICENCE, "6"] in lines
    assert ["Grievances", "Filed", "none"] in lines
    monkeypatch.setattr("ceapp.commands.export.prepared_app", lambda _settings: app)
    out = tmp_path / "yearly.csv"
    done = CliRunner().invoke(cli, ["export", "yearly", "sample", "2026", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == answer.data
