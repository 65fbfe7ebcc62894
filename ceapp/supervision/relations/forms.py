"""What is posted about who supervises whom, groups of them and covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from wtforms import DateField, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from ceapp.supervision.days import LATEST_DAY
from ceapp.supervision.scopes import SAYS, Scope
from ceapp.web.forms import Form, SelectField

_NOBODY = SelectChoice("", "Choose")
_EARLIEST_DAY = date(2000, 1, 1)


class Nameable(Protocol):
    """Somebody or something that can be chosen."""

    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...


def named(people: Iterable[Nameable]) -> list[SelectChoice]:
    """Choices out of people or groups."""
    return [SelectChoice(str(each.id), each.name) for each in people]


class Day(DateField):
    """A day of these centuries, in words that help when it is none."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        try:
            super().process_formdata(list(valuelist))
        except ValueError:
            raise ValueError("This is not a day. Write it as 2026-12-04, or choose it in the calendar.") from None

    @property
    def day(self) -> date:
        """The day of a form that was validated and asks for one."""
        if self.data is None:
            raise ValueError("no day")
        return self.data

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002, FBT001 - as WTForms hands it over
        if self.data is not None and not _EARLIEST_DAY <= self.data <= LATEST_DAY:
            raise ValidationError("This day is too far away. Check the year.")


class People(SelectMultipleField):
    """People to tick. Who may be chosen is for the service to say."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, coerce=_person_id, validate_choice=False, choices=[], **options)


class Choice(SelectField):
    """A person or a group out of a list that the page makes. Whether it may be chosen is for the service to say."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, validate_choice=False, choices=[_NOBODY], **options)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - as WTForms hands it over
        try:
            UUID(self.data or "")
        except ValueError:
            raise ValidationError("Choose somebody from the list.") from None

    @property
    def id_chosen(self) -> UUID:
        """What was chosen, in a form that was validated."""
        return UUID(self.data)

    def offer(self, choices: Iterable[Nameable], *, otherwise: SelectChoice = _NOBODY) -> None:
        self.choices = [otherwise, *named(choices)]


def _person_id(value: Any) -> str:
    return str(UUID(str(value)))


def _scope_field() -> RadioField:
    choices = [SelectChoice(scope.value, f"{scope.value.capitalize()}: {SAYS[scope]}") for scope in Scope]
    return RadioField("What the supervisor sees", choices=choices, validators=[InputRequired("Choose how much the supervisor sees.")])


class RelationForm(Form):
    """Let somebody supervise trainees."""

    supervisor = Choice("Supervisor")
    trainees = People("Trainees", validators=[InputRequired("Tick one or more trainees.")])
    scope = _scope_field()
    first_day = Day("First day", validators=[InputRequired("Choose the first day.")])
    last_day = Day("Last day", validators=[Optional()])

    @property
    def trainee_ids(self) -> list[UUID]:
        return [UUID(each) for each in self.trainees.data or []]


class ScopeForm(Form):
    """Change how much a supervisor sees."""

    scope = _scope_field()


class EndForm(Form):
    """End a relation or a cover now."""


class CoverForm(Form):
    """Let a colleague stand in for a supervisor."""

    supervisor = Choice("Who is away")
    colleague = Choice("Who covers")
    first_day = Day("First day", validators=[InputRequired("Choose the first day.")])
    last_day = Day("Last day", validators=[InputRequired("Choose the last day; it belongs to the cover.")])
