"""What administrators post about the provider, and the code that anyone types."""

from __future__ import annotations

from flask_wtf.file import FileField, FileSize
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from ceapp.certificates.provider import ProviderInput
from ceapp.certificates.signatures import MOST_BYTES, TOO_LARGE, cleaned_png
from ceapp.web.forms import Counter, Form, Line

LONGEST_CODE = 64


def typed_code(text: str) -> str:
    """What somebody typed, scanned or pasted as a code, as far as it can stand in an address; a whole address gives its last part."""
    last = text.strip().rstrip("/").rpartition("/")[2]
    return "".join(character for character in last if character.isalnum() or character in " -")[:LONGEST_CODE].strip()


def _required(sentence: str, most: int) -> list[object]:
    return [DataRequired(sentence), Length(max=most, message=f"This is longer than {most} characters, which do not fit on a certificate.")]


class ProviderForm(Form):
    """The provider's facts. `png` is the signature to keep, b"" to take it away, None to leave it."""

    name = Line("Name of the provider", validators=_required("Write the name of the organisation that provides the courses.", 200))
    address = Line("Postal address", validators=_required("Write the provider’s postal address.", 400))
    contact = Line("Contact", validators=_required("Write an e-mail address or telephone number for questions about certificates.", 254))
    responsible_name = Line("Responsible person", validators=_required("Write the name of the person who answers for the courses.", 120))
    responsible_title = Line("Title of that person", validators=_required("Write that person’s title, for example: Program director.", 120))
    signature = FileField("Signature as a PNG picture", validators=[FileSize(MOST_BYTES, message=TOO_LARGE)])
    remove_signature = BooleanField("Print no signature")
    after_version = Counter(widget=HiddenInput(), default="0")

    png: bytes | None = None

    def validate_signature(self, field: FileField) -> None:
        chosen = field.data
        if self.remove_signature.data:
            self.png = b""
        elif isinstance(chosen, FileStorage) and chosen.filename:
            chosen.stream.seek(0)
            try:
                self.png = cleaned_png(chosen.stream.read(MOST_BYTES + 1))
            except ValueError as problem:
                raise ValidationError(str(problem)) from problem

    def compare_with(self, version: int) -> None:
        """The person has now seen this version: the next save may follow it."""
        self.after_version.data, self.after_version.raw_data = str(version), None

    @property
    def given(self) -> ProviderInput:
        values = {name: str(self[name].data) for name in ("name", "address", "contact", "responsible_name", "responsible_title")}
        return ProviderInput(**values, signature=self.png)


class IssueForm(Form):
    """The one confirmed deed that turns the waiting specimens into certificates."""

    confirmed = BooleanField(
        "I have read what will be printed, and it is right",
        validators=[InputRequired("Confirm that what will be printed is right. Nothing was issued.")],
    )
