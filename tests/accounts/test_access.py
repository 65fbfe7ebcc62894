"""Who may open what, and what it costs to find out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError

from ceapp.accounts import queries
from ceapp.accounts.access import current_person, me
from ceapp.accounts.models import Person, SignIn
from ceapp.database import db, transaction
from ceapp.web.audience import administrator, anyone, signed_in
from ceapp.web.resend import resendable
from tests.conftest import Member
from tests.harness.pages import Visitor


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application with one view for each audience, and one that forgot to say."""

    @app.route("/open", methods=["GET", "POST"])
    @anyone
    def open_page() -> str:
        person = current_person()
        return person.email if person else "nobody"

    @app.route("/own", methods=["GET", "POST"])
    @signed_in
    @resendable
    def own_page() -> str:
        return me().email

    @app.route("/office", methods=["GET", "POST"])
    @administrator
    def office_page() -> str:
        return me().email

    @app.route("/undeclared")
    def undeclared_page() -> str:
        return "open to whom?"

    return app


@pytest.fixture
def client_of(app: Flask) -> Callable[[Member | None], FlaskClient]:
    def client(person: Member | None) -> FlaskClient:
        made = app.test_client()
        if person:
            made.set_cookie(app.config["SIGN_IN_COOKIE_NAME"], person.token)
        return made

    return client


ClientOf = Callable[[Member | None], FlaskClient]
Browser = Callable[[Member | None], Visitor]


@pytest.mark.parametrize(
    ("address", "nobody", "person", "administrator"),
    [
        ("/open", 200, 200, 200),
        ("/own", 303, 200, 200),
        ("/office", 303, 404, 200),
        ("/undeclared", 404, 404, 404),
        ("/no-such-page", 404, 404, 404),
    ],
)
def test_a1_every_audience_is_enforced(
    client_of: ClientOf, tess: Member, ada: Member, address: str, nobody: int, person: int, administrator: int
) -> None:
    assert [client_of(each).get(address).status_code for each in (None, tess, ada)] == [nobody, person, administrator]


def test_a_form_that_comes_after_the_sign_in_ended_keeps_its_text(app: Flask, client_of: ClientOf) -> None:
    client = client_of(None)
    csrf = _csrf(client)
    answer = client.post("/own", data={"reflection": "What I would do next time.", "csrf_token": csrf})
    assert answer.status_code == 403
    assert "You are signed out, so nothing was saved." in answer.text
    assert "What I would do next time." in answer.text


def test_a6_a_lost_role_counts_at_the_next_request(app: Flask, client_of: ClientOf, ada: Member) -> None:
    client = client_of(ada)
    assert client.get("/office").status_code == 200
    _change(app, ada, is_administrator=False)
    assert client.get("/office").status_code == 404


def test_a6_a_suspended_person_is_out_at_the_next_request_for_good(app: Flask, client_of: ClientOf, tess: Member) -> None:
    client = client_of(tess)
    assert client.get("/own").status_code == 200
    _change(app, tess, suspended_at=datetime.now(UTC))
    assert client.get("/open").text == "nobody"
    assert client.get("/own").status_code == 303
    _change(app, tess, suspended_at=None)
    assert client.get("/own").status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignIn)) == 0


@pytest.mark.parametrize("token", ["x", "", "\x7f", "ä", "x" * 3000])
def test_a_made_up_cookie_is_nobody(app: Flask, token: str) -> None:
    client = app.test_client()
    client.set_cookie(app.config["SIGN_IN_COOKIE_NAME"], token)
    assert client.get("/open").text == "nobody"
    assert client.get("/own").status_code == 303


def test_one_query_with_a_cookie_and_none_without(app: Flask, client_of: ClientOf, tess: Member) -> None:
    assert len(_statements(app, lambda: client_of(tess).get("/own"))) == 1
    assert len(_statements(app, lambda: client_of(tess).get("/open"))) == 1
    assert _statements(app, lambda: client_of(None).get("/open")) == []
    assert _statements(app, lambda: client_of(None).get("/own")) == []


def test_an_asset_asks_nothing_of_the_database(app: Flask, client_of: ClientOf, tess: Member) -> None:
    asset = next(iter(app.extensions["ceapp.bundles"]))
    assert _statements(app, lambda: client_of(tess).get(f"/assets/{asset}")) == []


def test_a9_a_visit_is_noted_at_most_every_ten_minutes(app: Flask, client_of: ClientOf, tess: Member) -> None:
    before = datetime.now(UTC) - timedelta(minutes=11)
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(last_seen_at=before))
    client = client_of(tess)
    first = _statements(app, lambda: client.get("/own"))
    second = _statements(app, lambda: client.get("/own"))
    assert [statement for statement in first if not statement.startswith("SELECT")] != []
    assert [statement for statement in second if not statement.startswith("SELECT")] == []
    with app.app_context():
        assert db.session.scalars(select(SignIn.last_seen_at)).one() > before


def test_a_busy_database_still_lets_people_read(app: Flask, client_of: ClientOf, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(last_seen_at=datetime.now(UTC) - timedelta(hours=1)))
    monkeypatch.setattr("ceapp.database.lock.WAIT_SECONDS", 0.0)
    with app.extensions["ceapp.writer_lock"]:
        assert client_of(tess).get("/own").text == "tess@example.org"


def test_a_broken_database_still_gets_an_error_page(app: Flask, browser_of: Browser, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    @app.get("/broken")
    @anyone
    def broken_page() -> str:
        raise OperationalError("SELECT", {}, Exception("gone"))

    def gone(*_args: object, **_options: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(queries, "signed_in", gone)
    for address in ("/account", "/account/sign-in", "/broken"):
        assert browser_of(tess).get(address, status=503).h1 == "The server is busy"


def test_h3_a_refused_administration_page_is_logged(client_of: ClientOf, tess: Member, caplog: pytest.LogCaptureFixture) -> None:
    client_of(tess).get("/office")
    assert f"office_page refused to person {tess.id}" in caplog.text


def test_me_is_for_signed_in_views(app: Flask) -> None:
    with app.test_request_context("/open"), pytest.raises(RuntimeError, match="open to anyone"):
        me()


def _csrf(client: FlaskClient) -> str:
    page = client.get("/account/sign-in").text
    return page.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]


def _change(app: Flask, person: Member, **columns: object) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == person.id).values(**columns))


def _statements(app: Flask, deed: Callable[[], object]) -> list[str]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        deed()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen
