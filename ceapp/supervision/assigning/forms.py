"""What supervisors post about assignments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import request
from wtforms import BooleanField, DateField, Field, IntegerField, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from ceapp.accounts.time_zones import choices as time_zones
from ceapp.accounts.time_zones import known_time_zone
from ceapp.scenarios.values import Course
from ceapp.supervision.assigning.orders import MOST_ATTEMPTS, MOST_PEOPLE, Order, Unassignable, What, problem_of_day, scenarios_of
from ceapp.supervision.assigning.planning import Span, Unplannable, spans
from ceapp.supervision.days import day_of
from ceapp.web.forms import Form, KeyedForm, Line, Passage, SelectField

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
LONGEST_NOTE = 2_000
LONGEST_REASON = 400
_WHAT = {
    What.SCENARIOS: "Scenarios that I choose",
    What.MODULE: "A module",
    What.COURSE: "The whole course",
    What.PLAN: "A weekly plan: one scenario a week",
}


class Ids(Field):
    """Ids, from boxes that were ticked or in one value with spaces between them."""

    data: tuple[UUID, ...] = ()

    def process_formdata(self, valuelist: list[str]) -> None:
        texts = " ".join(valuelist).split()
        self.data = tuple(dict.fromkeys(UUID(text) for text in texts if _ID.fullmatch(text)))
        if not all(map(_ID.fullmatch, texts)):
            raise ValueError("Choose people from the list.")

    def process_data(self, value: Any) -> None:
        """What a link proposes, as far as it is one id."""
        self.data = (UUID(value),) if _ID.fullmatch(value or "") else ()


class Day(DateField):
    """A day, as a browser's date field writes it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = [text.strip() for text in valuelist if text.strip()]
        try:
            super().process_formdata(typed)
        except ValueError:
            raise ValueError("This is no day. Write it as 2026-12-25.") from None


class AssignForm(Form):
    """What to assign, to whom and until when. It is checked against the course and the day of the zone that is chosen."""

    what = RadioField(
        "What to assign",
        choices=[SelectChoice(each.value, label) for each, label in _WHAT.items()],
        default=What.SCENARIOS.value,
        validators=[InputRequired("Choose what to assign.")],
    )
    scenarios = SelectMultipleField("Scenarios", widget=ListWidget(), option_widget=CheckboxInput())
    module = SelectField("Module")
    due_on = Day("Due on", validators=[Optional()])
    first_due = Day("First due day")
    skip = Line("Days to skip", validators=[Optional(), Length(max=1000, message="At most 1,000 characters.")])
    time_zone = SelectField("Time zone of the due day", choices=time_zones)
    people = Ids("People")
    groups = Ids("Groups")
    everybody = BooleanField("Everybody")
    attempts = IntegerField(
        "Number of attempts at each scenario",
        validators=[Optional(), NumberRange(1, MOST_ATTEMPTS, f"Write a number from 1 to {MOST_ATTEMPTS}, or leave this empty.")],
    )
    accepts_own_pass = BooleanField("Accept a pass of one’s own from before")
    note = Passage(
        "Note",
        validators=[Optional(), Length(max=LONGEST_NOTE, message=f"The note is longer than {LONGEST_NOTE:,} characters. Shorten it.")],
    )

    skipped: tuple[Span, ...] = ()

    def __init__(self, *args: Any, course: Course, titles: Mapping[str, str], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.course, self.titles, self.now = course, titles, now
        self.scenarios.choices = [SelectChoice(slug, titles[slug]) for slug in course.scenarios]
        self.module.choices = [SelectChoice(module.id, module.title) for module in course.modules]
        self.module.validate_choice = self.what.data == What.MODULE

    def validate_due_on(self, field: Field) -> None:
        if self.what.data != What.PLAN:
            self._refuse_day(field.data)

    def validate_first_due(self, field: Field) -> None:
        if self.what.data == What.PLAN:
            self._refuse_day(field.data)

    def validate_skip(self, field: Field) -> None:
        if self.what.data != What.PLAN:
            return
        try:
            self.skipped = spans(field.data or "")
        except Unplannable as problem:
            raise ValidationError(str(problem)) from problem

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Also whether the fields together make an assignment."""
        if not super().validate(extra_validators):
            return False
        try:
            scenarios_of(self.order(()), self.course, self.titles)
        except Unassignable as problem:
            (self.first_due if self.what.data == What.PLAN and self.first_due.data is None else self.scenarios).errors = [str(problem)]
        except Unplannable as problem:
            self.skip.errors = [str(problem)]
        return not self.errors

    def refuse_choice_of(self, people: Sequence[UUID]) -> None:
        """Refuse a form that is for nobody, or for more people than one assignment takes."""
        if not people:
            self.people.errors = ["Choose at least one person or group."]
        elif len(people) > MOST_PEOPLE:
            self.people.errors = [f"These are {len(people):,} people; one assignment takes {MOST_PEOPLE:,}. Assign in two parts."]

    def order(self, people: Sequence[UUID]) -> Order:
        """What was asked for, as values."""
        is_plan = self.what.data == What.PLAN
        return Order(
            what=What(self.what.data),
            course=self.course.slug,
            scenarios=self._in_order_chosen() if is_plan else tuple(self.scenarios.data or ()),
            module=self.module.data or "",
            due_on=self.first_due.data if is_plan else self.due_on.data,
            skipped=self.skipped if is_plan else (),
            time_zone=self.time_zone.data,
            people=tuple(people),
            note=self.note.data or "",
            attempts=self.attempts.data,
            accepts_own_pass=self.accepts_own_pass.data,
        )

    def weeks(self) -> dict[str, str]:
        """What was typed as the place of each scenario in a plan."""
        return {slug: request.form.get(f"week-{slug}", "")[:3] for slug in self.course.scenarios}

    def carried(self) -> list[tuple[str, str]]:
        """Everything that was filled in, as hidden fields that bring it back."""
        names = (
            "what",
            "scenarios",
            "module",
            "due_on",
            "first_due",
            "skip",
            "time_zone",
            "attempts",
            "accepts_own_pass",
            "everybody",
            "note",
        )
        pairs = [(name, value) for name in names for value in request.form.getlist(name)]
        ids = [(name, " ".join(str(each) for each in self[name].data)) for name in ("people", "groups")]
        return [("course", self.course.slug), *pairs, *ids, *((f"week-{slug}", week) for slug, week in self.weeks().items() if week)]

    def _in_order_chosen(self) -> tuple[str, ...]:
        """The ticked scenarios: those with a place first, by place, the others after them in the order of the course."""
        weeks = {slug: int(week) for slug, week in self.weeks().items() if re.fullmatch(r"[0-9]{1,3}", week)}
        chosen = self.scenarios.data or self.course.required
        return tuple(sorted((slug for slug in self.course.scenarios if slug in chosen), key=lambda slug: weeks.get(slug, 1000)))

    def _refuse_day(self, day: date | None) -> None:
        problem = problem_of_day(day, day_of(self.now, known_time_zone(self.time_zone.data) or "UTC"))
        if problem:
            raise StopValidation(problem)


class PreviewedForm(AssignForm, KeyedForm):
    """The same with the people of the preview, sent to be carried out."""

    chosen = Ids()


class SendForm(KeyedForm):
    """The button under the preview; each preview has its own key, so that what was changed after going back is assigned too."""


class WithdrawForm(Form):
    """Take an assignment back."""


class ExtendForm(Form):
    due_on = Day("New due day", validators=[InputRequired("Choose the new due day.")])
    reason = Line(
        "Reason",
        validators=[
            DataRequired("Write the reason; the trainee reads it."),
            Length(max=LONGEST_REASON, message=f"At most {LONGEST_REASON} characters."),
        ],
    )


class AnotherAttemptForm(KeyedForm):
    reason = Line(
        "Reason",
        validators=[
            DataRequired("Write the reason; the trainee reads it."),
            Length(max=LONGEST_REASON, message=f"At most {LONGEST_REASON} characters."),
        ],
    )
