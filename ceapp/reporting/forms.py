"""What a provider's administrator selects for an export."""

from __future__ import annotations

from uuid import UUID

from wtforms import DateField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import Optional, ValidationError

from ceapp.certificates.rendering import Paper
from ceapp.reporting.selection import Selection
from ceapp.web.forms import Form, SelectField

_PAPERS = [SelectChoice(Paper.LETTER.value, "Letter"), SelectChoice(Paper.A4.value, "A4")]


class PeriodForm(Form):
    """From one day of completion to another, both included; what is left out does not narrow it."""

    first_day = DateField("Completed from", validators=[Optional()])
    last_day = DateField("Completed until", validators=[Optional()])

    def validate_last_day(self, field: DateField) -> None:
        if field.data and self.first_day.data and field.data < self.first_day.data:
            raise ValidationError("This day is before the first one. Change one of them.")


class SelectionForm(PeriodForm):
    """Which certificates; it is sent with GET to look at them and with POST to export them."""

    course = SelectField("Course", validators=[Optional()])
    organisation = SelectField("Members of", validators=[Optional()])
    paper = SelectField("Paper of the PDFs", choices=_PAPERS, validators=[Optional()])

    def offer(self, courses: list[tuple[str, str]], organisations: list[tuple[UUID, str, str]]) -> None:
        """What can be chosen."""
        self.course.choices = [SelectChoice("", "All courses"), *(SelectChoice(slug, title) for slug, title in courses)]
        self.organisation.choices = [SelectChoice("", "All people"), *(SelectChoice(slug, name) for _, slug, name in organisations)]
        self._organisations = {slug: each for each, slug, _ in organisations}

    @property
    def selection(self) -> Selection:
        organisation_id = self._organisations.get(self.organisation.data or "")
        return Selection(self.course.data or "", self.first_day.data, self.last_day.data, organisation_id)

    @property
    def chosen_paper(self) -> Paper:
        return Paper(self.paper.data or Paper.LETTER)


class DownloadForm(Form):
    """Take the file of an export."""
