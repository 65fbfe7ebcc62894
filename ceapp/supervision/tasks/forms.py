"""What trainees post about their assignments."""

from __future__ import annotations

from uuid import UUID

from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Regexp

from ceapp.web.forms import Form, KeyedForm


class BeginTaskForm(KeyedForm):
    """Begin an attempt of an assignment."""


class ReleaseForm(Form):
    """Let the pass named by `attempt` stand for an assignment."""

    attempt = HiddenField(validators=[Regexp(r"^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$")])
    confirmed = BooleanField(
        "Show this day to the organisation. I know that it cannot be taken back.",
        validators=[InputRequired("Tick the box to confirm, or go back. Nothing was shown to anybody.")],
    )

    @property
    def attempt_id(self) -> UUID:
        """The attempt of a form that was validated."""
        return UUID(self.attempt.data)
