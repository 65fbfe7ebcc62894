"""What is looked at on the progress page, as it stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from wtforms import BooleanField, DateField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import Optional

from ceapp.supervision.progress.rules import Filters
from ceapp.web.forms import Form, SelectField


class ProgressForm(Form):
    """The filters. A page that is only looked at needs no seal, so its address can be kept as a bookmark."""

    class Meta:
        csrf = False

    group = SelectField("Group", validate_choice=False)
    assignment = SelectField("Assignment", validate_choice=False)
    until = DateField("Due until", validators=[Optional()])
    late = BooleanField("Only what is late, with nothing handed in")
    show = BooleanField("Scores of first attempts")

    def filters(self) -> Filters:
        """What a checked form asks for; a field that was refused asks for nothing."""
        until = None if self.until.errors else self.until.data
        return Filters(_id(self.group.data), _id(self.assignment.data), until, bool(self.late.data))

    def offer(self, groups: Sequence[tuple[UUID, str]], assignments: Sequence[tuple[UUID, str]]) -> None:
        """Fill the lists to choose from."""
        self.group.choices = [SelectChoice("", "All"), *(SelectChoice(str(id_), name) for id_, name in groups)]
        self.assignment.choices = [SelectChoice("", "All"), *(SelectChoice(str(id_), title) for id_, title in assignments)]

    def arguments(self) -> dict[str, str]:
        """The filters as they stand in an address."""
        asked = self.filters()
        found = {
            "group": str(asked.group_id or ""),
            "assignment": str(asked.assignment_id or ""),
            "until": asked.until.isoformat() if asked.until else "",
            "late": "y" if asked.late else "",
            "show": "scores" if self.show.data else "",
        }
        return {name: value for name, value in found.items() if value}


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
