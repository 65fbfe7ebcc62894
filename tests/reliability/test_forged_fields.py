"""A7, B2, B10, F11: fields that no form of ours has, has once, or has so long. They change nothing that they must not, and never break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from ceapp.database import Model, db, everybody
from tests.conftest import Member
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import Learner
from tests.reliability.ledger import faults_of
from tests.reliability.rounds import rounds

pytestmark = pytest.mark.both_databases

Fields = list[tuple[str, str]]
Rows = dict[tuple[Any, ...], dict[str, Any]]

COLUMNS = sorted({column.name for table in Model.metadata.tables.values() for column in table.columns})
FORGED = [
    *COLUMNS,
    "role",
    "org_id",
    "user_id",
    "attempt_no",
    "issued_at",
    "given[]",
    "_method",
    "__class__",
    "csrf_token",
    "given",
    "place-",
    "text",
]
VALUES = st.one_of(
    st.sampled_from(
        ["", "0", "1", "-1", "true", "null", "best", "*", "9" * 400, "x" * 30_000, "\x00", "1\x002", "\ud7ff", "\u202e", "[]", "{}", "%"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


@dataclass(frozen=True, slots=True)
class Forgery:
    """What is done to a form: fields of its own that are left out, sent twice or given another value, and fields that it does not have."""

    left_out: frozenset[int]
    twice: frozenset[int]
    replaced: Mapping[int, str]
    added: tuple[tuple[str, str], ...]

    def of(self, fields: Fields) -> Fields:
        kept = [(name, self.replaced.get(place, value)) for place, (name, value) in enumerate(fields) if place not in self.left_out]
        return [*kept, *(field for place, field in enumerate(fields) if place in self.twice), *self.added]


def tried(usually: int) -> settings:
    """The same examples in every run; what breaks is shown as it was found."""
    return settings(
        max_examples=rounds(usually),
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


PLACES = st.integers(0, 5)
FORGERIES = st.builds(
    Forgery,
    st.frozensets(PLACES, max_size=1),
    st.frozensets(PLACES, max_size=2),
    st.dictionaries(PLACES, VALUES, max_size=1),
    st.lists(st.tuples(st.sampled_from(FORGED), VALUES), max_size=6).map(tuple),
)

MAY_APPEAR = {
    "answer": {"answer", "score", "reflection", "audit_entry"},
    "reflection": {"answer", "score", "reflection", "audit_entry"},
    "draft": {"reflection"},
    "begin": {"series", "attempt", "audit_entry"},
    "practise": {"series", "attempt", "audit_entry"},
    "enrol": {"enrolment", "audit_entry", "guess_window"},
    "move": set(),
    "preview": set(),
    "verify": set(),
    "profile": {"audit_entry"},
    "sign-in": {"guess_window"},
    "sign-up": {"guess_window"},
}
"""Which tables may have new rows after each form."""
MAY_CHANGE = {
    "answer": {("attempt", "closed_at")},
    "reflection": {("attempt", "closed_at"), *(("reflection", name) for name in ("ciphertext", "saves", "saved_at", "handed_in_at"))},
    "draft": {("reflection", name) for name in ("ciphertext", "saves", "saved_at")},
    "profile": {("person", "name"), ("person", "time_zone"), ("person", "wants_reminders")},
    "enrol": {("guess_window", "guesses")},
    "sign-in": {("guess_window", "guesses")},
    "sign-up": {("guess_window", "guesses")},
}
"""Which columns of rows that are there may change after each form."""


class Desk:
    """Somebody who has each of the forms before them, freshly filled in."""

    def __init__(self, app: Flask, learner: Learner, visitor: Visitor) -> None:
        self.app, self.learner, self.visitor = app, learner, visitor

    def form(self, kind: str) -> tuple[str, Fields]:
        """The address and the fields that a browser would send."""
        page, action, more = getattr(self, f"_{kind.replace('-', '_')}")()
        found = page.form(action)
        return (f"{found.action}/draft" if kind == "draft" else found.action), [*found.fields, *more]

    def _answer(self) -> tuple[Page, str, Fields]:
        attempt = self.learner.begin("short", purpose="practice")
        page = self.visitor.get(f"/attempts/{attempt.id}/1")
        return page, "/attempts", [("given", page.form("/attempts").offered("given")[0])]

    def _reflection(self) -> tuple[Page, str, Fields]:
        attempt = self.learner.begin("every-kind", purpose="practice")
        for question, chosen in GOOD_PATH[:-1]:
            self.learner.answer(attempt, question, chosen)
        return self.visitor.get(f"/attempts/{attempt.id}/5"), "/attempts", [("text", "Five words are enough here.")]

    _draft = _reflection

    def _begin(self) -> tuple[Page, str, Fields]:
        self.learner.answer(self.learner.begin("extra"), "now", ("like",))
        return self.visitor.get("/courses/sample/extra"), "/begin", []

    def _practise(self) -> tuple[Page, str, Fields]:
        self.learner.answer(self.learner.begin("short", purpose="practice"), "now", ("ask",))
        return self.visitor.get("/courses/sample/short"), "/practise", []

    def _preview(self) -> tuple[Page, str, Fields]:
        page = self.visitor.get("/courses/sample/preview")
        return page, "/preview", [("given", page.form("/preview").offered("given")[0])]

    def _profile(self) -> tuple[Page, str, Fields]:
        return self.visitor.get("/account"), "/account", []


GOOD_PATH = (("first", ("raise",)), ("risks", ("see", "blur")), ("needed", ("yes",)), ("order", ("consult", "talk", "write")), ("note", ()))


@pytest.fixture
def desk(app: Flask, course: str, tess: Member, browser_of: Callable[[Member], Visitor]) -> Desk:
    learner = Learner(app, tess)
    learner.enrol()
    learner.answer(learner.begin("short"), "now", ("ask",))
    return Desk(app, learner, browser_of(tess))


@pytest.mark.parametrize("kind", ["answer", "reflection", "draft", "begin", "practise", "preview", "profile"])
def test_forged_fields_change_nothing_else(app: Flask, desk: Desk, kind: str) -> None:
    with app.app_context():
        engine = db.engine

    @tried(12)
    @given(FORGERIES)
    def forge(forgery: Forgery) -> None:
        address, fields = desk.form(kind)
        before = rows_of(engine)
        status = post(desk.visitor, address, forgery.of(fields))
        assert status < 500, f"{kind} answered {status}"
        refuse_other_changes(kind, before, rows_of(engine))
        assert faults_of(engine) == []

    forge()


@pytest.mark.parametrize(
    ("kind", "address", "fields"),
    [
        ("enrol", "/courses/sample/enrol", []),
        ("move", "/courses/sample/move", []),
        ("sign-in", "/account/sign-in", [("email", "tess@example.org"), ("password", "not the right one at all")]),
        (
            "sign-up",
            "/account/sign-up",
            [("email", "tess@example.org"), ("password", "a quiet heron at dusk"), ("again", "a quiet heron at dusk")],
        ),
    ],
)
def test_forged_fields_of_forms_that_ask_for_little(app: Flask, desk: Desk, kind: str, address: str, fields: Fields) -> None:
    with app.app_context():
        engine = db.engine
    page = desk.visitor.get("/account" if kind in ("enrol", "move") else "/account/password")
    seal = ("csrf_token", page.form("/account").values("csrf_token")[0])

    @tried(12)
    @given(FORGERIES)
    def forge(forgery: Forgery) -> None:
        before = rows_of(engine)
        status = post(desk.visitor, address, forgery.of([seal, *fields]))
        assert status < 500, f"{kind} answered {status}"
        refuse_other_changes(kind, before, rows_of(engine))

    forge()


@tried(50)
@given(VALUES)
def test_c3_whatever_is_typed_as_a_code_is_answered(app: Flask, typed: str) -> None:
    client = app.test_client()
    assert client.get("/verify", query_string={"code": typed}).status_code in (200, 303)
    assert client.get(f"/verify/{typed.replace('/', '') or 'x'}").status_code in (308, 400, 404, 429)


def post(visitor: Visitor, address: str, fields: Fields) -> int:
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return visitor.client.post(address, data=data).status_code


def rows_of(engine: Engine) -> dict[str, Rows]:
    """Everything in the database: table → key → row."""
    with everybody("the test looks at the whole database"), engine.connect() as connection:
        return {
            name: {
                tuple(row._mapping[column.name] for column in table.primary_key): dict(row._mapping)
                for row in connection.execute(select(table))
            }
            for name, table in Model.metadata.tables.items()
        }


def refuse_other_changes(kind: str, before: dict[str, Rows], after: dict[str, Rows]) -> None:
    for table, rows in after.items():
        if rows.keys() - before[table].keys():
            assert table in MAY_APPEAR[kind], f"{kind} added to {table}"
        if kind not in ("reflection", "draft"):  # An empty text takes its draft away.
            assert before[table].keys() <= rows.keys(), f"{kind} removed from {table}"
        changed = {
            (table, name)
            for key in rows.keys() & before[table].keys()
            for name, value in rows[key].items()
            if value != before[table][key][name]
        }
        assert changed <= MAY_CHANGE.get(kind, set()), f"{kind} changed {changed}"
