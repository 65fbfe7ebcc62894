"""Whether a board takes a course: what is said before enrolling, and what has to be ticked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from ceapp.accounts.licences import service as licences
from ceapp.accounts.licences.service import LicenceInput
from ceapp.certificates.approvals import service as approvals
from ceapp.certificates.approvals.rules import Approval, HoursBy, Kind
from ceapp.database import db, transaction
from ceapp.learning import starting
from ceapp.learning.acceptance import Notice, acceptance
from ceapp.learning.models import Acknowledgement, Enrolment
from tests.certificates.conftest import approval_input
from tests.certificates.test_approvals import COUNSELOR, DAY, PSYCHOLOGIST, approval
from tests.conftest import NOW, Member
from tests.harness.pages import Page

SOON = DAY + timedelta(days=29)
LATER = DAY + timedelta(days=700)
HELD = [("P", PSYCHOLOGIST), ("C", COUNSELOR)]
FOR_PSYCHOLOGISTS = {"professions": ("psychologist",)}
LICENCE = LicenceInput("psychologist", "", "US-CA", "", "PSY 01234", "", None, is_printed=True)

Visit = Callable[..., Page]


@pytest.mark.parametrize(
    ("entered", "held", "uncovered"),
    [
        ([], [], ()),
        ([], HELD, ("P", "C")),
        ([approval()], HELD, ()),
        ([approval(**FOR_PSYCHOLOGISTS)], HELD, ("C",)),
        ([approval(courses=("another",))], HELD, ("P", "C")),
        ([approval(valid_from=DAY + timedelta(days=1), valid_to=LATER)], HELD, ("P", "C")),
    ],
)
def test_every_licence_without_an_approval_is_named(
    entered: Sequence[Approval], held: Sequence[tuple[str, Any]], uncovered: tuple[str, ...]
) -> None:
    found = acceptance(entered, held, "a", DAY)
    assert found.uncovered == uncovered
    assert (Notice.NO_APPROVAL in found.notices) is bool(uncovered)


@pytest.mark.parametrize(
    ("entered", "ending"),
    [
        ([approval(valid_to=SOON)], [1]),
        ([approval(valid_to=SOON + timedelta(days=1))], []),
        ([approval(valid_to=LATER, withdrawn_from=SOON)], [1]),
        ([approval(valid_to=SOON), approval(2, body="BOARD", valid_from=SOON, valid_to=LATER)], []),
        ([approval(valid_to=SOON), approval(2, valid_from=SOON, valid_to=LATER, **FOR_PSYCHOLOGISTS)], [1]),
        ([approval(valid_to=SOON), approval(2, kind=Kind.COURSE, valid_to=LATER)], [1]),
        ([approval(valid_to=SOON, places=("CA-ON",))], []),  # it is not for this person anyway
    ],
)
def test_an_approval_that_ends_on_the_way_is_warned_of(entered: Sequence[Approval], ending: list[int]) -> None:
    assert [each.id.int for each in acceptance(entered, HELD, "a", DAY).ending] == ending


def test_a_course_completed_before_is_warned_of() -> None:
    assert acceptance([approval()], [], "a", DAY, completed_on=DAY).notices == (Notice.COMPLETED_BEFORE,)


@pytest.mark.both_databases
def test_who_has_not_ticked_is_not_enrolled(app: Flask, course: str, tess: Member) -> None:
    with app.app_context():
        licences.add(tess.id, LICENCE, now=NOW)
        for ticked in ((), (Notice.APPROVAL_ENDS,)):
            with pytest.raises(starting.Unacknowledged):
                starting.enrol(tess.id, "sample", acknowledged=ticked, now=NOW)
        assert db.session.scalars(select(Enrolment)).all() == []
        for _ in range(2):
            enrolment = starting.enrol(tess.id, "sample", acknowledged=tuple(Notice), now=NOW)
        (kept,) = db.session.scalars(select(Acknowledgement))  # What was not shown is not kept as read.
        assert (kept.enrolment_id, kept.notice, kept.acknowledged_at) == (enrolment.id, "no approval", NOW)
        for change in ("UPDATE acknowledgement SET notice = 'approval ends'", "DELETE FROM acknowledgement"):
            with pytest.raises(DBAPIError), transaction() as session:
                session.execute(text(change))


def test_the_page_says_it_and_asks_for_the_tick(app: Flask, visit: Visit, course: str, tess: Member, ada: Member) -> None:
    page = visit("/courses/sample", person=tess)
    assert "You have entered no licence" in page.text
    assert "No board approval is claimed" in page.text
    with app.app_context():
        licences.add(tess.id, LICENCE, now=NOW)
        approvals.enter(
            approval_input(places=("US-NY",), valid_to=date(2099, 1, 1), hours=HoursBy(step=Decimal(1))),
            by=ada.id,
            form_key="approval-of-acceptance-1",
            now=NOW,
        )
    page = visit("/courses/sample", person=tess)
    for said in ("Board of Examples", "1234", "New York", "Psychologist, California", "caps on self-study are your board’s"):
        assert said in page.text
    assert "No board approval is claimed" not in page.text
    assert page.select("//dt[.='Contact hours by it']/following-sibling::dd[1]")[0].text == "1"
    refused = page.submit("Enrol", status=422)
    assert "Tick this to enrol." in refused.text
    assert "What is left before your certificate" in refused.submit("Enrol", no_approval="y").text
    assert "Will my board take this?" in visit("/courses/sample", person=tess).text


def test_enrolling_on_the_page_of_a_scenario_asks_too(app: Flask, visit: Visit, course: str, tess: Member) -> None:
    with app.app_context():
        licences.add(tess.id, LICENCE, now=NOW)
    page = visit("/courses/sample/every-kind", person=tess).submit("Enrol in the course", status=422)
    assert page.h1 == "A sample course"
