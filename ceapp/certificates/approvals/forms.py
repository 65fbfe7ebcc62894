"""What administrators post about approvals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import DateField, Field, RadioField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from ceapp.accounts.licences import places, professions
from ceapp.certificates.approvals.rules import Approval, HoursBy, Kind, Rounding
from ceapp.certificates.approvals.service import ApprovalInput
from ceapp.certificates.facts import plain
from ceapp.web.forms import Counter, KeyedForm, Line, Passage, SelectField

LONGEST_REASON = 400
_EARLIEST, _LATEST = date(1990, 1, 1), date(2099, 12, 31)
_MOST_HOURS = Decimal(100)
OWN, ROUNDED, STATED = "own", "rounded", "stated"


def _required(sentence: str, most: int) -> list[object]:
    return [DataRequired(sentence), Length(max=most, message=f"This is longer than {most} characters. Shorten it.")]


class Day(DateField):
    """A day of these decades, in words that help when it is none."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        try:
            super().process_formdata([each for each in valuelist if each])
        except ValueError:
            raise ValueError("This is not a day. Write it as 2027-06-30, or choose it in the calendar.") from None

    @property
    def day(self) -> date:
        """The day of a form that was validated."""
        if self.data is None:
            raise ValueError("no day")
        return self.data

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002, FBT001 - as WTForms hands it over
        if self.data is not None and not _EARLIEST <= self.data <= _LATEST:
            raise ValidationError("This day is too far away. Check the year.")


class Hours(Line):
    """A number of hours as a decimal; empty is none."""

    @property
    def number(self) -> Decimal | None:
        return Decimal(self.data) if self.data else None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002, FBT001
        text = self.data or ""
        if text and not (text.isascii() and text.replace(".", "", 1).isdecimal() and len(text) <= 6 and Decimal(text) <= _MOST_HOURS):
            raise ValidationError("Write a number of hours such as 1 or 0.25.")


class Ticked(SelectMultipleField):
    """Things to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ApprovalForm(KeyedForm):
    """An approval. Nothing ticked means all."""

    kind = RadioField("What was approved", choices={kind.value: kind.label for kind in Kind}, default=Kind.PROVIDER.value)
    body = Line("Body that approved it", _required("Write the name of the body.", 200))
    number = Line("Number", _required("Write the provider number or course number that the body gave.", 60))
    statement = Passage("Statement", _required("Write the statement that the body prescribes.", 1000))
    category = Line("Category of the credit", [Optional(), Length(max=60, message="This is longer than 60 characters. Shorten it.")])
    valid_from = Day("First day", [InputRequired("Choose the first day of the approval.")])
    valid_to = Day("Last day", [InputRequired("Choose the last day of the approval.")])
    courses = Ticked("Courses")
    professions = Ticked("Professions", choices=professions.PROFESSIONS)
    places = SelectMultipleField("States and provinces", choices=places.BY_COUNTRY)
    hours_by = RadioField(
        "Contact hours by this approval",
        choices={OWN: "Those of the course", ROUNDED: "Rounded in its own way", STATED: "A number that the body stated"},
        default=OWN,
    )
    step = Hours("Multiples of")
    rounding = SelectField("Rounded", choices={Rounding.DOWN.value: "down", Rounding.NEAREST.value: "to the nearest"})
    minimum = Hours("None below")
    stated = Hours("Stated contact hours")
    after_version = Counter(widget=HiddenInput(), default="0")

    def offer(self, courses: Iterable[tuple[str, str]]) -> None:
        """The courses that can be ticked."""
        self.courses.choices = dict(courses)

    def fill_in(self, approval: Approval) -> None:
        """What the approval says now, for a form that nobody sent yet."""
        for name in ("body", "number", "statement", "category", "valid_from", "valid_to"):
            self[name].data = getattr(approval, name)
        self.kind.data, self.rounding.data = approval.kind.value, approval.hours.rounding.value
        self.courses.data, self.professions.data, self.places.data = (
            list(each) for each in (approval.courses, approval.professions, approval.places)
        )
        hours = approval.hours
        self.hours_by.data = STATED if hours.stated is not None else OWN if hours.step is None else ROUNDED
        for field, number in ((self.step, hours.step), (self.minimum, hours.minimum or None), (self.stated, hours.stated)):
            field.data = "" if number is None else f"{number:f}"

    def compare_with(self, version: int) -> None:
        """The person has now seen this version: the next save may follow it."""
        self.after_version.data, self.after_version.raw_data = str(version), None

    def validate_statement(self, field: Field) -> None:
        if not plain(field.data or ""):
            raise ValidationError("Write the statement that the body prescribes.")

    def validate_valid_to(self, field: DateField) -> None:
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError("The last day is before the first one. Change one of them.")

    def validate_hours_by(self, field: RadioField) -> None:
        if field.data == ROUNDED and not (self.step.data and _positive(self.step.data)):
            raise ValidationError("Write of what the hours are multiples, for example 0.5.")
        if field.data == STATED and not (self.stated.data and _positive(self.stated.data)):
            raise ValidationError("Write the number of contact hours that the body stated.")

    @property
    def given(self) -> ApprovalInput:
        return ApprovalInput(
            kind=Kind(self.kind.data),
            body=plain(self.body.data or ""),
            number=plain(self.number.data or ""),
            statement=(self.statement.data or "").strip(),
            category=plain(self.category.data or ""),
            valid_from=self.valid_from.day,
            valid_to=self.valid_to.day,
            courses=tuple(self.courses.data or ()),
            professions=tuple(self.professions.data or ()),
            places=tuple(self.places.data or ()),
            hours=self._hours,
        )

    @property
    def _hours(self) -> HoursBy:
        if self.hours_by.data == STATED:
            return HoursBy(stated=self.stated.number)
        if self.hours_by.data == ROUNDED:
            return HoursBy(step=self.step.number, rounding=Rounding(self.rounding.data), minimum=self.minimum.number or Decimal(0))
        return HoursBy()


class WithdrawalForm(KeyedForm):
    """From which day on an approval does not hold, and why."""

    from_day = Day("Does not hold from", [InputRequired("Choose the first day on which it does not hold.")])
    reason = Passage("Reason", _required("Give a reason; it stands with the approval.", LONGEST_REASON))


def _positive(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdecimal() and Decimal(text) > 0
