"""The forms of accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import EmailField, Field, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, ValidationError

from ceapp.accounts.addresses import normalised_email
from ceapp.accounts.names import cleaned_name, problem_of_name
from ceapp.accounts.password_rules import problems_of
from ceapp.accounts.time_zones import choices, known_time_zone
from ceapp.web.forms import Form


class _EmailForm(Form):
    email = EmailField("E-mail address", [InputRequired("Write your e-mail address.")])

    def validate_email(self, field: Field) -> None:
        if normalised_email(field.data or "") is None:
            raise ValidationError("This is not a whole e-mail address. Write it as name@example.org.")

    @property
    def address(self) -> str:
        """The address in the one spelling that counts; empty when it is none."""
        return normalised_email(self.email.data or "") or ""


class _NewPasswordForm(Form):
    """Asks twice: a slip in a password that nobody can see would lock its owner out."""

    again: PasswordField

    def refuse_weak(self, field: Field, about: Iterable[str]) -> None:
        problems = problems_of(field.data or "", about)
        if problems:
            raise ValidationError(" ".join(problems))

    def refuse_different(self, first: str | None) -> None:
        if self.again.data != first:
            raise ValidationError("The two passwords are not the same. Type both again.")


def _again() -> Any:
    return PasswordField("The same password again", [InputRequired("Type the password a second time.")])


class SignInForm(_EmailForm):
    password = PasswordField("Password", [InputRequired("Type your password.")])


class SignUpForm(_EmailForm, _NewPasswordForm):
    password = PasswordField("Password", [InputRequired("Choose a password.")])
    again = _again()
    time_zone = HiddenField(filters=[known_time_zone], render_kw={"data-time-zone": True})

    def validate_password(self, field: Field) -> None:
        self.refuse_weak(field, about=(self.email.data or "",))

    def validate_again(self, _field: Field) -> None:
        self.refuse_different(self.password.data)


class SetUpForm(SignUpForm):
    name = StringField("Your name", [InputRequired("Write your name.")], filters=[lambda text: cleaned_name(text or "")])

    def validate_name(self, field: Field) -> None:
        refuse_unprintable(field)


class ProfileForm(Form):
    name = StringField("Name", [InputRequired("Write your name.")], filters=[lambda text: cleaned_name(text or "")])
    time_zone = SelectField(
        "Time zone",
        [InputRequired("Choose your time zone.")],
        choices=lambda: [("", "Choose"), *choices()],
        render_kw={"data-time-zone": True},
    )

    def validate_name(self, field: Field) -> None:
        refuse_unprintable(field)


class PasswordForm(_NewPasswordForm):
    current = PasswordField("Current password", [InputRequired("Type the password that you have now.")])
    new = PasswordField("New password", [InputRequired("Choose a new password.")])
    again = _again()

    def __init__(self, *args: Any, about: Iterable[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._about = tuple(about)

    def validate_new(self, field: Field) -> None:
        self.refuse_weak(field, self._about)

    def validate_again(self, _field: Field) -> None:
        self.refuse_different(self.new.data)


def text(field: Field) -> str:
    """What was typed in a field; a browser that left it out typed nothing."""
    return field.data or ""


def refuse_unprintable(field: Field) -> None:
    problem = problem_of_name(field.data or "")
    if problem:
        raise ValidationError(problem)
