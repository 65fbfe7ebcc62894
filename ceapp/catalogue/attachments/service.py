"""Adding files, and putting newer ones in their place. Nothing is rewritten."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.catalogue.attachments.kinds import MOST_BYTES, Kind, media_type_of
from ceapp.catalogue.attachments.models import Attachment, AttachmentContent
from ceapp.catalogue.attachments.queries import attachment_made_with, newest_version
from ceapp.catalogue.queries import course_by_slug
from ceapp.database import new_id, transaction
from ceapp.errors import Missing, Refused

CHANGED_MEANWHILE = "Somebody else put a newer file here a moment ago. Nothing of yours was saved: look at theirs, then send yours again."
SENT_BEFORE = "This form was sent before with something else in it, and that stands. Nothing was saved now."
NOT_TAKEN = (
    "This is no PDF, PNG or JPEG picture, Word document (.docx without macros) or plain text (UTF-8). Nothing was saved: save it as one of"
    " these, and choose the new file."
)
TOO_LARGE = (
    "The file is larger than 1.8 MB. Nothing was saved: make it smaller, such as by saving it as PDF again, and choose the new file."
)
NOTHING_IN_IT = "The file is empty. Nothing was saved: choose another one."


@dataclass(frozen=True, slots=True)
class AttachmentInput:
    """What an administrator chose and typed. Without a course it is the provider's."""

    kind: Kind
    title: str
    dated: date
    data: bytes
    course_slug: str | None = None


def problem_with(data: bytes) -> str:
    """Why a file is not taken; empty when it is."""
    if not data:
        return NOTHING_IN_IT
    if len(data) > MOST_BYTES:
        return TOO_LARGE
    return "" if media_type_of(data) else NOT_TAKEN


def add(given: AttachmentInput, *, by: UUID, form_key: str, now: datetime) -> Attachment:
    """Keep a file; the same form again gives the first. Raises Missing or Refused."""
    columns = _columns(given)
    try:
        with transaction():
            refuse_unless_administers(by)
            earlier = attachment_made_with(form_key)
            if earlier is not None:
                return _same(earlier, columns)
            if given.course_slug is not None and course_by_slug(given.course_slug) is None:
                raise Missing
            attachment_id = new_id()
            return _write(attachment_id, attachment_id, 1, columns, given.data, by, form_key, now)
    except IntegrityError:  # The other click of a double click was first.
        earlier = attachment_made_with(form_key)
        if earlier is None:
            raise
        return _same(earlier, columns)


def replace(first_id: UUID, given: AttachmentInput, *, after_version: int, by: UUID, form_key: str, now: datetime) -> Attachment:
    """Put a newer file in the place of the one that the person saw. It stays with the course that it is of. Raises Missing or Refused."""
    columns = _columns(given)
    try:
        with transaction():
            refuse_unless_administers(by)
            newest, earlier = newest_version(first_id), attachment_made_with(form_key)
            if newest is None:
                raise Missing
            columns["course_slug"] = newest.course_slug
            if earlier is not None:
                return _same(earlier, columns)
            if newest.version != after_version:
                raise Refused(CHANGED_MEANWHILE)
            return _write(new_id(), first_id, after_version + 1, columns, given.data, by, form_key, now)
    except IntegrityError as problem:
        earlier = attachment_made_with(form_key)
        if earlier is None:
            raise Refused(CHANGED_MEANWHILE) from problem
        return _same(earlier, columns)  # The other click of a double click was first.


def _write(
    row_id: UUID, first_id: UUID, version: int, columns: dict[str, object], data: bytes, by: UUID, form_key: str, now: datetime
) -> Attachment:
    with transaction() as session:
        place = {"id": row_id, "first_id": first_id, "version": version, "form_key": form_key}
        attachment = Attachment(**place, **columns, added_at=now, added_by=by)
        session.add(attachment)
        session.flush()
        session.add(AttachmentContent(attachment_id=row_id, data=data))
        session.flush()
        record("attachment.added", actor=by, now=now, attachment=row_id)
        return attachment


def _columns(given: AttachmentInput) -> dict[str, object]:
    problem = problem_with(given.data)
    if problem:
        raise Refused(problem)
    return {
        "course_slug": given.course_slug,
        "kind": given.kind.value,
        "title": given.title,
        "dated": given.dated,
        "media_type": media_type_of(given.data),
        "size": len(given.data),
        "sha256": hashlib.sha256(given.data).hexdigest(),
    }


def _same(earlier: Attachment, columns: dict[str, object]) -> Attachment:
    if any(getattr(earlier, name) != value for name, value in columns.items()):
        raise Refused(SENT_BEFORE)
    return earlier
