"""Approvals: which are printed on a completion, the hours by each, and that they only ever grow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from ceapp.audit.models import AuditEntry
from ceapp.certificates.approvals import service
from ceapp.certificates.approvals.queries import all_approvals, approval_history, approvals_for
from ceapp.certificates.approvals.rules import Approval, HoursBy, Kind, Rounding, ending, in_force, is_covered, printed_approvals
from ceapp.certificates.facts import PrintedLicence, from_json
from ceapp.certificates.models import ApprovalVersion, Certificate
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.service import issue_waiting
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused
from tests.accounts.parallel import at_once
from tests.certificates.conftest import NOW, approval_input, provider_input
from tests.conftest import Member
from tests.harness.pages import Page, Visitor

DAY = date(2026, 11, 20)
KEY = "approval-form-number-{:020}"
PSYCHOLOGIST = PrintedLicence("Psychologist, California", "1", profession="psychologist", place="US-CA")
COUNSELOR = PrintedLicence("Counselor, New York", "2", profession="counselor", place="US-NY")
ART_THERAPIST = PrintedLicence("Art therapist, New York", "3", profession="other", place="US-NY")

Give = Callable[..., Certificate]


def approval(number: int = 1, **changes: Any) -> Approval:
    values: dict[str, Any] = {
        "id": UUID(int=number),
        "version": 1,
        "kind": Kind.PROVIDER,
        "body": "Board",
        "number": "1",
        "statement": "Approved.",
        "category": "",
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
    }
    return Approval(**{**values, **changes})


def enter(app: Flask, ada: Member, key: int = 0, **changes: Any) -> UUID:
    with app.app_context():
        return service.enter(approval_input(**changes), by=ada.id, form_key=KEY.format(key), now=NOW).id


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"valid_from": DAY, "valid_to": DAY}, True),
        ({"valid_from": DAY + timedelta(days=1)}, False),
        ({"valid_to": DAY - timedelta(days=1)}, False),
        ({"withdrawn_from": DAY}, False),
        ({"withdrawn_from": DAY + timedelta(days=1)}, True),
        ({"courses": ("a",)}, True),
        ({"courses": ("b", "c")}, False),
    ],
)
def test_the_day_of_completion_and_the_course_decide(changes: dict[str, Any], holds: bool) -> None:
    assert bool(in_force([approval(**changes)], "a", DAY)) is holds


@pytest.mark.parametrize(
    ("changes", "licences", "is_for"),
    [
        ({}, [], True),
        ({"professions": ("psychologist",)}, [], False),
        ({"professions": ("psychologist",)}, [COUNSELOR, PSYCHOLOGIST], True),
        ({"professions": ("psychologist",), "places": ("US-NY",)}, [COUNSELOR, PSYCHOLOGIST], False),  # no one licence is both
        ({"places": ("US-NY", "US-FL")}, [ART_THERAPIST], True),
        ({"places": ("CA-ON",)}, [ART_THERAPIST, COUNSELOR], False),
        ({"professions": ("counselor",), "places": ("US-NY",)}, [COUNSELOR], True),
    ],
)
def test_one_that_names_professions_or_places_asks_for_a_licence(
    changes: dict[str, Any], licences: list[PrintedLicence], is_for: bool
) -> None:
    assert is_covered(licences, [approval(**changes)]) is is_for
    printed = printed_approvals([approval(**changes)], licences, exact=Decimal(2), own=Decimal(2))
    assert bool(printed) is is_for


@pytest.mark.parametrize(
    ("hours", "exact", "counted"),
    [
        (HoursBy(), "2.87", "2.75"),
        (HoursBy(stated=Decimal("1.5")), "2.87", "1.5"),
        (HoursBy(step=Decimal(1)), "2.99", "2"),
        (HoursBy(step=Decimal("0.5")), "2.49", "2"),
        (HoursBy(step=Decimal("0.5"), rounding=Rounding.NEAREST), "2.25", "2.5"),
        (HoursBy(step=Decimal("0.25"), rounding=Rounding.NEAREST), "2.124", "2"),
        (HoursBy(step=Decimal("0.25"), rounding=Rounding.NEAREST), "2.125", "2.25"),
        (HoursBy(step=Decimal("0.25"), minimum=Decimal("0.5")), "0.5", "0.5"),
        (HoursBy(step=Decimal("0.25"), minimum=Decimal("0.5")), "0.49", None),
        (HoursBy(step=Decimal(1)), "0.99", None),
    ],
)
def test_the_contact_hours_by_an_approval(hours: HoursBy, exact: str, counted: str | None) -> None:
    printed = printed_approvals([approval(hours=hours)], [], exact=Decimal(exact), own=Decimal("2.75"))
    assert [each.contact_hours for each in printed] == ([] if counted is None else [counted])


@pytest.mark.parametrize(
    ("approvals", "warned"),
    [
        ([approval(valid_to=DAY + timedelta(days=90))], [1]),
        ([approval(valid_to=DAY + timedelta(days=91))], []),
        ([approval(valid_to=DAY - timedelta(days=90))], [1]),
        ([approval(valid_to=DAY - timedelta(days=91))], []),
        ([approval(valid_to=DAY, withdrawn_from=DAY)], []),
        ([approval(valid_to=DAY), approval(2, body="BOARD", valid_from=DAY, valid_to=DAY + timedelta(days=700))], []),
        ([approval(valid_to=DAY), approval(2, body="Other", valid_to=DAY + timedelta(days=700))], [1]),
        ([approval(valid_to=DAY), approval(2, kind=Kind.COURSE, valid_to=DAY + timedelta(days=700))], [1]),
        ([approval(valid_to=DAY), approval(2, courses=("a",), valid_to=DAY + timedelta(days=700))], [1]),
        ([approval(valid_to=DAY + timedelta(days=9)), approval(2, body="B", valid_to=DAY)], [2, 1]),
    ],
)
def test_administrators_are_warned_while_there_is_time(approvals: list[Approval], warned: list[int]) -> None:
    assert [each.id.int for each in ending(approvals, DAY)] == warned


def test_a_provider_approval_is_never_called_one_of_a_course() -> None:
    (printed,) = printed_approvals([approval()], [], exact=Decimal(3), own=Decimal(3))
    assert printed.label == "Provider approval"
    assert "course" not in printed.details
    (printed,) = printed_approvals([approval(kind=Kind.COURSE)], [], exact=Decimal(3), own=Decimal(3))
    assert printed.label == "Course approval"
    assert "course number 1" in printed.details


# On record


@pytest.mark.both_databases
def test_a_change_is_a_new_version_and_certificates_keep_what_they_print(
    app: Flask, ada: Member, tess: Member, omar: Member, provider: None, issued: Give
) -> None:
    approval_id = enter(app, ada)
    before = from_json(issued(tess).facts)
    with app.app_context():
        changed = replace(approval_input(), number="5678", hours=HoursBy(step=Decimal(1)))
        for _ in range(2):
            service.change(approval_id, changed, after_version=1, by=ada.id, form_key=KEY.format(1), now=NOW)
        with pytest.raises(Refused, match="Somebody else changed"):
            service.change(approval_id, approval_input(), after_version=1, by=ada.id, form_key=KEY.format(2), now=NOW)
        history = approval_history(approval_id)
        assert history is not None
        assert [each.version for each, _ in history.versions] == [2, 1]
        assert [each.number for each in approvals_for("any-course", DAY)] == ["5678"]
    after = from_json(issued(omar, exact_hours="3.9", contact_hours="3.75").facts)
    assert [(each.number, each.contact_hours) for each in before.approvals] == [("1234", "3")]
    assert [(each.number, each.contact_hours, each.version) for each in after.approvals] == [("5678", "3", f"{approval_id}/2")]
    with app.app_context():
        deeds = list(db.session.scalars(select(AuditEntry.deed).where(AuditEntry.deed.startswith("approval."))))
        assert deeds == ["approval.set", "approval.set"]
        for statement in ("UPDATE approval_version SET number = 'x'", "DELETE FROM approval_version"):
            with pytest.raises(DBAPIError), transaction() as session:
                session.execute(text(statement))


@pytest.mark.both_databases
def test_entered_twenty_times_at_once_it_is_there_once(app: Flask, ada: Member) -> None:
    given = at_once(app, 20, lambda _: service.enter(approval_input(), by=ada.id, form_key=KEY.format(0), now=NOW).id)
    assert len(set(given)) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ApprovalVersion)) == 1
        with pytest.raises(Refused, match="sent before"):
            service.enter(approval_input(number="9"), by=ada.id, form_key=KEY.format(0), now=NOW)


@pytest.mark.both_databases
def test_two_changes_at_once_one_wins(app: Flask, ada: Member) -> None:
    approval_id = enter(app, ada)

    def one(number: int) -> int:
        given = approval_input(number=str(number))
        return service.change(approval_id, given, after_version=1, by=ada.id, form_key=KEY.format(number + 1), now=NOW).version

    given = at_once(app, 6, one)
    assert sum(each == 2 for each in given) == 1
    assert sum(isinstance(each, Refused) for each in given) == 5


@pytest.mark.both_databases
def test_withdrawn_it_holds_no_more_from_that_day(
    app: Flask, ada: Member, tess: Member, omar: Member, provider: None, issued: Give
) -> None:
    approval_id = enter(app, ada)
    with app.app_context():
        for _ in range(2):
            service.withdraw(approval_id, from_day=DAY, reason="The board ended it.", by=ada.id, now=NOW)
        with pytest.raises(Refused, match="withdrawn before"):
            service.withdraw(approval_id, from_day=DAY, reason="Another reason.", by=ada.id, now=NOW)
        with pytest.raises(Refused, match="is withdrawn"):
            service.change(approval_id, approval_input(number="9"), after_version=1, by=ada.id, form_key=KEY.format(1), now=NOW)
    assert from_json(issued(tess).facts).approvals == ()
    assert len(from_json(issued(omar, completed_on=DAY - timedelta(days=1)).facts).approvals) == 1


def test_only_who_administers_may(app: Flask, tess: Member, ada: Member) -> None:
    approval_id = enter(app, ada)
    with app.app_context():
        with pytest.raises(Missing):
            service.enter(approval_input(), by=tess.id, form_key=KEY.format(1), now=NOW)
        with pytest.raises(Missing):
            service.withdraw(approval_id, from_day=DAY, reason="x", by=tess.id, now=NOW)


def test_none_is_claimed_until_one_is_entered(app: Flask, tess: Member, provider: None, issued: Give) -> None:
    with app.app_context():
        assert all_approvals() == []
    assert from_json(issued(tess).facts).approvals == ()


def test_a_waiting_specimen_gets_what_is_entered_when_it_is_issued(app: Flask, ada: Member, tess: Member, issued: Give) -> None:
    specimen = issued(tess, licences=(PSYCHOLOGIST,))
    enter(app, ada, professions=("psychologist",))
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
        issue_waiting(by=ada.id, now=NOW)
        current = db.session.scalars(select(Certificate).where(Certificate.supersedes_id == specimen.id)).one()
        facts = from_json(current.facts)
    assert [each.number for each in facts.approvals] == ["1234"]
    assert facts.licences == (PSYCHOLOGIST,)


class TestPages:
    @pytest.fixture
    def hers(self, browser_of: Callable[[Member], Visitor], ada: Member) -> Visitor:
        return browser_of(ada)

    def typed(self, **changes: Any) -> dict[str, Any]:
        return {
            "kind": "provider",
            "body": "Board of Examples",
            "number": "1234",
            "statement": "Approved as a provider.",
            "valid_from": "2026-01-01",
            "valid_to": "2027-12-31",
            **changes,
        }

    def test_entered_looked_at_changed_and_withdrawn(self, hers: Visitor) -> None:
        page = hers.get("/provider").follow("Approvals")
        assert "none is claimed anywhere" in page.text
        typed = self.typed(professions=["counselor"], places=["US-NY", "CA-ON"], hours_by="rounded", step="0.5", minimum="1")
        page = page.follow("Enter an approval").submit("Save", **typed)
        page = page.follow("Board of Examples")
        for told in (
            "Provider approval",
            "provider number",
            "1234",
            "Counselor",
            "New York",
            "Ontario",
            "down to a multiple of 0.5",
            "below 1",
        ):
            assert told.casefold() in page.text.casefold()
        form = page.follow("Change").form()
        assert form.values("places") == ["US-NY", "CA-ON"]
        assert (form.values("step"), form.values("hours_by")) == (["0.5"], ["rounded"])
        page = form.page.submit("Save", number="5678")
        assert "Version 2" in page.text
        page = page.follow("Withdraw").submit("Withdraw", from_day="2026-11-20", reason="The board ended it.")
        assert "The board ended it." in page.text
        assert "Withdraw" not in [link.text for link in page.select("//a")]

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"body": " "}, "Write the name of the body"),
            ({"statement": ""}, "Write the statement"),
            ({"statement": "x" * 1001}, "longer than 1000"),
            ({"valid_to": "2025-01-01"}, "before the first one"),
            ({"valid_from": "soon"}, "This is not a day"),
            ({"hours_by": "rounded"}, "of what the hours are multiples"),
            ({"hours_by": "rounded", "step": "1/2"}, "such as 1 or 0.25"),
            ({"hours_by": "stated", "stated": "0"}, "that the body stated"),
        ],
    )
    def test_refused_with_everything_kept(self, app: Flask, hers: Visitor, changes: dict[str, Any], sentence: str) -> None:
        page = hers.get("/provider/approvals/new").submit("Save", status=422, **self.typed(category="Kept", **changes))
        assert sentence in page.text
        assert page.form().values("category") == ["Kept"]
        with app.app_context():
            assert all_approvals() == []

    def test_somebody_else_was_faster(self, app: Flask, hers: Visitor, ada: Member) -> None:
        approval_id = enter(app, ada)
        seen = hers.get(f"/provider/approvals/{approval_id}/change")
        with app.app_context():
            service.change(approval_id, approval_input(number="9"), after_version=1, by=ada.id, form_key=KEY.format(1), now=NOW)
        page = seen.submit("Save", status=422, number="10")
        assert "Somebody else changed this approval" in page.text
        page.submit("Save")
        with app.app_context():
            assert [(each.version, each.number) for each in all_approvals()] == [(3, "10")]

    def test_the_front_page_and_the_operators_page_warn(
        self, app: Flask, hers: Visitor, ada: Member, tess: Member, visit: Callable[..., Page]
    ) -> None:
        enter(app, ada, valid_to=date.today() + timedelta(days=30), valid_from=date(2020, 1, 1))  # noqa: DTZ011
        hers.most_queries = 12
        for address in ("/", "/operating"):
            assert "Provider approval by Board of Examples: its last day is" in hers.get(address).text
        assert "Board of Examples" not in visit("/", person=tess).text

    def test_what_is_printed_is_on_the_page_and_the_public_check(
        self, app: Flask, visit: Callable[..., Page], ada: Member, tess: Member, provider: None, issued: Give
    ) -> None:
        enter(app, ada)
        certificate = issued(tess, licences=(PrintedLicence("Psychologist, California", "PSY 01234", "Theresa Cole"),))
        for page in (visit(f"/certificates/{certificate.id}", person=tess), visit(f"/verify/{certificate.code}")):
            assert "Psychologist, California, licence PSY 01234 (name on licence: Theresa Cole)" in page.text
            assert "Harbour Street Training is approved as a provider by the Board of Examples." in page.text
            assert "Board of Examples, provider number 1234, 1 January 2026 to 31 December 2027: 3 contact hours, ethics" in page.text
            assert "Location" in page.text
