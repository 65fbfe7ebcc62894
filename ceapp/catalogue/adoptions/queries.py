"""What is asked about adoptions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from ceapp.catalogue.adoptions.models import Adoption, AdoptionPerson
from ceapp.catalogue.adoptions.rules import REVIEWED, WROTE, WROTE_ASSESSMENT, Adopted, Adopter
from ceapp.catalogue.attachments.models import Attachment
from ceapp.catalogue.models import Course, CourseRevision
from ceapp.database import db, pages_of

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class FilesPage:
    """One page of courses, each with the newest adoption of its current revision."""

    courses: tuple[tuple[Course, Adoption | None], ...]
    page: int
    pages: int


def adoption_of(course_revision_id: str) -> Adopted | None:
    """The newest adoption of a course revision, by one statement."""
    found = _adopted(db.session.execute(_rows().where(Adoption.course_revision_id == course_revision_id, _is_newest())))
    return found[0] if found else None


def adoptions_of(course_revision_id: str) -> list[Adopted]:
    """All adoptions of a course revision, the newest first."""
    return _adopted(db.session.execute(_rows().where(Adoption.course_revision_id == course_revision_id)))


def newest_adoption_of_course(course_slug: str) -> Adopted | None:
    """The newest adoption of whatever revision of a course."""
    newest = (
        select(Adoption.id)
        .join(CourseRevision, CourseRevision.id == Adoption.course_revision_id)
        .where(CourseRevision.course_slug == course_slug)
        .order_by(Adoption.adopted_at.desc(), Adoption.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = _adopted(db.session.execute(_rows().where(Adoption.id == newest)))
    return found[0] if found else None


def files_page(page: int) -> FilesPage:
    """A page beyond the last is the last."""
    pages = pages_of(db.session.scalar(select(func.count()).select_from(Course)) or 0, PAGE_SIZE)
    page = min(max(1, page), pages)
    rows = db.session.execute(
        select(Course, Adoption)
        .outerjoin(Adoption, (Adoption.course_revision_id == Course.revision_id) & _is_newest())
        .order_by(Course.title, Course.slug)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return FilesPage(tuple((course, adoption) for course, adoption in rows), page, pages)


def newest_version(course_revision_id: str) -> int:
    """The number of the newest adoption of a revision; 0 when there is none."""
    return db.session.scalar(select(func.max(Adoption.version)).where(Adoption.course_revision_id == course_revision_id)) or 0


def adoption_made_with(form_key: str) -> tuple[Adoption, Adopted] | None:
    """The row that a form made, and what it says."""
    row = db.session.scalars(select(Adoption).where(Adoption.form_key == form_key)).first()
    if row is None:
        return None
    return row, _adopted(db.session.execute(_rows().where(Adoption.id == row.id)))[0]


def _is_newest() -> ColumnElement[bool]:
    later = aliased(Adoption)
    return ~select(later.id).where(later.course_revision_id == Adoption.course_revision_id, later.version > Adoption.version).exists()


def _rows() -> Select[Adoption, AdoptionPerson, UUID]:
    return (
        select(Adoption, AdoptionPerson, Attachment.first_id)
        .join(AdoptionPerson, AdoptionPerson.adoption_id == Adoption.id)
        .outerjoin(Attachment, Attachment.id == AdoptionPerson.cv_id)
        .order_by(Adoption.adopted_at.desc(), Adoption.version.desc(), AdoptionPerson.position)
    )


def _adopted(rows: Iterable[Any]) -> list[Adopted]:
    made = []
    for adoption, people in groupby(rows, key=lambda row: row[0]):
        listed = tuple(_adopter(person, cv_first_id) for _, person, cv_first_id in people)
        made.append(Adopted(adoption.id, adoption.version, adoption.adopted_at, listed))
    return made


def _adopter(row: AdoptionPerson, cv_first_id: Any) -> Adopter:
    held = {WROTE: row.wrote_course, WROTE_ASSESSMENT: row.wrote_assessment, REVIEWED: row.reviewed}
    parts = tuple(part for part, has in held.items() if has)
    return Adopter(row.name, row.degree, row.licence, row.disclosure, row.dated, parts, row.cv_id, cv_first_id)
