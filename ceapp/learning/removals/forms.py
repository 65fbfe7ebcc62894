"""What is posted about texts that are to be taken away."""

from __future__ import annotations

from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from ceapp.learning.removals.service import LONGEST_REASON
from ceapp.web.forms import KeyedForm, Passage


class OwnRemovalForm(KeyedForm):
    """Take away what one wrote."""

    question = HiddenField(validators=[Length(min=1, max=64)])


class RedactionForm(KeyedForm):
    """Take away somebody's text."""

    reason = Passage(
        "Reason",
        [
            InputRequired("Give a reason; the person reads it."),
            Length(max=LONGEST_REASON, message=f"The reason is longer than {LONGEST_REASON} characters. Shorten it."),
        ],
    )
