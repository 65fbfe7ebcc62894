"""The forms on a piece of work."""

from __future__ import annotations

from wtforms import HiddenField
from wtforms.validators import Length

from ceapp.supervision.notes import LONGEST
from ceapp.web.forms import Form, Passage


class ReadForm(Form):
    """Which reflection is opened."""

    question = HiddenField(validators=[Length(min=1, max=64)])


class SignOffForm(Form):
    """A name under what was shown; once for each piece of work and supervisor, so it needs no key of its own."""

    shown = HiddenField(validators=[Length(min=1, max=64)])
    note = Passage(
        "Note", validators=[Length(max=LONGEST, message=f"At most {LONGEST} characters. Nothing was signed yet; shorten the note.")]
    )
