"""What a certificate says: one frozen value, one table of its fields, one canonical text with its SHA-256.

The table drives the PDF, the page and the public check, so that all of them show exactly the same facts.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal

from ceapp.certificates import codes

FORMAT = 1
DELIVERY = "self-paced, asynchronous, online"
NOTICE = "Keep this certificate with your records. Your board decides whether it accepts the course."
_REVISION_SHOWN = 12
_UNPRINTABLE = ("Cc", "Cf", "Cs")
_JOINERS = "\u200c\u200d\u200e\u200f"  # Names in Persian, Hindi and Hebrew need them.


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


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is printed. All of it is text: days as ISO dates, hours as a decimal; empty means not printed."""

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

    @property
    def hours_label(self) -> str:
        """`contact hours, ethics`: what stands with the number."""
        return f"contact {'hour' if self.contact_hours == '1' else 'hours'}" + (f", {self.category}" if self.category else "")


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
    Field("course_title", "Course"),
    Field("contact_hours", "Contact hours"),
    Field("category", "Category"),
    Field("delivery", "Format"),
    Field("started_on", "Started"),
    Field("completed_on", "Completed"),
    Field("issued_on", "Issued"),
    Field("time_zone", "Time zone of these days"),
    Field("authors", "Written by"),
    Field("course_revision", "Course revision"),
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
"""Every printed field in reading order. `signature_sha256` and `provider_version` name the signature's image and are not text on paper."""


PROVIDER_FIELDS = ("provider_name", "provider_address", "provider_contact", "responsible_name", "responsible_title")


def printed(facts: Facts, only: tuple[str, ...] = ()) -> tuple[Line, ...]:
    """The lines of a certificate, empty ones left out: the only way in which facts reach paper or a page."""
    lines = (Line(field.key, field.label, _shown(field.key, facts)) for field in FIELDS if not only or field.key in only)
    return tuple(line for line in lines if line.value)


def canonical(facts: Facts) -> str:
    """One text for the same facts: JSON with sorted keys, no spaces, and characters as they are."""
    return json.dumps({"format": FORMAT, **asdict(facts)}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def from_json(text: str) -> Facts:
    """The facts in a canonical text. Raises ValueError when it is of a format that this version does not know."""
    values = json.loads(text)
    if values.pop("format", None) != FORMAT:
        raise ValueError("certificate facts of an unknown format")
    if set(values) != {field.name for field in fields(Facts)}:
        raise ValueError("certificate facts with missing or unknown fields")
    return Facts(**{**values, "authors": tuple(values["authors"])})


def plain(text: str) -> str:
    """Text as it can be printed: composed, in one line, without control characters or overrides of the writing direction."""
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(character for character in composed if character in _JOINERS or unicodedata.category(character) not in _UNPRINTABLE)


def decimal(text: str) -> str:
    """3.00 becomes 3, 0.750 becomes 0.75. Raises ValueError for what is not a number of hours."""
    if not (text.isascii() and text.replace(".", "", 1).isdecimal()):
        raise ValueError(f"{text!r} is not a number of contact hours")
    return f"{Decimal(text).normalize():f}"


def day(iso: str) -> str:
    """20 November 2026."""
    value = date.fromisoformat(iso)
    return f"{value.day} {value:%B} {value.year}"


def _shown(key: str, facts: Facts) -> str:
    value = getattr(facts, key)
    if key == "issued_on" and facts.issued_on == facts.completed_on:
        return ""
    if value and key in ("started_on", "completed_on", "issued_on"):
        return day(value)
    if key == "course_revision":
        return str(value)[:_REVISION_SHOWN]
    if key == "authors":
        return "; ".join(value)
    if key == "code":
        return codes.show(value)
    if key == "verify_address":
        return str(value).removeprefix("https://")
    return str(value)
