"""Exporting certificates: the PDFs that are missing are made first, beside the server's other work; then the archive streams."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from ceapp.audit.service import record
from ceapp.certificates.pdf import CannotPrint, MissingGlyphs
from ceapp.certificates.rendering import Paper, file_name
from ceapp.certificates.renditions import pdf_of
from ceapp.database import db, one_at_a_time, transaction
from ceapp.errors import Refused, Unavailable
from ceapp.reporting import queries
from ceapp.reporting.models import Export
from ceapp.reporting.queries import Row
from ceapp.reporting.selection import Selection, selection_from
from ceapp.web.archives import Entry
from ceapp.web.spreadsheets import csv_rows

MANIFEST = ("Serial", "Name", "Licences", "Contact hours", "Approvals", "Completed", "File", "SHA-256")
NOTHING = "No valid certificate is in this selection. Nothing was exported; widen it and look again."
_LEASE = timedelta(seconds=60)
_SAME_ASKING = timedelta(minutes=1)
_BATCH = 10
_AT_ONCE = 25
"""PDFs that an export holds in memory together."""


def ask(person_id: UUID, selection: Selection, paper: Paper, *, now: datetime) -> UUID:
    """Begin an export of the valid certificates of a selection; returns its id. Raises Refused when there are none.

    Everything about oneself is more than certificates, and may have none. Asking again, as a double click does, gives the export that
    was just asked for.
    """
    with transaction() as session:
        one_at_a_time(f"export.{person_id}")
        total = queries.count(selection).valid
        if not total and selection.holder_id is None:
            raise Refused(NOTHING)
        missing = queries.without_pdf(selection, paper)
        before = queries.newest_export_of(person_id, asked_since=now - _SAME_ASKING)
        if before is not None and _serves(before, selection, paper, total, missing):
            return before.id
        export = Export(
            asked_by=person_id,
            asked_at=now,
            selection=selection.to_json(),
            paper=paper,
            total=total,
            ready=total - missing,
            unprintable=[],
            finished_at=None if missing else now,
        )
        session.add(export)
        session.flush()
        record("export.asked", actor=person_id, now=now, export=export.id, **_subjects(selection))
        return export.id


def _serves(export: Export, selection: Selection, paper: Paper, total: int, missing: int) -> bool:
    """Whether this export gives what is asked for now."""
    is_same = (export.selection, export.paper, export.total) == (selection.to_json(), paper, total)
    return is_same and (export.finished_at is None or not missing)


def note_download(person_id: UUID | None, what: str, selection: Selection, *, now: datetime) -> None:
    """Write down that somebody took a file with the records of others."""
    record(f"export.{what}", actor=person_id, now=now, **_subjects(selection))


def prepare_some(now: datetime) -> bool:
    """Make some of the missing PDFs of the oldest export that nobody works on; whether there is more to do at once."""
    export = _take(now)
    if export is None:
        return False
    selection, unprintable, interrupted = selection_from(export.selection), list(export.unprintable), False
    for certificate in queries.next_without_pdf(selection, export.paper, _BATCH, besides=unprintable):
        try:
            pdf_of(certificate, Paper(export.paper), now=now)
        except (MissingGlyphs, CannotPrint):
            unprintable.append(certificate.serial or "")
        except Unavailable:
            interrupted = True
            break
    _note_progress(export.id, selection, unprintable, now)
    return not interrupted


def make_missing(selection: Selection, paper: Paper, *, now: datetime) -> Iterator[int]:
    """Make every missing PDF of a selection here and now; gives, after each, how many were made. For the terminal."""
    made, last = 0, None
    while batch := queries.next_without_pdf(selection, paper, _BATCH, after=last):
        last = batch[-1].id
        for certificate in batch:
            try:
                pdf_of(certificate, paper, now=now)
            except (MissingGlyphs, CannotPrint):
                continue
            made += 1
            yield made


def archive(selection: Selection, paper: Paper, *, now: datetime) -> Iterator[Entry]:
    """The files of an export: every kept PDF of a valid certificate, what could not be printed, and last the manifest with the hashes."""
    manifest: list[tuple[str, ...]] = [MANIFEST]
    left_out: list[str] = []
    for rows in queries.pieces_of(selection, valid_only=True, piece=_AT_ONCE):
        pdfs = queries.pdfs_of([row.certificate_id for row in rows], paper)
        db.session.rollback()
        for row in rows:
            kept = pdfs.get(row.certificate_id)
            if kept is None:
                left_out.append(row.facts.serial)
                continue
            name = file_name(row.facts, row.course_slug)
            manifest.append(_manifest_line(row, name, kept[0]))
            yield name, kept[1], row.issued_at
    if left_out:
        yield "not-included.txt", _not_included(left_out), now
    yield "manifest.csv", "".join(csv_rows(manifest, byte_order_mark=True)).encode(), now


def _take(now: datetime) -> Export | None:
    """The oldest unfinished export, held for a minute, so that two processes do not make the same PDFs."""
    if db.session.scalar(select(Export.id).where(Export.finished_at.is_(None)).limit(1)) is None:
        db.session.rollback()
        return None
    with transaction() as session:
        export = session.scalar(
            select(Export)
            .where(Export.finished_at.is_(None), Export.taken_until.is_(None) | (Export.taken_until < now))
            .order_by(Export.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if export is not None:
            export.taken_until = now + _LEASE
        return export


def _note_progress(export_id: UUID, selection: Selection, unprintable: list[str], now: datetime) -> None:
    with transaction() as session:
        export = session.get_one(Export, export_id, with_for_update=True)
        left = queries.without_pdf(selection, export.paper, besides=unprintable)
        export.ready, export.unprintable, export.taken_until = max(0, export.total - left - len(unprintable)), unprintable, None
        if not left:
            export.finished_at = now


def _subjects(selection: Selection) -> dict[str, object]:
    about = {"course": selection.course_slug, "organisation": selection.organisation_id, "person": selection.holder_id}
    return {name: value for name, value in about.items() if value}


def _manifest_line(row: Row, name: str, sha256: str) -> tuple[str, ...]:
    facts = row.facts
    licences, approvals = (
        "; ".join(texts) for texts in ((each.words for each in facts.licences), (each.details for each in facts.approvals))
    )
    return facts.serial, facts.learner, licences, facts.contact_hours, approvals, facts.completed_on, name, sha256


def _not_included(serials: list[str]) -> bytes:
    lines = ["These certificates are valid but have no PDF: no installed font has every character of the name.", *serials]
    return ("\n".join(lines) + "\n").encode()
