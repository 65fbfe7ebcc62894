"""What administrators post about offers, vouchers, enrolling by hand and payments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms import BooleanField, DateField, RadioField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from ceapp.learning.models import CourseOffer, EnrolmentPayment
from ceapp.learning.offers.queries import PaymentWords
from ceapp.learning.offers.rules import Refund, Way, typed
from ceapp.learning.offers.service import BatchInput, OfferInput, PaymentInput
from ceapp.web.forms import Counter, Form, KeyedForm, Line, Passage, SelectField

LONGEST_PRICE, LONGEST_REFUND, LONGEST_REASON, MOST_VOUCHERS = 400, 2000, 400, 500
SHORTEST_CODE, LONGEST_CODE = 8, 40


def _at_most(most: int) -> Length:
    return Length(max=most, message=f"This is longer than {most} characters. Shorten it.")


class VersionedForm(KeyedForm):
    """A form whose save follows the version that the person saw."""

    after_version = Counter(widget=HiddenInput(), default="0")

    def compare_with(self, version: int) -> None:
        """The person has now seen this version: the next save may follow it."""
        self.after_version.data, self.after_version.raw_data = str(version), None


class OfferForm(VersionedForm):
    """How people come into a course, and what it costs in words."""

    way = RadioField("Who may enrol", choices={way.value: way.label for way in Way}, default=Way.OPEN.value)
    price = Passage("Price", [Optional(), _at_most(LONGEST_PRICE)])
    refund = Passage("Refund", [Optional(), _at_most(LONGEST_REFUND)])
    code = Line("Code of the course", [Optional(), _at_most(LONGEST_CODE)])
    vouchers_only = BooleanField("No code for all: vouchers only")

    def validate_code(self, field: Line) -> None:
        if field.data and len(typed(field.data)) < SHORTEST_CODE:
            raise ValidationError(f"A code has at least {SHORTEST_CODE} letters and digits. Make it longer.")

    def fill_in(self, offer: CourseOffer) -> None:
        """What holds now, for a form that nobody sent yet; a code cannot be shown again."""
        self.way.data, self.price.data, self.refund.data = offer.way, offer.price, offer.refund
        self.vouchers_only.data = offer.way == Way.BY_CODE and not offer.code_hash

    @property
    def given(self) -> OfferInput:
        price, refund = ((field.data or "").strip() for field in (self.price, self.refund))
        return OfferInput(Way(self.way.data), price, refund, self.code.data or "", bool(self.vouchers_only.data))


class BatchForm(KeyedForm):
    """Have vouchers made."""

    label = Line("What they are for", [DataRequired("Write what they are for."), _at_most(80)])
    size = Counter("How many")
    last_day = DateField("Last day", [InputRequired("Choose the last day on which they enrol somebody.")])
    note = Passage("Payment", [Optional(), _at_most(LONGEST_REASON)])

    def validate_size(self, field: Counter) -> None:
        if not 1 <= field.number <= MOST_VOUCHERS:
            raise ValidationError(f"Write a number from 1 to {MOST_VOUCHERS}.")

    @property
    def given(self) -> BatchInput:
        return BatchInput(self.label.data or "", self.size.number, self.last_day.data or date.min, (self.note.data or "").strip())


class WithdrawForm(Form):
    """Withdraw one voucher by its number; all that nobody used without one."""

    number = Counter("Number of the voucher")


class ByHandForm(KeyedForm):
    """Enrol somebody with a reason."""

    course = SelectField("Course")
    reason = Passage("Reason", [DataRequired("Give a reason; the person reads it."), _at_most(LONGEST_REASON)])

    def offer(self, courses: Iterable[tuple[str, str]]) -> None:
        """The courses that can be chosen."""
        self.course.choices = list(courses)


class PaymentForm(VersionedForm):
    """What is known of a payment that was made elsewhere."""

    reference = Line("Reference of the payment", [Optional(), _at_most(120)])
    refund = RadioField("Refund", choices={each.value: each.label for each in Refund}, default=Refund.NONE.value)
    refund_on = DateField("Day of that", [Optional()])
    reason = Passage("Reason", [Optional(), _at_most(LONGEST_REASON)])

    def validate_refund(self, field: Any) -> None:
        if field.data != Refund.NONE and not self.refund_on.data:
            raise ValidationError("Choose the day on which it was asked for, refunded or declined.")

    def fill_in(self, payment: EnrolmentPayment, words: PaymentWords) -> None:
        """What is known now, for a form that nobody sent yet."""
        self.refund.data, self.refund_on.data = payment.refund, payment.refund_on
        self.reference.data, self.reason.data = words.reference, words.reason

    @property
    def given(self) -> PaymentInput:
        refund = Refund(self.refund.data)
        words = PaymentWords(self.reference.data or "", (self.reason.data or "").strip())
        return PaymentInput(refund, self.refund_on.data if refund is not Refund.NONE else None, words)
