"""Error pages: what happened, what was saved, and everything typed is still there."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from ceapp.database import db
from ceapp.database.transaction import FULL
from ceapp.errors import Unavailable, Uncertain
from tests.conftest import Member
from tests.harness.pages import Page, Visitor
from tests.learning.test_pages import begin, value_of


@pytest.mark.parametrize(
    "address", ["/nonsense", "/courses/nonsense", "/courses/nonsense/nonsense", "/attempts/1", "/verify/x/y", "/standards/x", "/images/x"]
)
def test_what_is_not_there_says_so_on_a_proper_page(visit: Callable[..., Page], address: str) -> None:
    page = visit(address, status=404)
    assert page.h1 == "There is no such page"
    assert page.link("Go to the front page")


def test_a_method_that_an_address_does_not_know(browser_of: Callable[[Member | None], Visitor]) -> None:
    response = browser_of(None).client.delete("/courses")
    assert response.status_code in (403, 405)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Unavailable(), "nothing was saved"),
        (Unavailable(FULL), "disk is full and nothing was saved"),
        (Uncertain(), "this may be saved or not"),
    ],
    ids=["busy", "full", "cut off"],
)
def test_a_database_in_trouble_keeps_the_choice_and_the_key(
    app: Flask, visit: Callable[..., Page], course: str, tess: Member, monkeypatch: pytest.MonkeyPatch, trouble: Unavailable, words: str
) -> None:
    page = begin(visit, tess)
    chosen, key = value_of(page, "Raise it"), page.form("/attempts").values("key")

    def busy(*_arguments: object, **_values: object) -> None:
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr("ceapp.learning.service.hand_in_at", busy)
        refused = page.submit("Decide", status=503, given=chosen)
    assert words in refused.text
    assert ("nothing was saved" in refused.text) == (not isinstance(trouble, Uncertain))
    assert refused.response.headers["Retry-After"] == "2"
    assert (refused.form().values("given"), refused.form().values("key")) == ([chosen], key)
    assert "KEYMARK-best" in refused.submit("Send again").text


def test_an_error_of_ours_is_logged_by_place_without_what_was_typed(
    app: Flask, visit: Callable[..., Page], course: str, tess: Member, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = begin(visit, tess, "short")

    def broken(*_arguments: object, **_values: object) -> None:
        raise KeyError("PLANTED in the message")

    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with monkeypatch.context() as patch, caplog.at_level(logging.DEBUG):
        patch.setattr("ceapp.learning.service.hand_in_at", broken)
        refused = page.submit("Decide", status=500, given=value_of(page, "Ask who"))
    assert "PLANTED" not in caplog.text
    assert "KeyError at " in caplog.text
    (number,) = [word for word in caplog.text.split() if len(word) == 13 and word.endswith(":")][:1] or [""]
    assert number.removesuffix(":") in refused.text


def test_an_ended_sign_in_keeps_what_was_typed(
    visit: Callable[..., Page], course: str, tess: Member, browser_of: Callable[[Member | None], Visitor]
) -> None:
    page = begin(visit, tess)
    browser_of(tess).client.delete_cookie("ceapp")
    refused = page.submit("Decide", status=403, given=value_of(page, "Raise it"))
    assert "signed out" in refused.text
    assert refused.form().values("given") == [value_of(page, "Raise it")]


@pytest.mark.parametrize("address", ["/account/password", "/account/sign-in", "/account/sign-up"])
def test_a_password_is_never_shown_again(
    browser_of: Callable[[Member | None], Visitor], visit: Callable[..., Page], tess: Member, address: str
) -> None:
    person = tess if address == "/account/password" else None
    form = visit(address, person=person).form(address)
    data = {name: ["PLANTED secret"] for name, _ in form.fields if name != "csrf_token"}
    browser_of(person).client.delete_cookie("ceapp")
    page = browser_of(person).post(form.action, {**data, "csrf_token": ["wrong"]}, status=403)
    assert "PLANTED" not in page.html


def test_a_database_that_ends_while_its_error_is_answered_is_a_database_in_trouble(
    visit: Callable[..., Page], course: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Rolling back fails on a connection that the server has just lost."""
    gone, rollback = OperationalError("", {}, Exception("gone")), db.session.rollback
    broken = iter([gone])

    def fails_once() -> None:
        for each in broken:
            raise each
        rollback()

    def ended(*_arguments: object, **_values: object) -> None:
        raise gone

    monkeypatch.setattr(db.session, "rollback", fails_once)
    monkeypatch.setattr("ceapp.learning.course_views.course_view", ended)
    page = visit(f"/courses/{course}", status=503)
    assert page.h1 == "The server is busy"
    assert page.response.headers["Retry-After"]
    assert "database: " in caplog.text
