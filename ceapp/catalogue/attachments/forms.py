"""What administrators post about attachments."""

from __future__ import annotations

from collections.abc import Iterable

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import SelectField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from ceapp.catalogue.attachments.kinds import MOST_BYTES, Kind
from ceapp.catalogue.attachments.service import AttachmentInput, problem_with
from ceapp.certificates.approvals.forms import Day
from ceapp.certificates.facts import plain
from ceapp.web.forms import Counter, KeyedForm, Line

OF_PROVIDER = "the provider"


class AttachmentForm(KeyedForm):
    """A file with what it is and the day that it bears."""

    kind = SelectField("What it is", choices={kind.value: kind.label for kind in Kind})
    title = Line(
        "Title",
        [
            DataRequired("Write what it is, for example whose it is."),
            Length(max=200, message="This is longer than 200 characters. Shorten it."),
        ],
    )
    dated = Day("Day", [InputRequired("Choose the day that the file is of.")])
    file = FileField("File")
    after_version = Counter(widget=HiddenInput(), default="0")

    data_of_file = b""

    def validate_title(self, field: Line) -> None:
        if not plain(field.data or ""):
            raise ValidationError("Write what it is, for example whose it is.")

    def validate_file(self, field: FileField) -> None:
        chosen = field.data
        if not isinstance(chosen, FileStorage) or not chosen.filename:
            raise ValidationError("Choose the file.")
        chosen.stream.seek(0)
        self.data_of_file = chosen.stream.read(MOST_BYTES + 1)
        problem = problem_with(self.data_of_file)
        if problem:
            raise ValidationError(problem)

    def compare_with(self, version: int) -> None:
        """The person has now seen this version: the next file may follow it."""
        self.after_version.data, self.after_version.raw_data = str(version), None

    @property
    def given(self) -> AttachmentInput:
        return AttachmentInput(Kind(self.kind.data), plain(self.title.data or ""), self.dated.day, self.data_of_file)


class NewAttachmentForm(AttachmentForm):
    """The first version, which says whose it is."""

    course = SelectField("Belongs to")

    def offer(self, courses: Iterable[tuple[str, str]]) -> None:
        """The courses that can be chosen; the empty one is the provider."""
        self.course.choices = {"": OF_PROVIDER, **dict(courses)}

    @property
    def given(self) -> AttachmentInput:
        return AttachmentInput(
            Kind(self.kind.data), plain(self.title.data or ""), self.dated.day, self.data_of_file, self.course.data or None
        )
