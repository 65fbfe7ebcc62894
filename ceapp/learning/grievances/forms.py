"""What is posted about grievances."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import RadioField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from ceapp.learning.grievances.queries import CLOSED, IN_PART, LOOKED_INTO, NOT_UPHELD, UPHELD
from ceapp.learning.grievances.service import LONGEST_ANSWER, LONGEST_WORDS, AnswerInput, GrievanceInput
from ceapp.web.forms import Counter, KeyedForm, Passage, SelectField

NO_COURSE = ""
ABOUT = {"course": "a course", "certificate": "a certificate", "person": "how somebody treated me", "other": "something else"}
STEPS = {
    "look": ("We are looking into it", LOOKED_INTO, ""),
    "upheld": ("Close it: in their favour", CLOSED, UPHELD),
    "in-part": ("Close it: in their favour in part", CLOSED, IN_PART),
    "not-upheld": ("Close it: not in their favour", CLOSED, NOT_UPHELD),
}


class GrievanceForm(KeyedForm):
    """File a grievance."""

    about = RadioField("What is it about?", [InputRequired("Choose what it is about.")], choices=ABOUT)
    course = SelectField("Which course?")
    words = Passage(
        "What happened, and what should be done",
        [
            InputRequired("Write what happened."),
            Length(max=LONGEST_WORDS, message=f"This is longer than {LONGEST_WORDS} characters. Shorten it."),
        ],
    )

    def offer(self, courses: Iterable[tuple[str, str]], chosen: str) -> None:
        """The courses that can be chosen, and which one is at first."""
        self.course.choices = [(NO_COURSE, "no course"), *courses]
        if not self.is_submitted() and chosen in {slug for slug, _ in courses}:
            self.course.data, self.about.data = chosen, "course"

    @property
    def given(self) -> GrievanceInput:
        return GrievanceInput(self.about.data, self.course.data or None, self.words.data or "")


class GrievanceAnswerForm(KeyedForm):
    """Answer a grievance, or close it."""

    after_number = Counter(widget=HiddenInput(), default="0")
    step = RadioField(
        "What comes of it?", [InputRequired("Choose what comes of it.")], choices={key: each[0] for key, each in STEPS.items()}
    )
    words = Passage(
        "What the person reads",
        [
            InputRequired("Write what the person should know; they read it."),
            Length(max=LONGEST_ANSWER, message=f"This is longer than {LONGEST_ANSWER} characters. Shorten it."),
        ],
    )

    def compare_with(self, number: int) -> None:
        """The administrator has now seen this answer: the next may follow it."""
        self.after_number.data, self.after_number.raw_data = str(number), None

    @property
    def given(self) -> AnswerInput:
        _, status, outcome = STEPS[self.step.data]
        return AnswerInput(status, outcome, self.words.data or "")
