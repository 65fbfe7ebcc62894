"""The demonstration: told into an instance of its own, marked on every page, and never where strangers reach it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ceapp.accounts.models import Person
from ceapp.app import create_app
from ceapp.certificates.models import Certificate
from ceapp.clock import now
from ceapp.commands.demo import fill
from ceapp.commands.demo.cast import EVERYBODY
from ceapp.config import ROOT, load_settings
from ceapp.database import db, everybody
from ceapp.errors import Unsafe
from ceapp.learning.models import Attempt, Completion, Series
from ceapp.supervision.models import ReflectionReading, SignOff, Task
from tests.conftest import Member
from tests.harness.factors import switched_on


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An instance with the story told into it."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    settings = load_settings({}, instance=str(folder / "instance"), scenarios=str(folder / "scenarios"), demo=True)
    fill(settings)
    app = create_app(settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def become(app: Flask, name: str) -> FlaskClient:
    """A browser that chose this person on the demonstration's page."""
    client = app.test_client()
    page = client.get("/demo").get_data(as_text=True)
    form = page[: page.index(f">{name}</button>")].rpartition("<form")[2]
    address = form.split('action="')[1].split('"')[0]
    token = form.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert client.post(address, data={"csrf_token": token}).headers["Location"] == "/"
    return client


def count(app: Flask, model: type, *conditions: object) -> int:
    with app.app_context(), everybody("the test looks at all"):
        return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]


def test_every_kind_of_work_is_there(demonstration: Flask) -> None:
    assert count(demonstration, Person) == len(EVERYBODY)
    assert count(demonstration, Task) == 12 * 4 + 3 * 2
    assert count(demonstration, Attempt, Attempt.closed_at.is_(None)) > 0
    assert count(demonstration, Series, Series.purpose == "practice") > 0
    assert count(demonstration, SignOff) > 0
    assert count(demonstration, ReflectionReading) > 0
    assert count(demonstration, Completion) > 0


def test_nothing_of_it_passes_for_a_certificate(demonstration: Flask) -> None:
    assert count(demonstration, Certificate) > 0
    assert count(demonstration, Certificate, Certificate.serial.is_not(None)) == 0


@pytest.mark.parametrize("somebody", EVERYBODY, ids=lambda each: each.key)
def test_anybody_is_one_click_away_and_every_page_says_what_it_is(demonstration: Flask, somebody: object) -> None:
    page = become(demonstration, somebody.name).get("/")  # type: ignore[attr-defined]
    assert page.status_code == 200
    assert "everybody and everything here is invented" in page.get_data(as_text=True)


def test_the_supervisor_sees_the_weeks(demonstration: Flask) -> None:
    page = become(demonstration, "Sam Okafor").get("/organisations/harbour-lane/progress").get_data(as_text=True)
    for word in ("Tess Adeyemi", "Passed", "Not begun", "late"):
        assert word in page
    assert "Kofi Mensah" not in page


def test_a_second_factor_that_a_visitor_tried_out_keeps_nobody_out(demonstration: Flask) -> None:
    with demonstration.app_context():
        found = db.session.scalars(select(Person).where(Person.name == "Sam Okafor")).one()
        sam = Member(found.id, found.email, found.name, False, "")
    switched_on(demonstration, sam, now())
    assert become(demonstration, "Sam Okafor").get("/account").status_code == 200


def test_a_second_filling_changes_nothing(demonstration: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    before = count(demonstration, Attempt)
    fill(demonstration.extensions["ceapp.settings"])
    assert "filled already" in capsys.readouterr().out
    assert count(demonstration, Attempt) == before


def test_an_instance_that_is_none_is_not_filled(tmp_path: Path) -> None:
    with pytest.raises(Unsafe, match="demo = true"):
        fill(load_settings({}, instance=str(tmp_path)))


def test_strangers_cannot_reach_it(tmp_path: Path) -> None:
    with pytest.raises(Unsafe, match="anybody sign in as anybody"):
        load_settings({}, instance=str(tmp_path), demo=True, base_url="https://ce.example.org")


def test_a8_other_instances_have_no_such_page(app: Flask) -> None:
    assert app.test_client().get("/demo").status_code == 404
