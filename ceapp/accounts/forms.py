"""The forms of accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, EmailField, Field, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, ValidationError

from ceapp.accounts import totp
from ceapp.accounts.addresses import normalised_email
from ceapp.accounts.names import cleaned_name, problem_of_name
from ceapp.accounts.password_rules import problems_of
from ceapp.accounts.recovery_codes import read_code, without_spaces
from ceapp.accounts.time_zones import choices, known_time_zone
from ceapp.web.forms import Form, Line, SelectField


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
    """Two ways on one page: by mailed code, by password. The pressed button says which; return in a field presses none of the two."""

    password = PasswordField("Password")
    way = StringField()
    time_zone = HiddenField(filters=[known_time_zone], render_kw={"data-time-zone": True})

    def __init__(self, *args: Any, prefers_code: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self._prefers_code = prefers_code

    @property
    def wants_code(self) -> bool:
        if self.way.data in ("code", "password"):
            return bool(self.way.data == "code")
        return self._prefers_code and not self.password.data

    @property
    def shows_password(self) -> bool:
        """Whether the page opens with the password in sight."""
        return not self._prefers_code or (self.is_submitted() and not self.wants_code)

    def validate_password(self, field: Field) -> None:
        if not self.wants_code and not field.data:
            raise ValidationError("Type your password.")


class CodeForm(Form):
    """Six digits; spaces and dashes between them do not matter. What cannot be a code is not a try."""

    code = StringField("Code", [InputRequired("Type the six digits from the mail.")])

    def validate_code(self, _field: Field) -> None:
        if not totp.is_code(self.digits):
            raise ValidationError("A code has six digits, such as 012345. This was not counted as a try.")

    @property
    def digits(self) -> str:
        return without_spaces(self.code.data or "")


class AppCodeForm(CodeForm):
    """The first code of an app that was just given its key."""

    code = StringField("Code from the app", [InputRequired("Type the six digits that the app shows.")])


class FactorForm(Form):
    """A code of the app or a recovery code, in one field. What can be neither is not a try."""

    factor = StringField(
        "Code from your app, or a recovery code", [InputRequired("Type the code that your app shows, or a recovery code.")]
    )

    def validate_factor(self, field: Field) -> None:
        if not totp.is_code(without_spaces(field.data or "")) and read_code(field.data or "") is None:
            raise ValidationError(
                "A code of the app has six digits, a recovery code twelve letters and digits. This was not counted as a try."
            )


class _ProofWithFactor(FactorForm):
    """Asks for the second factor where there is one."""

    def __init__(self, *args: Any, asks_factor: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not asks_factor:
            del self.factor

    @property
    def given_factor(self) -> str:
        return text(self.factor) if "factor" in self else ""


class ProofForm(_ProofWithFactor):
    password = PasswordField("Password", [InputRequired("Type your password.")])


class ProofCodeForm(CodeForm, _ProofWithFactor):
    code = StringField("Code from the mail", [InputRequired("Type the six digits from the mail.")])


class NewEmailForm(_EmailForm):
    email = EmailField("New e-mail address", [InputRequired("Write the new e-mail address.")])


class _EnrolmentForm(Form):
    """Asks for the enrolment code where the server wants one."""

    enrolment_code = Line("Enrolment code", [InputRequired("Type the enrolment code.")])

    def __init__(self, *args: Any, asks_enrolment_code: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not asks_enrolment_code:
            del self.enrolment_code

    @property
    def given_code(self) -> str:
        return text(self.enrolment_code) if "enrolment_code" in self else ""


class SignUpByCodeForm(_EmailForm, _EnrolmentForm):
    time_zone = HiddenField(filters=[known_time_zone], render_kw={"data-time-zone": True})


class _AccountForm(_EmailForm, _NewPasswordForm):
    """An account with a password."""

    password = PasswordField("Password", [InputRequired("Choose a password.")])
    again = _again()
    time_zone = HiddenField(filters=[known_time_zone], render_kw={"data-time-zone": True})

    def validate_password(self, field: Field) -> None:
        self.refuse_weak(field, about=(self.email.data or "",))

    def validate_again(self, _field: Field) -> None:
        self.refuse_different(self.password.data)


class SignUpForm(_AccountForm, _EnrolmentForm):
    """Signing up where no mail can bring a code."""


class SetUpForm(_AccountForm):
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


class AccountForm(ProfileForm):
    wants_reminders = BooleanField("Mail me reminders of what is due")


class PasswordForm(_NewPasswordForm):
    """Without `asks_current`, after a proof by mailed code, for people who have no password or forgot it."""

    current = PasswordField("Current password", [InputRequired("Type the password that you have now.")])
    new = PasswordField("New password", [InputRequired("Choose a new password.")])
    again = _again()

    def __init__(self, *args: Any, about: Iterable[str], asks_current: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self._about = tuple(about)
        if not asks_current:
            del self.current

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
