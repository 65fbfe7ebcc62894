"""What is posted about organisations, their members and the people whom they invite."""

from __future__ import annotations

import re
import unicodedata

from flask import request
from flask_wtf.file import FileField, FileSize
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, EmailField, Field, HiddenField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from ceapp.accounts.addresses import normalised_email
from ceapp.accounts.forms import refuse_unprintable
from ceapp.accounts.invitations.people_list import MOST_BYTES, ROLES, TOO_LARGE, Unreadable, decoded
from ceapp.accounts.names import cleaned_name
from ceapp.accounts.time_zones import choices, known_time_zone
from ceapp.web.forms import Form, KeyedForm, Line, Passage, SelectField
from ceapp.web.spreadsheets import starts_formula

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
RESERVED = frozenset({"new"})
LONGEST_SOUGHT = 254

_ROLE_LABELS = {
    "trainee": "Trainee: is given assignments",
    "supervisor": "Supervisor: assigns, and sees the trainees whom they supervise",
    "administrator": "Administrator: invites people, gives roles, says who supervises whom",
}


def slug_of(name: str) -> str:
    """A short name for addresses, made from the name: harbour-clinic of Harbour Clinic."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].rstrip("-")


def sought_text() -> str:
    """What is looked for, from the address of the page."""
    return cleaned_name(request.args.get("q", "")[:LONGEST_SOUGHT])


class _RolesField(SelectMultipleField):
    """Boxes to tick, one for each role."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(role for role in ROLES if role in (self.data or ()))


def _roles() -> _RolesField:
    return _RolesField("Roles", [InputRequired("Tick at least one role.")], choices=[SelectChoice(*each) for each in _ROLE_LABELS.items()])


def _zone() -> SelectField:
    return SelectField("Time zone", [InputRequired("Choose the time zone.")], choices=lambda: [("", "Choose"), *choices()])


def _refuse_no_address(field: Field) -> None:
    if normalised_email(field.data or "") is None:
        raise ValidationError("This is not a whole e-mail address. Write it as name@example.org.")


class SettingsForm(Form):
    """The organisation's name and where its days begin."""

    name = Line("Name of the organisation", [InputRequired("Write the name."), Length(max=200, message="At most 200 characters.")])
    time_zone = _zone()

    def validate_name(self, field: Field) -> None:
        if not cleaned_name(field.data or ""):
            raise ValidationError("Write the name.")


class ChangeSettingsForm(SettingsForm):
    """The settings of an organisation that is there."""

    takes_reflections = BooleanField("Assigned work asks for reflections")


class OrganisationForm(SettingsForm):
    """A new organisation and whom to invite as its first administrator."""

    slug = StringField("Short name for addresses", [Optional()], filters=[lambda text: (text or "").strip().lower()])
    administrator = EmailField(
        "E-mail address of its first administrator", [InputRequired("Write the address of its first administrator.")]
    )

    def validate_administrator(self, field: Field) -> None:
        _refuse_no_address(field)

    def validate_name(self, field: Field) -> None:
        super().validate_name(field)
        if not (self.slug.data or slug_of(field.data or "")):
            raise ValidationError("No short name can be made from this name; write one below.")

    def validate_slug(self, field: Field) -> None:
        if not SLUG.fullmatch(field.data or "") or field.data in RESERVED:
            raise ValidationError("Use small letters, digits and hyphens, at most 63, and begin with a letter or a digit.")

    @property
    def short_name(self) -> str:
        return self.slug.data or slug_of(self.name.data or "")

    @property
    def address(self) -> str:
        return normalised_email(self.administrator.data or "") or ""


class RolesForm(Form):
    """The roles of a member."""

    roles = _roles()


class ConfirmForm(KeyedForm):
    """That a deed is meant; its page says what it does."""


class InvitationForm(KeyedForm):
    """Whom to invite."""

    email = EmailField("E-mail address", [InputRequired("Write an e-mail address.")])
    name = StringField("Name", [Optional()], filters=[lambda text: cleaned_name(text or "")])
    roles = _roles()

    def validate_email(self, field: Field) -> None:
        _refuse_no_address(field)

    def validate_name(self, field: Field) -> None:
        if starts_formula(field.data or ""):
            raise ValidationError("The name begins like a formula of a spreadsheet. Write it without that sign.")
        refuse_unprintable(field)

    @property
    def address(self) -> str:
        return normalised_email(self.email.data or "") or ""


class AcceptForm(Form):
    """Coming in with an account that exists."""


class NewPersonForm(Form):
    """Coming in with a new account."""

    name = StringField("Your name", [InputRequired("Write your name.")], filters=[lambda text: cleaned_name(text or "")])
    time_zone = HiddenField(filters=[known_time_zone], render_kw={"data-time-zone": True})

    def validate_name(self, field: Field) -> None:
        refuse_unprintable(field)


class ListForm(Form):
    """A list of people: a file, or pasted."""

    file = FileField("File", [FileSize(MOST_BYTES, message=TOO_LARGE)])
    text = Passage("Or paste the list here")

    content = ""

    def validate_file(self, field: FileField) -> None:
        chosen = field.data
        if isinstance(chosen, FileStorage) and chosen.filename:
            chosen.stream.seek(0)
            try:
                self.content = decoded(chosen.stream.read(MOST_BYTES + 1))
            except Unreadable as problem:
                raise ValidationError(str(problem)) from problem

    def validate_text(self, field: Passage) -> None:
        self.content = self.content or (field.data or "")
        if not self.content.strip() and not self.file.errors:
            raise ValidationError("Choose a file or paste a list. Nobody was invited.")


class SendListForm(KeyedForm):
    """The list that was looked over, to be invited."""

    people = HiddenField()
