"""What is asked about attachments. Only `content_of` reads a file."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from ceapp.catalogue.attachments.kinds import ENDINGS, Kind
from ceapp.catalogue.attachments.models import Attachment, AttachmentContent
from ceapp.catalogue.models import Course
from ceapp.database import db, pages_of
from ceapp.web.spreadsheets import file_name

PAGE_SIZE = 25
_OFFERED = 200
"""Curricula vitae that a form lists."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An attachment with the title of its course; empty where it is the provider's."""

    attachment: Attachment
    course: str

    @property
    def kind(self) -> str:
        return Kind(self.attachment.kind).label

    @property
    def size(self) -> str:
        """`12 kB`: at least one."""
        return f"{max(1, round(self.attachment.size / 1000)):,} kB"

    @property
    def file_name(self) -> str:
        """What it is called when it is downloaded: from its title, so that a name that somebody chose elsewhere tells nothing."""
        row = self.attachment
        return file_name(row.kind, row.title, row.dated.isoformat(), ending=ENDINGS[row.media_type])


@dataclass(frozen=True, slots=True)
class AttachmentsPage:
    """One page of attachments as their newest versions are, by course, those of the provider first."""

    attachments: tuple[Listed, ...]
    page: int
    pages: int


def attachments_page(page: int, course_slug: str = "") -> AttachmentsPage:
    """Those of a course, or of everything; a page beyond the last is the last."""
    chosen = [Attachment.course_slug == course_slug] if course_slug else []
    count = db.session.scalar(select(func.count()).select_from(Attachment).where(Attachment.version == 1, *chosen)) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(max(1, page), pages)
    rows = db.session.execute(
        select(Attachment, Course.title)
        .outerjoin(Course, Course.slug == Attachment.course_slug)
        .where(_is_newest(), *chosen)
        .order_by(Course.slug.is_not(None), Course.title, Attachment.dated.desc(), Attachment.first_id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return AttachmentsPage(tuple(Listed(row, title or "") for row, title in rows), page, pages)


def attachments_for(course_slug: str) -> list[Listed]:
    """The newest versions of everything that belongs to a course, those of the provider included."""
    rows = db.session.execute(
        select(Attachment, Course.title)
        .outerjoin(Course, Course.slug == Attachment.course_slug)
        .where(_is_newest(), or_(Attachment.course_slug.is_(None), Attachment.course_slug == course_slug))
        .order_by(Course.slug.is_not(None), Attachment.kind, Attachment.dated.desc(), Attachment.first_id)
    )
    return [Listed(row, title or "") for row, title in rows]


def attachment_versions(first_id: UUID) -> list[Listed]:
    """All versions of an attachment, the newest first; none when there is no such attachment."""
    rows = db.session.execute(
        select(Attachment, Course.title)
        .outerjoin(Course, Course.slug == Attachment.course_slug)
        .where(Attachment.first_id == first_id)
        .order_by(Attachment.version.desc())
    )
    return [Listed(row, title or "") for row, title in rows]


def attachment_with_id(attachment_id: UUID) -> Listed | None:
    """One version."""
    row = db.session.execute(
        select(Attachment, Course.title).outerjoin(Course, Course.slug == Attachment.course_slug).where(Attachment.id == attachment_id)
    ).one_or_none()
    return Listed(row[0], row[1] or "") if row else None


def content_of(attachment_id: UUID) -> bytes | None:
    return db.session.scalar(select(AttachmentContent.data).where(AttachmentContent.attachment_id == attachment_id))


def cvs_for(course_slug: str) -> list[Attachment]:
    """The newest versions of the curricula vitae that an adoption of this course may name."""
    return list(
        db.session.scalars(
            select(Attachment)
            .where(
                _is_newest(),
                Attachment.kind == Kind.CV.value,
                or_(Attachment.course_slug.is_(None), Attachment.course_slug == course_slug),
            )
            .order_by(Attachment.title, Attachment.first_id)
            .limit(_OFFERED)
        )
    )


def newest_version(first_id: UUID) -> Attachment | None:
    return db.session.scalars(
        select(Attachment).where(Attachment.first_id == first_id).order_by(Attachment.version.desc()).limit(1)
    ).first()


def attachment_made_with(form_key: str) -> Attachment | None:
    return db.session.scalars(select(Attachment).where(Attachment.form_key == form_key)).first()


def _is_newest() -> ColumnElement[bool]:
    later = aliased(Attachment)
    return ~select(later.id).where(later.first_id == Attachment.first_id, later.version > Attachment.version).exists()
