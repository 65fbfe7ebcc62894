"""`ceapp person …` in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ceapp.accounts import passwords, queries
from ceapp.commands.person import person
from ceapp.errors import Missing, Refused
from tests.conftest import NOW, PASSWORD, Member


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr(sys.modules["ceapp.commands.person"], "prepared_app", lambda _settings: app)

    def invoke(*words: str, **options: str) -> Result:
        return CliRunner().invoke(person, words, **options)

    return invoke


def test_list_prints_everybody(run: Callable[..., Result], tess: Member, ada: Member, make_person: Callable[..., Member]) -> None:
    make_person("zoe@example.org", suspended_at=NOW)
    assert run("list").output.splitlines() == [
        "ada@example.org\tAda Lindqvist\tadministrator",
        "tess@example.org\tTess Adeyemi",
        "zoe@example.org\t\tsuspended",
    ]


def test_make_administrator(app: Flask, run: Callable[..., Result], tess: Member) -> None:
    assert "tess@example.org is an administrator now" in run("make-administrator", "Tess@Example.org").output
    with app.app_context():
        found = queries.person_by_email(tess.email)
        assert found and found.is_administrator
    assert isinstance(run("make-administrator", "nobody@example.org").exception, Missing)
    assert run("make-administrator", "nobody").exit_code == 2


def test_set_up_link_prints_an_address_while_there_is_no_administrator(
    run: Callable[..., Result], make_person: Callable[..., Member]
) -> None:
    assert run("set-up-link").output.startswith("http://127.0.0.1:8000/set-up/")
    make_person("ada@example.org", is_administrator=True)
    assert isinstance(run("set-up-link").exception, Refused)


def test_set_password_asks_twice_and_prints_nothing_of_it(app: Flask, run: Callable[..., Result], tess: Member) -> None:
    done = run("set-password", "tess@example.org", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    with app.app_context():
        found = queries.person_by_email(tess.email)
        assert found and passwords.verify(found.password_hash, PASSWORD)
    assert isinstance(run("set-password", "tess@example.org", input="short\nshort\n").exception, Refused)
    assert run("set-password", "--help").exit_code == 0
