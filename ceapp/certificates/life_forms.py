"""What is posted about a certificate after it was issued, or to issue one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import request
from wtforms import BooleanField, DateField, Field, RadioField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from ceapp.accounts.names import NAME_LENGTH, cleaned_name, problem_of_name
from ceapp.certificates.approvals.forms import Day, Ticked
from ceapp.certificates.facts import Facts, PrintedLicence
from ceapp.certificates.life import LONGEST_REASON, LONGEST_REQUEST, Correction
from ceapp.web.forms import Form, KeyedForm, Line, Passage, SelectField

LONGEST_SOUGHT = 254
KEPT, RENEWED = "kept", "renewed"
_MOST_HOURS = Decimal(100)


def sought_text() -> str:
    """What is looked for, from the address of the page."""
    return cleaned_name(request.args.get("q", "")[:LONGEST_SOUGHT])


def _reason() -> Passage:
    too_long = f"The reason is longer than {LONGEST_REASON} characters. Shorten it."
    return Passage("Reason", [DataRequired("Give a reason; the holder reads it."), Length(max=LONGEST_REASON, message=too_long)])


class Hours(Line):
    """Contact hours as a decimal."""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002, FBT001 - as WTForms hands it over
        text = self.data or ""
        if text and not (text.isascii() and text.replace(".", "", 1).isdecimal() and len(text) <= 6 and Decimal(text) <= _MOST_HOURS):
            raise ValidationError("Write a number of contact hours such as 3 or 1.5.")


class _PrintedForm(KeyedForm):
    """What stands on a certificate and can be typed."""

    learner = Line("Name", [DataRequired("Write the name."), Length(max=NAME_LENGTH)])
    contact_hours = Hours("Contact hours", [DataRequired("Write the contact hours.")])
    category = Line("Category", [Optional(), Length(max=60, message="This is longer than 60 characters. Shorten it.")])
    licences = Ticked("Licences")

    def offer(self, licences: Sequence[PrintedLicence]) -> None:
        """The licences that can be printed."""
        self._licences = {str(number): each for number, each in enumerate(licences)}
        self.licences.choices = {number: each.words for number, each in self._licences.items()}

    def validate_learner(self, field: Field) -> None:
        field.data = cleaned_name(field.data or "")
        problem = problem_of_name(field.data)
        if problem:
            raise ValidationError(problem)

    @property
    def chosen_licences(self) -> tuple[PrintedLicence, ...]:
        return tuple(self._licences[number] for number in self.licences.data or ())


class CorrectionForm(_PrintedForm):
    """A certificate with what is wrong put right."""

    approvals = RadioField(
        "Approvals",
        choices={KEPT: "As they are printed", RENEWED: "As they are entered now, for the day of completion"},
        default=KEPT,
    )
    reason = _reason()

    def fill_in(self, facts: Facts) -> None:
        """What is printed now, for a form that nobody sent yet."""
        for name in ("learner", "contact_hours", "category"):
            self[name].data = getattr(facts, name)
        self.licences.data = [number for number, each in self._licences.items() if each in facts.licences]

    @property
    def given(self) -> Correction:
        return Correction(
            learner=self.learner.data or "",
            contact_hours=self.contact_hours.data or "",
            category=self.category.data or "",
            licences=self.chosen_licences,
            renews_approvals=self.approvals.data == RENEWED,
        )


class RevocationForm(KeyedForm):
    """That a certificate no longer counts, and why."""

    reason = _reason()


class HandForm(_PrintedForm):
    """A certificate for work that was done elsewhere."""

    course = SelectField("Course", [InputRequired("Choose the course.")])
    started_on = Day("Started on", [InputRequired("Choose the day on which the work was begun.")])
    completed_on = Day("Completed on", [InputRequired("Choose the day on which the work was completed.")])
    with_approvals = BooleanField("Print the approvals that hold on that day")
    reason = _reason()

    def __init__(self, *args: Any, courses: Sequence[tuple[str, str]], today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.course.choices = {"": "Choose", **dict(courses)}
        self._titles, self._today = dict(courses), today

    def validate_completed_on(self, field: DateField) -> None:
        if field.data and field.data > self._today:
            raise ValidationError("This day is still to come.")
        if field.data and self.started_on.data and field.data < self.started_on.data:
            raise ValidationError("This day is before the one on which the work was begun.")

    @property
    def title(self) -> str:
        """That of the chosen course."""
        return self._titles[str(self.course.data)]


class WrongForm(KeyedForm):
    """What the holder finds wrong."""

    words = Passage(
        "What is wrong",
        [
            DataRequired("Say what is wrong, and how it should be."),
            Length(max=LONGEST_REQUEST, message=f"This is longer than {LONGEST_REQUEST} characters. Shorten it."),
        ],
    )


class AnswerForm(Form):
    """That a request is answered without a new certificate."""
