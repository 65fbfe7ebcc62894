"""What is posted to ask for everything about oneself."""

from __future__ import annotations

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import Optional

from ceapp.certificates.rendering import Paper
from ceapp.web.forms import Form, SelectField


class AskForm(Form):
    """Ask for the file."""

    paper = SelectField(
        "Paper of the certificates",
        choices=[SelectChoice(Paper.LETTER.value, "Letter"), SelectChoice(Paper.A4.value, "A4")],
        validators=[Optional()],
    )

    @property
    def chosen_paper(self) -> Paper:
        return Paper(self.paper.data or Paper.LETTER)
