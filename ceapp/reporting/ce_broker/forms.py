"""What administrators post about reports to CE Broker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import BooleanField, Field, RadioField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import HiddenInput

from ceapp.accounts.licences import places, professions
from ceapp.certificates.approvals.forms import Day, Hours
from ceapp.reporting.ce_broker.rules import Answer, Kind, rejections
from ceapp.reporting.ce_broker.service import LONGEST_REASON
from ceapp.reporting.ce_broker.settings import Board, SettingInput
from ceapp.web.forms import Counter, KeyedForm, Line, Passage, SelectField

_NUMBER = Regexp(r"^[A-Za-z0-9][A-Za-z0-9 ./_-]*$", message="Use letters, digits, hyphens, dots and slashes only.")
_NO_CHOICE = "Choose one of the list."


def _at_most(most: int) -> Length:
    return Length(max=most, message=f"This is longer than {most} characters. Shorten it.")


class SettingForm(KeyedForm):
    """How completions are reported for licences that are chosen already."""

    is_active = BooleanField("Report these completions", default=True)
    provider_number = Line("Provider tracking number", [DataRequired("Write the number that CE Broker gave you."), _at_most(20), _NUMBER])
    course_number = Line("Course tracking number", [Optional(), _at_most(20), _NUMBER])
    own_number = Line("Your own number of the course", [Optional(), _at_most(40), _NUMBER])
    publishing_number = Line("Publishing number", [Optional(), _at_most(20), _NUMBER])
    profession_code = Line("Profession code", [DataRequired("Write the code of the profession."), _at_most(16), _NUMBER])
    subject_code = Line("Subject area code", [Optional(), _at_most(20), _NUMBER])
    hours = Hours("Hours of this subject area")
    days = Counter("Days to report a completion", default="30")
    first_day = Day("Completions from", [InputRequired("Choose the first day of completion that is reported.")])
    approval = SelectField("Only with the approval", [Optional()], validate_choice=False)
    after_version = Counter(widget=HiddenInput(), default="0")

    def offer_approvals(self, approvals: Iterable[tuple[UUID, str]]) -> None:
        """The approvals that can be asked for."""
        self._approvals = {str(each): words for each, words in approvals}
        self.approval.choices = {"": "Whatever the certificate prints", **self._approvals}

    def fill_in(self, row: Any) -> None:
        """What the setting says now, for a form that nobody sent yet."""
        for name in (
            "is_active",
            "provider_number",
            "course_number",
            "own_number",
            "publishing_number",
            "profession_code",
            "subject_code",
            "hours",
            "first_day",
        ):
            self[name].data = getattr(row, name)
        self.days.data, self.approval.data = str(row.days), str(row.approval_id or "")

    def compare_with(self, version: int) -> None:
        """The person has now seen this version: the next save may follow it."""
        self.after_version.data, self.after_version.raw_data = str(version), None

    def validate(self, extra_validators: Any = None) -> bool:
        """Also what belongs together: an empty field is not looked at one by one."""
        is_right = bool(super().validate(extra_validators))
        for field, is_wrong, sentence in (
            (
                self.course_number,
                not (self.course_number.data or self.own_number.data),
                "Write this number, or your own number of the course.",
            ),
            (self.hours, bool(self.subject_code.data) and not self.hours.data, "Write the hours of this subject area."),
            (self.subject_code, bool(self.hours.data) and not self.subject_code.data, "Write the code, or leave its hours empty too."),
        ):
            if is_wrong:
                field.errors = (*field.errors, sentence)
                is_right = False
        return is_right

    def validate_days(self, field: Counter) -> None:
        if not 1 <= field.number <= 366:
            raise ValidationError("Write a number of days from 1 to 366.")

    def validate_approval(self, field: Field) -> None:
        if field.data and field.data not in self._approvals:
            raise ValidationError(_NO_CHOICE)

    @property
    def given(self) -> SettingInput:
        number = self.hours.number
        return SettingInput(
            is_active=bool(self.is_active.data),
            provider_number=_without(self.provider_number.data, "50-"),
            course_number=_without(self.course_number.data, "20-"),
            own_number=self.own_number.data or "",
            publishing_number=self.publishing_number.data or "",
            profession_code=self.profession_code.data or "",
            subject_code=self.subject_code.data or "",
            hours="" if number is None else f"{number.normalize():f}",
            days=self.days.number,
            first_day=self.first_day.day,
            approval_id=UUID(self.approval.data) if self.approval.data else None,
        )


class NewSettingForm(SettingForm):
    """The same, with the licences that it is for."""

    course = SelectField("Course", [InputRequired("Choose the course.")], validate_choice=False)
    place = SelectField("State or province", [InputRequired("Choose the state or province.")], validate_choice=False)
    profession = SelectField("Profession", [InputRequired("Choose the profession.")], validate_choice=False)
    profession_words = Line("Which profession", [Optional(), _at_most(80)])

    def offer(self, courses: Iterable[tuple[str, str]]) -> None:
        """What can be chosen."""
        self._courses = dict(courses)
        self.course.choices = {"": "Choose", **self._courses}
        self.place.choices = {"": "Choose", **places.BY_COUNTRY}
        self.profession.choices = {"": "Choose", **professions.CHOICES}

    def validate_course(self, field: Field) -> None:
        if field.data not in self._courses:
            raise ValidationError(_NO_CHOICE)

    def validate_place(self, field: Field) -> None:
        if field.data not in places.PLACES:
            raise ValidationError(_NO_CHOICE)

    def validate_profession(self, field: Field) -> None:
        if field.data not in professions.CHOICES:
            raise ValidationError(_NO_CHOICE)

    def validate(self, extra_validators: Any = None) -> bool:
        """Also that another profession is said in words."""
        is_right = super().validate(extra_validators)
        if self.profession.data == professions.OTHER and not self.profession_words.data:
            self.profession_words.errors = (
                *self.profession_words.errors,
                "Write which profession it is, as people write it in their licence.",
            )
            return False
        return is_right

    @property
    def board(self) -> Board:
        profession = str(self.profession.data)
        words = self.profession_words.data or "" if profession == professions.OTHER else ""
        return Board(str(self.course.data), str(self.place.data), profession, words)


class MakeForm(KeyedForm):
    """Make a file of what is ready."""

    kind = RadioField(choices={kind.value: kind.label for kind in Kind})


class AnswersForm(KeyedForm):
    """What became of the rows of a file."""

    rejected = Passage("Rejected rows", [Optional(), Length(max=200_000, message="This list is too long. Send it in parts.")])
    accepts_rest = BooleanField("All other rows of this file were accepted")

    def validate_rejected(self, field: Field) -> None:
        found, wrong = rejections(field.data or "")
        if wrong:
            lines = ", ".join(map(str, wrong[:10]))
            raise ValidationError(f"Not a number of a row and a reason: line {lines}. Write each as: 3, licence not found")
        if any(len(reason) > LONGEST_REASON for reason in found.values()):
            raise ValidationError(f"A reason is longer than {LONGEST_REASON} characters. Shorten it.")

    def validate_accepts_rest(self, field: BooleanField) -> None:
        if not field.data and not (self.rejected.data or "").strip():
            raise ValidationError("Say which rows were rejected, or that all were accepted.")

    @property
    def rows(self) -> dict[int, str]:
        return rejections(self.rejected.data or "")[0]


class AnswerForm(KeyedForm):
    """What became of one line."""

    answer = RadioField("What happened", [InputRequired("Choose what happened.")], choices={each.value: each.label for each in Answer})
    reason = Passage("Why it was rejected", [Optional(), _at_most(LONGEST_REASON)])

    def offer(self, answers: Iterable[Answer]) -> None:
        """What can be said now; what was sent stays among the choices, so that a second click has no other answer than the first."""
        kept = {*answers, *([Answer(self.answer.data)] if self.answer.data in list(Answer) else [])}
        self.answer.choices = {each.value: each.label for each in Answer if each in kept}

    def validate(self, extra_validators: Any = None) -> bool:
        """Also that a rejection has a reason."""
        is_right = bool(super().validate(extra_validators))
        if self.answer.data == Answer.REJECTED and not (self.reason.data or "").strip():
            self.reason.errors = ("Write why it was rejected, so that it can be put right.",)
            return False
        return is_right


def _without(text: str | None, prefix: str) -> str:
    """CE Broker wants its numbers without this."""
    return (text or "").removeprefix(prefix)
