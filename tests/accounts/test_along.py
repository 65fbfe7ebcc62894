"""What is read along with the sign-in: for that person, those values, once, and never rows of an organisation."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import literal

from ceapp.accounts.along import Along, keep, taken
from ceapp.accounts.models import Membership, Person
from ceapp.database import transaction
from ceapp.database.rows import table_of

PEOPLE = table_of(Person)
ROWS = [("a", "row")]


def along() -> Along:
    return Along((literal(1),), ((PEOPLE.alias("again"), PEOPLE.c.email == "somebody"),))


def test_rows_of_organisations_are_refused() -> None:
    memberships = table_of(Membership)
    with pytest.raises(ValueError, match="organisations"):
        Along(tuple(memberships.c), ((memberships, memberships.c.person_id == PEOPLE.c.id),))


def test_they_are_taken_once(app: Flask) -> None:
    asked, person = along(), uuid4()
    with app.test_request_context():
        keep(asked, person, {"attempt_id": 1, "number": 2}, ROWS)
        assert taken(asked, person, attempt_id=1) == ROWS
        assert taken(asked, person, attempt_id=1) is None


def test_others_are_not_mistaken_for_them(app: Flask) -> None:
    asked, person = along(), uuid4()
    others: list[Callable[[], object]] = [
        lambda: taken(along(), person, attempt_id=1),
        lambda: taken(asked, uuid4(), attempt_id=1),
        lambda: taken(asked, person, attempt_id=2),
        lambda: taken(asked, person, course_slug="1"),
    ]
    for other in others:
        with app.test_request_context():
            keep(asked, person, {"attempt_id": 1}, ROWS)
            assert other() is None


def test_a_transaction_reads_for_itself(app: Flask) -> None:
    asked, person = along(), uuid4()
    with app.test_request_context():
        keep(asked, person, {"attempt_id": 1}, ROWS)
        with transaction():
            assert taken(asked, person, attempt_id=1) is None
