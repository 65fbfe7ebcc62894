"""Making dossiers: the one PDF, and the folder with everything that it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ceapp.audit.service import record
from ceapp.catalogue.attachments.queries import attachments_for, content_of
from ceapp.catalogue.queries import PublishedCourse, current_course
from ceapp.certificates.pdf import MissingGlyphs, press
from ceapp.certificates.rendering import PAPERS, Paper
from ceapp.database import db
from ceapp.reporting.dossier.drawn import drawn, named_characters
from ceapp.reporting.dossier.material import Material, missing
from ceapp.reporting.dossier.queries import material_of, sources_of
from ceapp.reporting.dossier.specimens import specimen_pdf
from ceapp.reporting.packs import README, as_file, with_manifest
from ceapp.web.archives import Entry

FORMAT = "ceapp dossier 1"
_RETRIES = 3
"""One sign without a glyph, such as in an invented post, must not keep a course from being printed: its name is printed instead."""
README_TEXT = (Path(__file__).parent / "dossier-readme.txt").read_text("utf-8")


def pdf_of(found: Material, paper: Paper) -> bytes:
    """The one PDF. Raises MissingGlyphs, CannotPrint or Unavailable."""
    course = current_course(found.course_slug)
    values = drawn(found, course.rendering.plain, paper=PAPERS[paper])
    db.session.commit()  # No read transaction stays open while it is printed.
    for _ in range(_RETRIES):
        try:
            return press().print_dossier(values)
        except MissingGlyphs as problem:
            values = named_characters(values, problem.characters)
    return press().print_dossier(values)


def folder_of(found: Material, paper: Paper, *, now: datetime) -> Iterator[Entry]:
    """The PDF and all that it refers to, with a manifest of hashes. Raises as `pdf_of`, before the first file."""
    course = current_course(found.course_slug)
    about = {"made_by": found.address, "course": found.course_slug, "course_revision": found.revision, "missing": missing(found)}
    return with_manifest(list(_files(found, course, paper, now)), about=about, made_at=now, form=FORMAT)


def note_dossier(by: UUID | None, course_revision: str, *, now: datetime) -> None:
    """Write down that somebody took a dossier, which has the key of the course."""
    record("export.dossier", actor=by, now=now, course_revision=course_revision)


def _files(found: Material, course: PublishedCourse, paper: Paper, now: datetime) -> Iterator[Entry]:
    yield README, README_TEXT.encode(), now
    yield "missing.txt", ("\n".join(missing(found)) + "\n").encode(), now
    yield "dossier.pdf", pdf_of(found, paper), now
    yield "specimen-certificate.pdf", specimen_pdf(course, paper, now), now
    yield as_file("dossier.json", drawn(found, course.rendering.plain, paper=PAPERS[paper])["sections"], now)
    yield from sources_of(course)
    for attached, listed in zip(found.attached, attachments_for(found.course_slug), strict=True):
        content = content_of(listed.attachment.id)
        if content is not None:
            yield attached.name, content, listed.attachment.added_at


def material_and_note(course_slug: str, *, address: str, by: UUID | None, now: datetime) -> Material:
    """The material of a dossier that is about to be made, written down as taken. Raises Missing."""
    found = material_of(course_slug, address=address, now=now)
    note_dossier(by, found.revision, now=now)
    return found
