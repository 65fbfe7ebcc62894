"""What is posted to place and to lift a hold."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import DataRequired, Length, ValidationError

from ceapp.accounts.addresses import normalised_email
from ceapp.reporting.retention.holds import LONGEST_REASON
from ceapp.web.forms import Form, KeyedForm, Line, Passage, SelectField

PERSON, COURSE, EVERYTHING = "person", "course", "everything"
_REASON = (
    DataRequired("Give a reason; administrators read it."),
    Length(max=LONGEST_REASON, message=f"The reason is longer than {LONGEST_REASON} characters. Shorten it."),
)


class HoldForm(KeyedForm):
    """Hold what is about somebody, about a course, or everything."""

    kind = SelectField(
        "Hold",
        choices=[
            SelectChoice(PERSON, "What is about a person"),
            SelectChoice(COURSE, "What is about a course"),
            SelectChoice(EVERYTHING, "Everything"),
        ],
    )
    email = Line("Address of the person", [Length(max=254)])
    course = SelectField("Course")
    reason = Passage("Reason", list(_REASON))

    def offer(self, courses: Iterable[tuple[str, str]]) -> None:
        """The courses of this server."""
        self.course.choices = [SelectChoice("", "None"), *(SelectChoice(slug, title) for slug, title in courses)]

    def validate_email(self, field: Line) -> None:  # noqa: ARG002 - WTForms hands it over
        if self.kind.data == PERSON and self.address is None:
            raise ValidationError("Type the address with which this person signs in.")

    def validate_course(self, field: SelectField) -> None:
        if self.kind.data == COURSE and not field.data:
            raise ValidationError("Choose the course.")

    @property
    def address(self) -> str | None:
        """The person's address, where the hold is about a person."""
        return normalised_email(self.email.data or "") if self.kind.data == PERSON else None

    @property
    def course_slug(self) -> str | None:
        return (self.course.data or None) if self.kind.data == COURSE else None


class LiftForm(Form):
    """Lift a hold."""

    reason = Passage("Reason", list(_REASON))
