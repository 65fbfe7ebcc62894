"""What a certificate says: one frozen value, one table of its fields, one canonical text with its SHA-256.

The table drives the PDF, the page and the public check, so that all of them show exactly the same facts.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from ceapp.certificates import codes

FORMAT = 2
DELIVERY = "self-paced, asynchronous, online"
LOCATION = "online"
NOTICE = "Keep this certificate with your records. Your board decides whether it accepts the course."
_REVISION_SHOWN = 12
_SINCE_FORMAT_2 = frozenset({"location", "exact_hours", "licences", "approvals", "assessment_by", "reviewed_by"})
_UNPRINTABLE = ("Cc", "Cf", "Cs")
_JOINERS = "\u200c\u200d\u200e\u200f"  # Names in Persian, Hindi and Hebrew need them.


@dataclass(frozen=True, slots=True)
class PrintedLicence:
    """A licence as a certificate prints it: `Psychologist, California` and the number; `profession` and `place` are how records call them.

    `name` is that on the licence, and empty where it is the learner's.
    """

    title: str
    number: str
    name: str = ""
    profession: str = ""
    place: str = ""

    @property
    def words(self) -> str:
        """`Psychologist, California, licence PSY 01234 (name on licence: …)`."""
        return f"{self.title}, licence {self.number}" + (f" (name on licence: {self.name})" if self.name else "")


@dataclass(frozen=True, slots=True)
class PrintedApproval:
    """An approval as a certificate prints it, the statement as its body wants it; `version` says which one was entered."""

    kind: str
    body: str
    number: str
    statement: str
    valid_from: str
    valid_to: str
    contact_hours: str
    category: str = ""
    version: str = ""

    @property
    def label(self) -> str:
        return "Provider approval" if self.kind == "provider" else "Course approval"

    @property
    def details(self) -> str:
        """`ASWB ACE, provider number 1234, 1 January 2026 to 31 December 2028: 3 contact hours, ethics`."""
        number = f"{'provider' if self.kind == 'provider' else 'course'} number {self.number}"
        return f"{self.body}, {number}, {day(self.valid_from)} to {day(self.valid_to)}: {self.hours}"

    @property
    def hours(self) -> str:
        return f"{self.contact_hours} {hours_words(self.contact_hours)}" + (f", {self.category}" if self.category else "")


@dataclass(frozen=True, slots=True)
class CompletionFacts:
    """What learning knows when a completion is decided."""

    name: str
    course_title: str
    course_revision: str
    category: str
    contact_hours: str
    started_on: date
    completed_on: date
    time_zone: str
    authors: tuple[str, ...] = ()
    exact_hours: str = ""  # before rounding, below 0 where a formula says so; empty where they are the contact hours
    licences: tuple[PrintedLicence, ...] = ()
    assessment_by: tuple[str, ...] = ()  # who wrote the assessment, once the provider has adopted the course
    reviewed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is printed. All of it is text: days as ISO dates, hours as a decimal; empty means not printed.

    `format` is that of the text which these facts were read from, or are written as: what was frozen once reads back for ever.
    """

    learner: str
    course_title: str
    course_revision: str
    category: str
    delivery: str
    contact_hours: str
    started_on: str
    completed_on: str
    time_zone: str
    authors: tuple[str, ...]
    notice: str
    issued_on: str = ""
    provider_name: str = ""
    provider_address: str = ""
    provider_contact: str = ""
    responsible_name: str = ""
    responsible_title: str = ""
    signature_sha256: str = ""
    provider_version: str = ""
    serial: str = ""
    code: str = ""
    verify_address: str = ""
    location: str = ""
    exact_hours: str = ""
    licences: tuple[PrintedLicence, ...] = ()
    approvals: tuple[PrintedApproval, ...] = ()
    assessment_by: tuple[str, ...] = ()
    reviewed_by: tuple[str, ...] = ()
    format: int = FORMAT

    @property
    def hours_label(self) -> str:
        """`contact hours, ethics`: what stands with the number."""
        return hours_words(self.contact_hours) + (f", {self.category}" if self.category else "")


@dataclass(frozen=True, slots=True)
class Field:
    """A printed field: the name in `Facts`, and how people are told what it is."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A field with its value as it is printed."""

    key: str
    label: str
    value: str


FIELDS = (
    Field("learner", "Learner"),
    Field("licences", "Licence"),
    Field("course_title", "Course"),
    Field("contact_hours", "Contact hours"),
    Field("category", "Category"),
    Field("delivery", "Format"),
    Field("location", "Location"),
    Field("started_on", "Started"),
    Field("completed_on", "Completed"),
    Field("issued_on", "Issued"),
    Field("time_zone", "Time zone of these days"),
    Field("authors", "Written by"),
    Field("assessment_by", "Assessment written by"),
    Field("reviewed_by", "Reviewed by"),
    Field("course_revision", "Course revision"),
    Field("approvals", "Approval"),
    Field("provider_name", "Provider"),
    Field("provider_address", "Address"),
    Field("provider_contact", "Contact"),
    Field("responsible_name", "Responsible person"),
    Field("responsible_title", "Title"),
    Field("serial", "Serial"),
    Field("code", "Code"),
    Field("verify_address", "Check it at"),
    Field("notice", "Please note"),
)
"""Every printed field in reading order. What is not here is no text on paper: the signature's image and the provider's version, the
exact hours, and the format.
"""


PROVIDER_FIELDS = ("provider_name", "provider_address", "provider_contact", "responsible_name", "responsible_title")


def printed(facts: Facts, only: tuple[str, ...] = ()) -> tuple[Line, ...]:
    """The lines of a certificate, empty ones left out: the only way in which facts reach paper or a page."""
    lines = (line for field in FIELDS if not only or field.key in only for line in _lines(field, facts))
    return tuple(line for line in lines if line.value)


def canonical(facts: Facts) -> str:
    """One text for the same facts: JSON with sorted keys, no spaces, and characters as they are."""
    values = asdict(facts)
    if facts.format == 1:
        values = {name: value for name, value in values.items() if name not in _SINCE_FORMAT_2}
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def from_json(text: str) -> Facts:
    """The facts in a canonical text of this format or an earlier one. Raises ValueError when this version does not know it."""
    values = json.loads(text)
    if values.get("format") not in (1, FORMAT):
        raise ValueError("certificate facts of an unknown format")
    since = _SINCE_FORMAT_2 if values["format"] == 1 else frozenset()
    if set(values) != {field.name for field in fields(Facts)} - since:
        raise ValueError("certificate facts with missing or unknown fields")
    read: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    read["licences"] = tuple(PrintedLicence(**each) for each in values.get("licences", ()))
    read["approvals"] = tuple(PrintedApproval(**each) for each in values.get("approvals", ()))
    return Facts(**read)


def plain(text: str) -> str:
    """Text as it can be printed: composed, in one line, without control characters or overrides of the writing direction."""
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(character for character in composed if character in _JOINERS or unicodedata.category(character) not in _UNPRINTABLE)


def decimal(text: str) -> str:
    """3.00 becomes 3, 0.750 becomes 0.75. Raises ValueError for what is not a number of hours."""
    if not (text.isascii() and text.replace(".", "", 1).isdecimal()):
        raise ValueError(f"{text!r} is not a number of contact hours")
    return f"{Decimal(text).normalize():f}"


def hours_words(contact_hours: str) -> str:
    """`contact hours`, never bare hours or units."""
    return f"contact {'hour' if contact_hours == '1' else 'hours'}"


def day(iso: str) -> str:
    """20 November 2026."""
    value = date.fromisoformat(iso)
    return f"{value.day} {value:%B} {value.year}"


def _lines(field: Field, facts: Facts) -> Iterator[Line]:
    """The lines of a field: of licences and approvals one for each."""
    if field.key == "licences":
        for number, licence in enumerate(facts.licences, 1):
            yield Line(f"licences-{number}", field.label, licence.words)
    elif field.key == "approvals":
        for number, approval in enumerate(facts.approvals, 1):
            yield Line(f"approvals-{number}", approval.label, f"{approval.statement} {approval.details}")
    else:
        yield Line(field.key, field.label, _shown(field.key, facts))


def _shown(key: str, facts: Facts) -> str:
    value = getattr(facts, key)
    if key == "issued_on" and facts.issued_on == facts.completed_on:
        return ""
    if value and key in ("started_on", "completed_on", "issued_on"):
        return day(value)
    if key == "course_revision":
        return str(value)[:_REVISION_SHOWN]
    if isinstance(value, tuple):
        return "; ".join(value)
    if key == "code":
        return codes.show(value)
    if key == "verify_address":
        return str(value).removeprefix("https://")
    return str(value)
