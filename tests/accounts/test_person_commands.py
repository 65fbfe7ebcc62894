"""`ceapp person …` in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from ceapp.accounts import passwords, queries, second_factors
from ceapp.accounts.models import SignIn
from ceapp.accounts.people import queries as people_queries
from ceapp.commands.person import person
from ceapp.database import db
from ceapp.errors import Malformed, Missing, Refused
from tests.conftest import NOW, PASSWORD, Member
from tests.harness.courses import Library
from tests.harness.factors import switched_on
from tests.learning.conftest import Learner


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
    unknown = run("make-administrator", "nobody@example.org").exception
    assert isinstance(unknown, Missing)
    assert str(unknown) == "Nobody has an account with the address nobody@example.org."
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


def test_list_reads_in_portions(run: Callable[..., Result], make_person: Callable[..., Member], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_queries, "_AT_A_TIME", 2)
    made = sorted(make_person(f"p{number}@example.org").email for number in range(5))
    assert run("list").output.splitlines() == made


def test_find_takes_a_part_of_an_address_or_a_name_and_no_wildcards(run: Callable[..., Result], tess: Member, ada: Member) -> None:
    assert run("find", "ADEY").output == "tess@example.org\tTess Adeyemi\n"
    assert run("find", "%").output == ""
    assert run("find", " ").exit_code == 2


def test_suspend_restore_and_reset(app: Flask, run: Callable[..., Result], tess: Member, ada: Member) -> None:
    assert run("suspend", "Tess@Example.org").output == "tess@example.org is suspended.\n"
    assert run("list").output.splitlines()[1].endswith("suspended")
    assert isinstance(run("reset", tess.email).exception, Refused)
    assert run("restore", tess.email).output == "tess@example.org can sign in again.\n"
    reset = run("reset", tess.email)
    assert "The password of tess@example.org is removed" in reset.output
    assert "ceapp person set-password tess@example.org" in reset.output  # there is no mail server
    with app.app_context():
        assert db.session.scalars(select(SignIn.id).where(SignIn.person_id == tess.id)).all() == []


def test_the_last_administrator_stays_in_the_terminal_too(run: Callable[..., Result], ada: Member) -> None:
    assert isinstance(run("suspend", ada.email).exception, Refused)


def test_d11_reset_second_factor_takes_it_away_with_a_reason(app: Flask, run: Callable[..., Result], tess: Member) -> None:
    switched_on(app, tess, NOW)
    assert run("reset-second-factor", tess.email).exit_code == 2  # no reason
    assert isinstance(run("reset-second-factor", tess.email, "--reason", " ").exception, Malformed)
    assert "is taken away" in run("reset-second-factor", tess.email, "--reason", "The telephone is lost").output
    with app.app_context():
        assert second_factors.state_of(tess.id) is None
        assert db.session.scalars(select(SignIn.id).where(SignIn.person_id == tess.id)).all() == []
    assert isinstance(run("reset-second-factor", tess.email, "--reason", "Again").exception, Refused)


@pytest.mark.parametrize(
    "words", [("suspend",), ("restore",), ("reset",), ("reset-second-factor",), ("enrolments",), ("grant-attempt", "sample", "short")]
)
def test_an_unknown_address_is_said_and_a_wrong_one_is_wrong_usage(run: Callable[..., Result], words: tuple[str, ...]) -> None:
    command, rest = words[0], words[1:]
    reason = ("--reason", "x") if command in ("grant-attempt", "reset-second-factor") else ()
    unknown = run(command, "nobody@example.org", *rest, *reason)
    assert isinstance(unknown.exception, Missing)
    assert "Nobody has an account with the address nobody@example.org." in unknown.exception.message
    assert run(command, "nobody", *rest, *reason).exit_code == 2


def test_enrolments_and_granting_an_attempt(app: Flask, run: Callable[..., Result], library: Library, tess: Member, ada: Member) -> None:
    library.edit("sample/course.md", "attempts: unlimited", "attempts: 1")
    library.publish()
    learner = Learner(app, tess)
    assert run("enrolments", tess.email).output == ""
    learner.enrol()
    learner.answer(learner.begin("short"), "now", ("like",))
    assert run("enrolments", tess.email).output.splitlines() == [
        "sample\tnot completed",
        "\tevery-kind\tnot begun\t0 finished",
        "\tshort\tattempts used up\t1 of 1 finished",
        "\textra\tnot begun\t0 finished",
    ]
    assert run("grant-attempt", tess.email, "sample", "short").exit_code == 2  # no reason
    assert isinstance(run("grant-attempt", tess.email, "sample", "short", "--reason", " ").exception, Malformed)
    for course, scenario in (("nonsense", "short"), ("sample", "nonsense")):
        assert isinstance(run("grant-attempt", tess.email, course, scenario, "--reason", "x").exception, Missing)
    assert run("grant-attempt", tess.email, "sample", "short", "--reason", "The power failed").exit_code == 0
    assert isinstance(run("grant-attempt", tess.email, "sample", "short", "--reason", "Again").exception, Refused)
    assert learner.begin("short").number == 2
