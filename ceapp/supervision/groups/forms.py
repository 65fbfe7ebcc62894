"""What is posted about groups."""

from __future__ import annotations

from uuid import UUID

from wtforms import BooleanField
from wtforms.validators import DataRequired, InputRequired, Length

from ceapp.supervision.relations.forms import People
from ceapp.web.forms import Form, Line

_LONGEST_NAME = 120


class GroupForm(Form):
    """The name of a group."""

    name = Line(
        "Name of the group",
        validators=[
            DataRequired("Write a name for the group."),
            Length(max=_LONGEST_NAME, message=f"A name has at most {_LONGEST_NAME} characters."),
        ],
    )

    @property
    def given_name(self) -> str:
        """The name of a form that was validated."""
        return self.name.data or ""


class AddForm(Form):
    """Put trainees into a group."""

    people = People("Trainees to add", validators=[InputRequired("Tick one or more trainees to add.")])

    @property
    def person_ids(self) -> list[UUID]:
        return [UUID(each) for each in self.people.data or []]


class RemoveForm(Form):
    """Take trainees out of a group."""

    members = People("In this group", validators=[InputRequired("Tick one or more trainees to take out.")])

    @property
    def person_ids(self) -> list[UUID]:
        return [UUID(each) for each in self.members.data or []]


class DeleteGroupForm(Form):
    """Delete a group, with people in it only when that is ticked."""

    confirmed = BooleanField("Delete it although there are people in it")
