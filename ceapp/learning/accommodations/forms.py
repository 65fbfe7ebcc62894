"""What is posted about accommodations."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from ceapp.learning.accommodations.queries import DECLINED, GRANTED
from ceapp.learning.accommodations.service import LONGEST_ANSWER, LONGEST_WORDS
from ceapp.web.forms import Counter, KeyedForm, Passage, SelectField

EVERY_COURSE = ""


class AccommodationForm(KeyedForm):
    """Ask for an accommodation."""

    course = SelectField("For")
    words = Passage(
        "What would help you",
        [
            InputRequired("Write what would help you."),
            Length(max=LONGEST_WORDS, message=f"This is longer than {LONGEST_WORDS} characters. Shorten it."),
        ],
    )

    def offer(self, courses: Iterable[tuple[str, str]], chosen: str) -> None:
        """The courses that can be chosen, and which one is at first."""
        self.course.choices = [(EVERY_COURSE, "every course here"), *courses]
        if not self.is_submitted() and chosen in {slug for slug, _ in courses}:
            self.course.data = chosen

    @property
    def course_slug(self) -> str | None:
        return self.course.data or None


class WithdrawalForm(KeyedForm):
    """Take a request back."""


class ReadingForm(KeyedForm):
    """Have it written down that one reads what somebody wrote."""


class AccommodationAnswerForm(KeyedForm):
    """Grant or decline a request, with a reason."""

    after_number = Counter(widget=HiddenInput(), default="0")
    answer = RadioField(
        "Answer", [InputRequired("Choose whether it is granted.")], choices={GRANTED: "It is granted", DECLINED: "It is declined"}
    )
    in_print = BooleanField("Open the whole course to them in print")
    words = Passage(
        "What the person reads",
        [
            InputRequired("Write what is granted, or why it is not and what is possible instead; the person reads it."),
            Length(max=LONGEST_ANSWER, message=f"This is longer than {LONGEST_ANSWER} characters. Shorten it."),
        ],
    )

    def validate_in_print(self, field: BooleanField) -> None:
        if field.data and self.answer.data == DECLINED:
            raise ValidationError("What is declined opens nothing. Take this tick away, or grant the request.")

    def compare_with(self, number: int) -> None:
        """The administrator has now seen this answer: the next may follow it."""
        self.after_number.data, self.after_number.raw_data = str(number), None
