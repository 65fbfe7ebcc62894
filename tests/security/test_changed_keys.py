"""G5: the secret of a running server is changed. Whatever it sealed is accepted for a while, and after that nothing is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from ceapp import clock
from ceapp.accounts import code_sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.known_browsers import known_browser, new_mark
from ceapp.accounts.mailed_codes import WrongCode
from ceapp.app import create_app
from ceapp.database import db
from ceapp.errors import Malformed
from ceapp.keys import Keys, new_secret, turn_secret
from ceapp.learning.forms import AnswerForm
from tests.conftest import NOW, Member
from tests.harness.letters import newest_code
from tests.harness.pages import Page, Visitor
from tests.learning.test_pages import begin, value_of

GRACE = timedelta(hours=1)

Reload = Callable[[Visitor], None]


@pytest.fixture
def folder(app: Flask) -> Path:
    path: Path = app.extensions["ceapp.settings"].instance_path / "keys"
    return path


@pytest.fixture
def reload(app: Flask, template_cache: FileSystemBytecodeCache) -> Reload:
    """The same browser, and a server that has read its keys anew."""

    def again(visitor: Visitor) -> None:
        fresh = create_app(app.extensions["ceapp.settings"])
        fresh.testing, fresh.jinja_env.bytecode_cache = True, template_cache
        with visitor.app.app_context():
            if visitor.app is not app:
                db.engine.dispose()
        visitor.app = visitor.client.application = fresh

    return again


def turn(folder: Path) -> None:
    turn_secret(folder, datetime.now(UTC) + GRACE)


def after_the_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime.now(UTC) + GRACE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: at)


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize("is_in_time", [True, False])
def test_g5_open_forms_survive_a_change_and_the_grace_ends(
    browser_of: Callable[[Member | None], Visitor],
    visit: Callable[..., Page],
    tess: Member,
    folder: Path,
    reload: Reload,
    monkeypatch: pytest.MonkeyPatch,
    is_in_time: bool,
) -> None:
    question, hers = begin(visit, tess), browser_of(tess)
    given = value_of(question, "Raise it at the next session")
    new_secret(folder)
    turn(folder)
    reload(hers)
    if is_in_time:
        assert "You chose" in question.submit("Decide", given=given).text
    else:
        after_the_grace(monkeypatch)
        assert "seal did not match" in question.submit("Decide", status=403, given=given).text


def test_g5_the_sealed_moment_of_a_question_counts_and_then_does_not(app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = uuid4()
    with app.test_request_context():
        form = AnswerForm()
        form.seal_shown(attempt, 1, NOW)
    new_secret(folder)
    turn(folder)
    with create_app(app.extensions["ceapp.settings"]).test_request_context():
        assert form.shown_at(attempt, 1) == NOW
        after_the_grace(monkeypatch)
        with pytest.raises(Malformed):
            form.shown_at(attempt, 1)


def test_g5_a_form_opened_during_the_grace_works_after_it(
    browser_of: Callable[[Member | None], Visitor],
    visit: Callable[..., Page],
    folder: Path,
    reload: Reload,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its browser has the cookie of before, which is sealed anew when the page is opened."""
    somebody = browser_of(None)
    visit("/account/sign-in")
    new_secret(folder)
    turn(folder)
    reload(somebody)
    page = visit("/account/sign-in")
    after_the_grace(monkeypatch)
    assert "the password is not right" in page.submit("Sign in", status=422, email="tess@example.org", password="nobody's password").text


def test_g5_a_seal_by_the_next_key_is_accepted_before_it_signs(
    browser_of: Callable[[Member | None], Visitor], visit: Callable[..., Page], folder: Path, reload: Reload
) -> None:
    """While servers are reloaded one after the other, some sign with the new key and some with the old."""
    somebody = browser_of(None)
    new_secret(folder)
    reload(somebody)
    not_turned = somebody.app
    turn(folder)
    reload(somebody)
    page = visit("/account/sign-in")
    somebody.app = somebody.client.application = not_turned
    assert "the password is not right" in page.submit("Sign in", status=422, email="tess@example.org", password="nobody's password").text


def test_g5_the_preview_knows_a_page_from_before(
    browser_of: Callable[[Member | None], Visitor], visit: Callable[..., Page], course: str, folder: Path, reload: Reload
) -> None:
    page = visit(f"/courses/{course}/preview")
    given = value_of(page, "Raise it")
    new_secret(folder)
    turn(folder)
    reload(browser_of(None))
    answered = page.submit("Decide", status=200, given=given)
    assert "KEYMARK-best" in answered.text
    assert value_of(visit(f"/courses/{course}/preview"), "Raise it") != given


def test_g5_a_code_that_is_under_way_works_and_a_known_browser_stays_known(
    app: Flask, tess: Member, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller("192.0.2.1/32")
    with app.app_context():
        secret = code_sign_ins.ask_to_sign_in(tess.email, now=NOW, caller=caller)
    code = newest_code(app, NOW)
    before: Keys = app.extensions["ceapp.keys"]
    mark = new_mark(before.secret, tess.email)
    new_secret(folder)
    turn_secret(folder, NOW + timedelta(minutes=2))
    changed = create_app(app.extensions["ceapp.settings"])
    keys: Keys = changed.extensions["ceapp.keys"]
    with changed.app_context():
        with pytest.raises(WrongCode):
            code_sign_ins.sign_in_by_code(secret, code, now=NOW + timedelta(minutes=2), may_sign_up=True, caller=caller)
        assert code_sign_ins.sign_in_by_code(secret, code, now=NOW + timedelta(minutes=1), may_sign_up=True, caller=caller)
        db.engine.dispose()
    assert keys.secrets(NOW) == [before.secret, keys.secret]
    assert known_browser(keys.secrets(NOW), tess.email, mark)
    assert known_browser(keys.secrets(NOW + timedelta(minutes=2)), tess.email, mark) is None
