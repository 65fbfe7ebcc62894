"""The PDFs of certificates: made at the first request, after the certificate was committed, and kept."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.certificates import queries
from ceapp.certificates.facts import Facts, canonical, from_json
from ceapp.certificates.glyphs import are_bundled
from ceapp.certificates.models import Certificate, Rendition
from ceapp.certificates.pdf import CannotPrint, MissingGlyphs, press
from ceapp.certificates.rendering import Paper, sheet
from ceapp.database import transaction
from ceapp.errors import Unavailable


def pdf_of(certificate: Certificate, paper: Paper, *, now: datetime) -> Rendition:
    """The PDF that is kept for this paper; the first request makes it. Raises MissingGlyphs, CannotPrint or Unavailable."""
    kept = queries.rendition_of(certificate.id, paper)
    if kept is not None:
        return kept
    return freeze_rendition(certificate.id, paper, _print(from_json(certificate.facts), paper), now=now)


def freeze_rendition(certificate_id: UUID, paper: Paper, pdf: bytes, *, now: datetime) -> Rendition:
    """Keep a PDF as the one of this paper; when another request was first, its PDF is the one."""
    with transaction() as session:
        rendition = Rendition(certificate_id=certificate_id, paper=paper, sha256=hashlib.sha256(pdf).hexdigest(), pdf=pdf, made_at=now)
        try:
            with session.begin_nested():
                session.add(rendition)
        except IntegrityError:
            kept = queries.rendition_of(certificate_id, paper)
            if kept is None:
                raise
            return kept
        return rendition


def missing_glyphs(facts: Facts) -> MissingGlyphs | None:
    """What keeps this certificate from being printed, or None. Only a rare script costs a try."""
    if are_bundled(canonical(facts)):
        return None
    try:
        _print(facts, Paper.LETTER)
    except MissingGlyphs as missing:
        return missing
    except (CannotPrint, Unavailable):  # The link to the PDF will say so; the page must not fail for it.
        return None
    return None


def _print(facts: Facts, paper: Paper) -> bytes:
    return press().print(sheet(facts, paper=paper, signature=queries.signature_of(facts.provider_version)))
