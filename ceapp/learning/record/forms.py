"""What is posted about a record."""

from __future__ import annotations

from wtforms.validators import InputRequired, Length

from ceapp.learning.record.service import LONGEST_REASON
from ceapp.web.forms import KeyedForm, Passage


class OpenForm(KeyedForm):
    """Open a part of somebody's record."""

    reason = Passage(
        "Reason",
        [
            InputRequired("Give a reason; the person reads it."),
            Length(max=LONGEST_REASON, message=f"The reason is longer than {LONGEST_REASON} characters. Shorten it."),
        ],
    )
