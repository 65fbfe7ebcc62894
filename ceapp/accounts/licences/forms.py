"""What people post about a licence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import BooleanField, DateField, Field
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from ceapp.accounts.licences import places, professions
from ceapp.accounts.licences.service import LicenceInput
from ceapp.accounts.names import cleaned_name, problem_of_name
from ceapp.web.forms import Form, Line, SelectField

LONGEST_NUMBER = 40
LONGEST_WORDS = 80
_EARLIEST, _LATEST = date(1950, 1, 1), date(2099, 12, 31)
_NUMBER_TOO_LONG = f"The number is longer than {LONGEST_NUMBER} characters. Check it."
_WORDS_TOO_LONG = f"This is longer than {LONGEST_WORDS} characters. Shorten it."
_NOT_CHOSEN = "Choose one of the list."


class ExpiryDay(DateField):
    """The day on which a licence expires, in words that help when it is none."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        try:
            super().process_formdata([each for each in valuelist if each])
        except ValueError:
            raise ValueError("This is not a day. Write it as 2027-06-30, or choose it in the calendar.") from None


class LicenceForm(Form):
    """A licence of one's own."""

    profession = SelectField(
        "Profession",
        [InputRequired("Choose the profession.")],
        choices={"": "Choose", **professions.CHOICES},
        validate_choice=False,
    )
    profession_words = Line("Which profession", [Optional(), Length(max=LONGEST_WORDS, message=_WORDS_TOO_LONG)])
    place = SelectField(
        "State or province",
        [InputRequired("Choose the state or province of the board.")],
        choices={"": "Choose", **places.CHOICES},
        validate_choice=False,
    )
    place_words = Line("Which place", [Optional(), Length(max=LONGEST_WORDS, message=_WORDS_TOO_LONG)])
    number = Line(
        "Licence number",
        [InputRequired("Write the number of the licence."), Length(max=LONGEST_NUMBER, message=_NUMBER_TOO_LONG)],
    )
    name = Line("Name on the licence", [Optional()])
    expires_on = ExpiryDay("Expires on", [Optional()])
    is_printed = BooleanField("Print this licence on my certificates", default=True)

    def validate_profession(self, field: SelectField) -> None:
        if field.data not in professions.CHOICES:
            raise ValidationError(_NOT_CHOSEN)

    def validate_place(self, field: SelectField) -> None:
        if field.data not in (*places.PLACES, places.OTHER):
            raise ValidationError(_NOT_CHOSEN)

    def validate(self, extra_validators: Any = None) -> bool:
        """Also that what is `other` is said in words: an empty field is not looked at one by one."""
        is_right = bool(super().validate(extra_validators))
        for chosen, words, sentence in (
            (self.profession, self.profession_words, "Write which profession it is."),
            (self.place, self.place_words, "Write the state or province, and the country."),
        ):
            if chosen.data == professions.OTHER and not words.data:
                words.errors = (*words.errors, sentence)
                is_right = False
        return is_right

    def validate_number(self, field: Field) -> None:
        if not any(character.isalnum() for character in field.data or ""):
            raise ValidationError("Write the number of the licence, with at least one letter or digit.")

    def validate_name(self, field: Field) -> None:
        field.data = cleaned_name(field.data or "")
        problem = problem_of_name(field.data) if field.data else ""
        if problem:
            raise ValidationError(problem)

    def validate_expires_on(self, field: DateField) -> None:
        if field.data is not None and not _EARLIEST <= field.data <= _LATEST:
            raise ValidationError("This day is too far away. Check the year.")

    @property
    def given(self) -> LicenceInput:
        profession, place = str(self.profession.data), str(self.place.data)
        return LicenceInput(
            profession=profession,
            profession_words=self.profession_words.data or "" if profession == professions.OTHER else "",
            place=place,
            place_words=self.place_words.data or "" if place == places.OTHER else "",
            number=self.number.data or "",
            name=self.name.data or "",
            expires_on=self.expires_on.data,
            is_printed=bool(self.is_printed.data),
        )


class TakeAwayForm(Form):
    """That a licence is taken away."""
