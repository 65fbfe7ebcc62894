"""Which transcript is wanted."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import DateField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from ceapp.certificates.rendering import Paper
from ceapp.reporting.transcript_service import LONGEST_REASON
from ceapp.reporting.transcripts import Wanted
from ceapp.web.forms import Form, KeyedForm, Passage, SelectField

CSV, LETTER, A4 = "csv", Paper.LETTER.value, Paper.A4.value


class _WantedForm(Form):
    first_day = DateField("Completed from", [Optional()])
    last_day = DateField("Completed until", [Optional()])

    def validate_last_day(self, field: DateField) -> None:
        if field.data and self.first_day.data and field.data < self.first_day.data:
            raise ValidationError("This day is before the first one. Change one of them.")


class TranscriptForm(_WantedForm):
    """One's own; it is sent with GET, so that the address says what it is."""

    class Meta:
        csrf = False

    licence = SelectField("Licence", [Optional()], validate_choice=False)

    def offer(self, licences: Iterable[tuple[str, str]]) -> None:
        """The licences that certificates print."""
        self.licence.choices = {"": "All", **dict(licences)}

    @property
    def wanted(self) -> Wanted:
        """What is asked for, as far as it is right."""
        if self.errors:
            return Wanted()
        return Wanted(self.first_day.data, self.last_day.data, self.licence.data or "")


class CopyForm(KeyedForm, _WantedForm):
    """Somebody else's, with a reason that they read."""

    kind = SelectField("As", choices={LETTER: "PDF, letter paper", A4: "PDF, A4 paper", CSV: "CSV"})
    reason = Passage(
        "Reason",
        [
            DataRequired("Give a reason; the person reads it."),
            Length(max=LONGEST_REASON, message=f"The reason is longer than {LONGEST_REASON} characters. Shorten it."),
        ],
    )

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.first_day.data, self.last_day.data)
