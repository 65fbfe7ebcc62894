"""What is posted once everything is passed."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import InputRequired, Length, Optional

from ceapp.accounts.names import NAME_LENGTH
from ceapp.learning.acts import LONGEST_COMMENT, RATINGS
from ceapp.scenarios.values import EvaluationItem, ItemKind
from ceapp.web.forms import Form, Line, Passage

NO_ANSWER = "0"
_RATED = [SelectChoice(str(rating), str(rating)) for rating in RATINGS]
_TOO_LONG = f"A comment has at most {LONGEST_COMMENT:,} characters. Shorten it."


class EvaluationForm(Form):
    """Made for the items of a course by `evaluation_form`; its fields are named after them, with a prefix."""

    def of(self, item: EvaluationItem) -> Any:
        """The field of an item."""
        return self[_name(item)]

    def ratings(self, items: tuple[EvaluationItem, ...]) -> dict[str, int]:
        """Item → rating, those left out that were answered with "does not apply"."""
        given = {item.id: self.of(item).data for item in items if item.kind is ItemKind.RATING}
        return {item_id: int(rating) for item_id, rating in given.items() if rating != NO_ANSWER}

    def comments(self, items: tuple[EvaluationItem, ...]) -> dict[str, str]:
        """Item → comment, empty ones left out."""
        given = {item.id: (self.of(item).data or "").strip() for item in items if item.kind is ItemKind.COMMENT}
        return {item_id: text for item_id, text in given.items() if text}


def evaluation_form(items: tuple[EvaluationItem, ...]) -> EvaluationForm:
    """The form of a course's evaluation, with what was posted."""
    form: EvaluationForm = type("EvaluationForm", (EvaluationForm,), {_name(item): _field(item) for item in items})()
    return form


class AttestationForm(Form):
    """Sign the statement."""

    name = Line("Your name", [InputRequired("Type your name."), Length(max=NAME_LENGTH, message="This is longer than a name can be.")])


class CertificateForm(Form):
    """Get the certificate, where everything is met and nothing has issued it."""


def _name(item: EvaluationItem) -> str:
    return f"item-{item.id}"


def _field(item: EvaluationItem) -> Any:
    if item.kind is ItemKind.COMMENT:
        return Passage(item.text, [Optional(), Length(max=LONGEST_COMMENT, message=_TOO_LONG)])
    choices = [*_RATED, SelectChoice(NO_ANSWER, "does not apply")]
    return RadioField(item.text, choices=choices, validators=[InputRequired(f"{item.text} Choose a number, or “does not apply”.")])
