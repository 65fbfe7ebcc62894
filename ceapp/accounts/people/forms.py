"""What administrators post about people."""

from __future__ import annotations

from flask import request

from ceapp.accounts.names import cleaned_name
from ceapp.web.forms import KeyedForm

LONGEST_SOUGHT = 254


class DeedForm(KeyedForm):
    """That a deed is meant; its page says what it does."""


def sought_text() -> str:
    """What is looked for, from the address of the page."""
    return cleaned_name(request.args.get("q", "")[:LONGEST_SOUGHT])
