"""What administrators post about people."""

from __future__ import annotations

from flask import request
from wtforms.validators import InputRequired, Length

from ceapp.accounts.names import cleaned_name
from ceapp.accounts.people.service import LONGEST_REASON
from ceapp.web.forms import KeyedForm, Passage

LONGEST_SOUGHT = 254


class DeedForm(KeyedForm):
    """That a deed is meant; its page says what it does."""


class ReasonedDeedForm(DeedForm):
    """A deed that is explained to the person."""

    reason = Passage(
        "Reason",
        [
            InputRequired("Give a reason; the person reads it."),
            Length(max=LONGEST_REASON, message=f"The reason is longer than {LONGEST_REASON} characters. Shorten it."),
        ],
    )


def sought_text() -> str:
    """What is looked for, from the address of the page."""
    return cleaned_name(request.args.get("q", "")[:LONGEST_SOUGHT])
