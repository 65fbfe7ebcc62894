"""What administrators post about reviewers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wtforms import EmailField, Field
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from ceapp.accounts.addresses import normalised_email
from ceapp.accounts.names import cleaned_name, problem_of_name
from ceapp.certificates.approvals.forms import Day
from ceapp.reporting.reviewing.service import ReviewerInput
from ceapp.web.forms import Form, KeyedForm, Line

MOST_DAYS = 366


class ReviewerForm(KeyedForm):
    """Invite a reviewer. `until` sets the day on which the form is filled in."""

    email = EmailField("E-mail address", [InputRequired("Write the reviewer’s e-mail address.")])
    name = Line("Name", [InputRequired("Write the reviewer’s name.")])
    board = Line("Reviews for", [DataRequired("Write the body that the reviewer works for."), Length(max=200, message="Shorten this.")])
    last_day = Day("Last day", [InputRequired("Choose the last day of the review.")])

    today: date = date.min
    zone: str = "UTC"

    def count_from(self, now: datetime, zone: str) -> None:
        """Today, where the administrator is: days begin and end there."""
        self.today, self.zone = now.astimezone(ZoneInfo(zone)).date(), zone

    def validate_email(self, field: Field) -> None:
        if normalised_email(field.data or "") is None:
            raise ValidationError("This is not an e-mail address. Check it for a missing @ or a blank.")

    def validate_name(self, field: Field) -> None:
        problem = problem_of_name(cleaned_name(field.data or ""))
        if problem:
            raise ValidationError(problem)

    def validate_last_day(self, field: Day) -> None:
        if field.data is None:
            return
        if field.data < self.today:
            raise ValidationError("This day is over. Choose a later one.")
        if field.data > self.today + timedelta(days=MOST_DAYS):
            raise ValidationError("A review lasts a year at most. Choose an earlier day.")

    @property
    def given(self) -> ReviewerInput:
        ends = datetime.combine(self.last_day.day + timedelta(days=1), time(), ZoneInfo(self.zone)).astimezone(UTC)
        return ReviewerInput(normalised_email(self.email.data or "") or "", cleaned_name(self.name.data or ""), self.board.data or "", ends)


class EndForm(Form):
    """End a review."""
