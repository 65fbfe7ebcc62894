"""Ways into a course: open, by code, by voucher, by hand; and what was paid elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.accounts.guesses import Caller
from ceapp.database import Model, db
from ceapp.errors import Missing, Refused, TooMany
from ceapp.learning import starting
from ceapp.learning.models import CourseOffer, Enrolment, EnrolmentPayment, EnrolmentWay, Voucher
from ceapp.learning.offers import rules, service
from ceapp.learning.offers.queries import PaymentWords, reason_of_way, vouchers_page, words_of
from ceapp.learning.offers.rules import Refund, Way
from ceapp.learning.offers.service import BatchInput, OfferInput, PaymentInput, WrongCode
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Member
from tests.harness.letters import letters
from tests.harness.pages import Page

KEY = "offer-form-number-{:020}"
CODE = "SPRING-2026-HARBOUR"
LAST_DAY = date(2026, 11, 20)
Visit = Callable[..., Page]


def offer(app: Flask, ada: Member, way: Way = Way.BY_CODE, price: str = "120 dollars", *, code: str = CODE, after: int = 0) -> UUID:
    given = OfferInput(way, price, "Within 14 days.", code if way is Way.BY_CODE else "", vouchers_only=not code)
    with app.app_context():
        return service.make_offer("sample", given, after_version=after, by=ada.id, form_key=KEY.format(after), now=NOW).id


def vouchers(app: Flask, ada: Member, size: int = 3, last_day: date = LAST_DAY) -> tuple[UUID, list[str]]:
    with app.app_context():
        given = BatchInput("Clinic", size, last_day, "Invoice 7")
        batch = service.make_vouchers("sample", given, by=ada.id, form_key=KEY.format(size), now=NOW)
        return batch.id, [code for _, code, _ in service.show_vouchers(batch.id, by=ada.id, now=NOW)]


def count(table: type[Model]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(("text", "other"), [("spring-2026", "SPRING 2026"), ("O1L", "0II"), (" a-b\u2011c\t", "ABC")])
def test_codes_are_read_kindly(text: str, other: str) -> None:
    assert rules.keyed_hash(b"k", text) == rules.keyed_hash(b"k", other)
    assert rules.keyed_hash(b"k", text) != rules.keyed_hash(b"j", text)


def test_a_voucher_has_eighty_random_bits() -> None:
    code = rules.new_voucher()
    assert (len(code) * 5, rules.typed(rules.show(code))) == (80, code)


@pytest.mark.both_databases
def test_what_was_shown_is_pinned(app: Flask, course: str, ada: Member, tess: Member, omar: Member) -> None:
    first = offer(app, ada, Way.OPEN)
    with app.app_context():
        with pytest.raises(starting.Unacknowledged):
            starting.enrol(tess.id, "sample", now=NOW)
        enrolment = starting.enrol(tess.id, "sample", shown_offer=first, now=NOW)
    second = offer(app, ada, Way.OPEN, "150 dollars", after=1)
    with app.app_context():
        with pytest.raises(starting.Unacknowledged):
            starting.enrol(omar.id, "sample", shown_offer=first, now=NOW)
        starting.enrol(omar.id, "sample", shown_offer=second, now=NOW)
        assert db.session.get_one(EnrolmentWay, enrolment.id).offer_id == first


def test_the_same_form_twice_is_one_offer_and_a_late_one_is_refused(app: Flask, course: str, ada: Member, tess: Member) -> None:
    assert offer(app, ada) == offer(app, ada)
    with app.app_context():
        given = OfferInput(Way.OPEN, "", "")
        with pytest.raises(Refused, match="Somebody else"):
            service.make_offer("sample", given, after_version=0, by=ada.id, form_key=KEY.format(9), now=NOW)
        with pytest.raises(Missing):
            service.make_offer("sample", given, after_version=1, by=tess.id, form_key=KEY.format(9), now=NOW)
        kept = service.make_offer("sample", OfferInput(Way.BY_CODE, "", ""), after_version=1, by=ada.id, form_key=KEY.format(8), now=NOW)
        assert len({row.code_hash for row in db.session.scalars(select(CourseOffer))}) == 1
        assert kept.code_hash


@pytest.mark.both_databases
def test_the_code_of_the_course_lets_everybody_in(app: Flask, course: str, ada: Member, tess: Member, omar: Member) -> None:
    shown = offer(app, ada)
    with app.app_context():
        for wrong in ("", "AUTUMN-2026"):
            with pytest.raises(WrongCode):
                starting.enrol(tess.id, "sample", code=wrong, shown_offer=shown, now=NOW)
        for person in (tess, omar):
            starting.enrol(person.id, "sample", code=CODE.lower(), shown_offer=shown, now=NOW)
        assert {row.way for row in db.session.scalars(select(EnrolmentWay))} == {"by code"}


def test_guesses_are_limited_and_right_ones_do_not_count(app: Flask, course: str, ada: Member, tess: Member) -> None:
    shown, caller = offer(app, ada), Caller("192.0.2.1")
    with app.app_context():
        for _ in range(12):  # Right, but something is still to be read.
            with pytest.raises(starting.Unacknowledged):
                starting.enrol_with_code(tess.id, "sample", CODE, caller=caller, now=NOW)
        for _ in range(10):
            with pytest.raises(WrongCode):
                starting.enrol_with_code(tess.id, "sample", "AUTUMN-2026", caller=caller, shown_offer=shown, now=NOW)
        with pytest.raises(TooMany):
            starting.enrol_with_code(tess.id, "sample", CODE, caller=caller, shown_offer=shown, now=NOW)


@pytest.mark.both_databases
def test_forty_uses_of_one_voucher_enrol_one_person(app: Flask, course: str, ada: Member, make_person: Callable[..., Member]) -> None:
    shown, (_, (code, *_)) = offer(app, ada, code=""), vouchers(app, ada)
    people = [make_person(f"learner{number}@example.org", f"Learner {number}") for number in range(40)]
    got = at_once(app, 40, lambda number: starting.enrol(people[number].id, "sample", code=code, shown_offer=shown, now=NOW).id)
    assert sum(isinstance(each, UUID) for each in got) == 1
    assert all(isinstance(each, (UUID, WrongCode)) for each in got)
    with app.app_context():
        assert (count(Enrolment), count(EnrolmentWay)) == (1, 1)


@pytest.mark.both_databases
def test_vouchers_end_and_are_withdrawn(app: Flask, course: str, ada: Member, tess: Member, omar: Member) -> None:
    shown, (batch, codes) = offer(app, ada, code=""), vouchers(app, ada)
    with app.app_context():
        with pytest.raises(WrongCode, match="last day"):
            starting.enrol(tess.id, "sample", code=codes[0], shown_offer=shown, now=NOW + timedelta(days=1))
        for _ in range(2):
            starting.enrol(tess.id, "sample", code=codes[0], shown_offer=shown, now=NOW)
        assert [service.withdraw_vouchers(batch, number, by=ada.id, now=NOW) for number in (1, 2, 2, None)] == [0, 1, 0, 1]
        with pytest.raises(WrongCode, match="withdrawn"):
            starting.enrol(omar.id, "sample", code=codes[1], shown_offer=shown, now=NOW)
        found = vouchers_page(batch, 1)
        assert found
        assert (found.seen.used, found.seen.withdrawn, found.seen.left, found.note) == (1, 2, 0, "Invoice 7")
        assert not any(code.encode() in row.ciphertext for code in codes for row in db.session.scalars(select(Voucher)))


@pytest.mark.both_databases
def test_by_hand_with_a_reason(app: Flask, course: str, ada: Member, tess: Member) -> None:
    shown = offer(app, ada, Way.BY_HAND)
    with app.app_context():
        with pytest.raises(Refused, match="administrator enrols"):
            starting.enrol(tess.id, "sample", shown_offer=shown, now=NOW)
        with pytest.raises(Missing):
            starting.enrol_by_hand(tess.id, "sample", "I want to.", actor=tess.id, now=NOW)
        for _ in range(2):
            enrolment = starting.enrol_by_hand(tess.id, "sample", "Paid by cheque.", actor=ada.id, now=NOW)
        way = db.session.get_one(EnrolmentWay, enrolment.id)
        assert (way.enrolled_by, way.offer_id, reason_of_way(way)) == (ada.id, shown, "Paid by cheque.")
    (letter,) = letters(app, NOW, "enrolled-by-hand")
    assert letter.to == tess.email
    assert "cheque" not in letter.text
    assert "/courses/sample" in letter.text


@pytest.mark.both_databases
def test_a_payment_is_noted_version_by_version(app: Flask, course: str, ada: Member, tess: Member) -> None:
    with app.app_context():
        enrolment = starting.enrol(tess.id, "sample", now=NOW)
        asked = PaymentInput(Refund.ASKED, NOW.date(), PaymentWords("Invoice 7", "Ill."))
        note = {"by": ada.id, "now": NOW}
        for _ in range(2):
            payment = service.note_payment(tess.id, enrolment.id, asked, after_version=0, form_key=KEY.format(1), **note)
        assert words_of(payment) == asked.words
        with pytest.raises(Refused, match="Somebody else"):
            service.note_payment(tess.id, enrolment.id, asked, after_version=0, form_key=KEY.format(2), **note)
        back = PaymentInput(Refund.REFUNDED, NOW.date(), PaymentWords("Invoice 7"))
        service.note_payment(tess.id, enrolment.id, back, after_version=1, form_key=KEY.format(3), **note)
        assert count(EnrolmentPayment) == 2


def test_the_pages(app: Flask, visit: Visit, course: str, ada: Member, tess: Member) -> None:
    offer(app, ada, code="")
    batch, codes = vouchers(app, ada, last_day=date(2099, 1, 1))
    page = visit("/courses/sample", person=tess)
    assert "120 dollars" in page.text
    refused = page.submit("Enrol", status=422, code="NOT-A-CODE")
    assert "This is not a code for this course" in refused.text
    assert refused.form("/enrol").values("code") == ["NOT-A-CODE"]
    assert "What is left before your certificate" in refused.submit("Enrol", code=codes[2]).text
    seen = visit(f"/provider/vouchers/{batch}", person=ada)
    assert "1 of 3 used" in seen.text
    assert codes[0] not in seen.text
    with app.app_context():
        enrolment = db.session.scalars(select(Enrolment.id)).one()
    visit(f"/people/{tess.id}/enrolments/{enrolment}/payment", person=ada).submit(
        "Save", reference="Invoice 7", refund="asked", refund_on="2026-11-25"
    )
    assert "Invoice 7" in visit("/courses/sample", person=tess).text
