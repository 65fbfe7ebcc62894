"""From facts to what is drawn: the values that the paper template gets, and the QR code."""

from __future__ import annotations

import io
import unicodedata
from base64 import b64encode
from datetime import date
from enum import StrEnum

import segno

from ceapp.certificates.codes import LENGTH
from ceapp.certificates.facts import DELIVERY, LOCATION, NOTICE, Facts, PrintedLicence, printed

_QR_LETTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


class Paper(StrEnum):
    LETTER = "letter"
    A4 = "a4"


PAPERS = {Paper.LETTER: "us-letter", Paper.A4: "a4"}
SPECIMEN_TITLE = "Specimen: not a certificate"
TITLE = "Certificate of completion"


EXAMPLE = Facts(
    learner="Learner’s name",
    course_title="Title of the course",
    course_revision="0" * 64,
    category="ethics",
    delivery=DELIVERY,
    contact_hours="3",
    started_on="2026-11-02",
    completed_on="2026-11-20",
    time_zone="UTC",
    issued_on="2026-11-20",
    authors=("Its author",),
    provider_name="Name of the provider",
    provider_address="Street, City",
    provider_contact="ce@example.org",
    responsible_name="Responsible person",
    responsible_title="Title",
    signature_sha256="",
    provider_version="",
    serial="",
    code="0" * LENGTH,
    verify_address="http://127.0.0.1:8000/verify",
    notice=NOTICE,
    location=LOCATION,
    exact_hours="3",
    licences=(PrintedLicence("Profession, State or province", "Licence number"),),
)
"""For trying out the press and for showing what will be printed; nobody ever gets it."""


def sheet(facts: Facts, *, paper: Paper, signature: bytes | None) -> dict[str, object]:
    """What `certificate.typ` draws. A certificate without a serial is a specimen."""
    day = date.fromisoformat(facts.issued_on)
    return {
        **_drawn(facts),
        "paper": PAPERS[paper],
        "author": facts.provider_name or "ceapp",
        "keywords": [word for word in ("certificate", "continuing education", facts.category) if word],
        "day": [day.year, day.month, day.day],
        "signature": list(signature) if signature else None,
        "qr": qr_svg(facts),
    }


def page_sheet(facts: Facts, *, signature: bytes | None) -> dict[str, object]:
    """What the page draws: the same, with pictures as a browser takes them."""
    return {
        **_drawn(facts),
        "signature": png_address(signature) if signature else "",
        "qr": f"data:image/svg+xml;base64,{b64encode(qr_svg(facts).encode()).decode()}",
    }


def png_address(png: bytes) -> str:
    """A picture as an address that holds it."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


def file_name(facts: Facts, course_slug: str) -> str:
    """A name for the PDF that is safe everywhere and says nothing about the person."""
    return f"certificate-{facts.serial}-{course_slug}.pdf" if facts.serial else f"specimen-{course_slug}.pdf"


def _drawn(facts: Facts) -> dict[str, object]:
    lines = {line.key: line.value for line in printed(facts)}
    heading = TITLE if facts.serial else SPECIMEN_TITLE
    delivery, _, more = facts.delivery.partition(", ")
    return {
        "lines": lines,
        "specimen": not facts.serial,
        "heading": heading,
        "title": f"{heading}: {facts.course_title}, {facts.learner}",
        "description": f"{facts.hours_label}: {facts.contact_hours}. Code {lines['code']}, to be checked at {facts.verify_address}.",
        "rtl": is_right_to_left(facts.learner),
        "rtl_title": is_right_to_left(facts.course_title),
        "hours_label": facts.hours_label,
        "delivery": [delivery[:1].upper() + delivery[1:], more],
        "small": small_print(lines),
        "licences": [each.words for each in facts.licences],
        "approvals": [{"statement": each.statement, "label": each.label, "details": each.details} for each in facts.approvals],
        "qr_text": f"{facts.verify_address}/{facts.code}",
    }


def small_print(lines: dict[str, str]) -> list[str]:
    """The lines under the signature, from the printed facts."""
    where = " · ".join(lines[key] for key in ("provider_address", "provider_contact") if key in lines)
    who = "".join(f"{words} {lines[key]}. " for key, words in _BY.items() if key in lines)
    how = (f"Location: {lines['location']}. " if "location" in lines else "") + f"Days are in the time zone {lines['time_zone']}."
    return [each for each in (where, f"{who}{how}", lines["notice"]) if each]


_BY = {"authors": "Written by", "assessment_by": "Assessment written by", "reviewed_by": "Reviewed by"}


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction is written from right to left."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((direction for direction in directions if direction in ("L", "R", "AL")), "L") != "L"


def qr_text(facts: Facts) -> str:
    """The address behind the QR code: in capitals where all of it can be, which makes a smaller code. `/VERIFY/…` is answered too."""
    address = f"{facts.verify_address}/{facts.code}"
    return address.upper() if set(address.upper()) <= _QR_LETTERS else address


def qr_svg(facts: Facts) -> str:
    """The code as a drawing without a margin."""
    drawing = io.BytesIO()
    segno.make_qr(qr_text(facts), error="m").save(drawing, kind="svg", border=0, xmldecl=False, nl=False)
    return drawing.getvalue().decode()
