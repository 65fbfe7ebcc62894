"""The base of every form: posted text to values, with the anti-forgery token on each."""

from __future__ import annotations

import re
import secrets

import wtforms
from flask import Flask, current_app, request
from flask_wtf import CSRFProtect, FlaskForm
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.form import BaseForm
from wtforms.validators import Regexp, StopValidation
from wtforms.widgets import Select

_KEY = re.compile(r"^[A-Za-z0-9_-]{22,64}$")
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_protection = CSRFProtect()


def install(app: Flask) -> None:
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # The token lives as long as the browser session; a page left open overnight still works.
    app.config["WTF_CSRF_SSL_STRICT"] = False  # No page sends a Referer; Origin and Sec-Fetch-Site are checked in `headers`.
    app.before_request(_refuse_crowded)
    _protection.init_app(app)


def _refuse_crowded() -> None:
    """Hold the usual forms to the limits that Werkzeug keeps for multipart ones only."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return
    request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
    if sum(len(values) for values in request.form.listvalues()) > current_app.config["MAX_FORM_PARTS"]:
        raise RequestEntityTooLarge


class Form(FlaskForm):  # type: ignore[misc]
    """A form of ours. `validate_on_submit()` is true when it was posted and every field is right."""


class KeyedForm(Form):
    """A form whose effect happens once: the key is stored, unique, with what it did."""

    key = HiddenField(validators=[Regexp(_KEY)])

    @property
    def form_key(self) -> str:
        """The key of a form that was validated."""
        return self.key.data or ""

    def renew(self) -> None:
        """Give a form that is shown for the first time, or that came with no key of ours, its own key."""
        if not _KEY.fullmatch(self.key.data or ""):
            self.key.data = secrets.token_urlsafe(18)


class Counter(StringField):
    """A small whole number that a page carries along; 0 when it is missing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """What the page was made with does not stand in for what was not posted."""
        self.data = valuelist[0] if valuelist else ""

    @property
    def number(self) -> int:
        return int(self.data or 0)

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 - WTForms hands it over
        if not re.fullmatch(r"[0-9]{0,6}", str(self.data or "")):  # A body without any field leaves the number that the page has.
            raise StopValidation("The form is incomplete.")


class Passage(TextAreaField):
    """Text of several lines, as it was typed but for characters that neither pages nor PostgreSQL take."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = _UNFIT.sub("", valuelist[0])


class _Options(Select):
    """A value and nothing else on each option, in a third of the library's time: a page offers 600 time zones, or 200 organisations."""

    _OPTION, _SELECTED = Markup('<option value="%s">%s</option>'), Markup('<option selected value="%s">%s</option>')

    @classmethod
    def render_option(cls, choice: SelectChoice, **_attributes: object) -> Markup:  # type: ignore[override]  # the stubs are of an older version
        return (cls._SELECTED if choice.selected else cls._OPTION) % (choice.value, choice.label or choice.value)


class SelectField(wtforms.SelectField):
    """One of a list."""

    widget = _Options()


class Line(StringField):
    """One line of text, trimmed, without control characters."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            spaced = " ".join(valuelist[0].split())
            self.data = "".join(character for character in spaced if character.isprintable() or character in "\u200c\u200d\u200e\u200f")
