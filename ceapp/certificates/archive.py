"""All of somebody's own certificates in one file."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ceapp.certificates import queries
from ceapp.certificates.pdf import CannotPrint, MissingGlyphs
from ceapp.certificates.rendering import Paper, file_name
from ceapp.certificates.renditions import pdf_of
from ceapp.certificates.standing import Standing
from ceapp.errors import Refused
from ceapp.web.archives import Entry

NONE_HELD = "You hold no certificate that counts today, so there is nothing to put into a file."
NOT_PRINTED = "These certificates count, and their page has everything; a PDF cannot be made because no installed font has every character."


def own_archive(person_id: UUID, paper: Paper, *, now: datetime) -> list[Entry]:
    """The PDFs of the certificates that count today, making those that are missing. Raises Refused when there are none, or Unavailable."""
    entries: list[Entry] = []
    not_printed: list[str] = []
    for held in _valid(person_id):
        try:
            rendition = pdf_of(held.certificate, paper, now=now)
        except (MissingGlyphs, CannotPrint):
            not_printed.append(held.facts.serial)
        else:
            entries.append((file_name(held.facts, held.certificate.course_slug), rendition.pdf, held.certificate.issued_at))
    if not entries and not not_printed:
        raise Refused(NONE_HELD)
    if not_printed:
        entries.append(("not-included.txt", ("\n".join([NOT_PRINTED, *not_printed]) + "\n").encode(), now))
    return entries


def _valid(person_id: UUID) -> list[queries.Held]:
    first = queries.certificates_of(person_id)
    rest = [queries.certificates_of(person_id, number) for number in range(2, first.pages + 1)]
    return [held for page in (first, *rest) for held in page.certificates if held.standing is Standing.VALID]
