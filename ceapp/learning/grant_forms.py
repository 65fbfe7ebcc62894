"""What is posted about another attempt."""

from __future__ import annotations

import secrets
from typing import Any

from wtforms.validators import InputRequired, Length

from ceapp.learning.grants import LONGEST_REASON
from ceapp.web.forms import Form, KeyedForm, Passage


class AskForm(KeyedForm):
    """Ask for another attempt."""


class DeclineForm(Form):
    """Decline a request."""


class GrantForm(KeyedForm):
    """Grant another attempt. Several stand on one page, so each says what it is `about`."""

    reason = Passage(
        "Reason",
        [
            InputRequired("Give a reason; the person reads it."),
            Length(max=LONGEST_REASON, message=f"The reason is longer than {LONGEST_REASON} characters. Shorten it."),
        ],
    )

    def __init__(self, *args: Any, about: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.about = about
        self.reason.id = f"reason-{about}"

    @classmethod
    def blank(cls, about: str) -> GrantForm:
        """A form that nobody has filled in, with a key of its own even beside one that was refused."""
        form = cls(formdata=None, about=about)
        form.key.data = secrets.token_urlsafe(18)
        return form
