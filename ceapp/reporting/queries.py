"""Certificates by selection: counted, listed, and read in pieces for exports. Only current ones with a serial; specimens are none."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased

from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.certificates.facts import Facts, from_json
from ceapp.certificates.models import Certificate, CertificateRevocation, Rendition
from ceapp.database import db, pages_of, scoped_to
from ceapp.learning.models import Completion, Enrolment
from ceapp.reporting.models import Export
from ceapp.reporting.selection import Selection

PAGE = 25
PIECE = 500
"""Rows that an export holds at once."""

_completed_on = func.coalesce(Completion.completed_on, func.date(Certificate.issued_at))
"""The day that a selection goes by; a certificate made by hand has the day of its issue."""


@dataclass(frozen=True)
class Row:
    """A certificate in a roster."""

    certificate_id: UUID
    course_slug: str
    facts_text: str
    issued_at: datetime
    email: str
    revoked_at: datetime | None

    @cached_property
    def facts(self) -> Facts:
        return from_json(self.facts_text)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many certificates a selection has, and how many of them are revoked."""

    certificates: int
    revoked: int

    @property
    def valid(self) -> int:
        return self.certificates - self.revoked

    @property
    def pages(self) -> int:
        return pages_of(self.certificates, PAGE)


def count(selection: Selection) -> Counts:
    """Counted from narrow indexes where nothing is selected: the rows of certificates are wide."""
    newer = aliased(Certificate)
    issued = _issued(selection, func.count(Certificate.serial))
    superseded = _issued(selection, func.count()).where(
        Certificate.id.in_(select(newer.supersedes_id).where(newer.supersedes_id.is_not(None)))
    )
    revoked = _selected(selection, func.count()).where(Certificate.id.in_(select(CertificateRevocation.certificate_id)))
    numbers = (issued.scalar_subquery() - superseded.scalar_subquery(), revoked.scalar_subquery())
    with _scope(selection):
        return Counts(*db.session.execute(select(*numbers)).one())


def page_of(selection: Selection, page: int) -> list[Row]:
    """One page of a selection, the newest first."""
    statement = _rows(selection).order_by(Certificate.id.desc()).limit(PAGE).offset((page - 1) * PAGE)
    with _scope(selection):
        return [Row(*row) for row in db.session.execute(statement)]


def pieces_of(selection: Selection, *, valid_only: bool = False, piece: int = PIECE) -> Iterator[list[Row]]:
    """Every certificate of a selection by the time of its issue, some at a time; between two pieces no transaction is open."""
    last: UUID | None = None
    while True:
        statement = _rows(selection).order_by(Certificate.id).limit(piece)
        if valid_only:
            statement = statement.where(CertificateRevocation.certificate_id.is_(None))
        if last is not None:
            statement = statement.where(Certificate.id > last)
        with _scope(selection):
            rows = [Row(*row) for row in db.session.execute(statement)]
        db.session.rollback()
        yield rows
        if len(rows) < piece:
            return
        last = rows[-1].certificate_id


def rows_of(selection: Selection) -> Iterator[Row]:
    """Every certificate of a selection, one by one."""
    return chain.from_iterable(pieces_of(selection))


def without_pdf(selection: Selection, paper: str, *, besides: Collection[str] = ()) -> int:
    """How many valid certificates of a selection have no PDF of this paper yet, those with these serials left out."""
    lacking = _selected(selection, func.count()).where(*_lacks_pdf(paper), Certificate.serial.not_in(besides))
    with _scope(selection):
        return db.session.scalar(lacking) or 0


def next_without_pdf(
    selection: Selection, paper: str, limit: int, *, after: UUID | None = None, besides: Collection[str] = ()
) -> list[Certificate]:
    """The next certificates whose PDF has to be made, those with these serials left out."""
    wanted = _selected(selection, Certificate).where(*_lacks_pdf(paper), Certificate.serial.not_in(besides))
    statement = wanted.order_by(Certificate.id).limit(limit)
    if after is not None:
        statement = statement.where(Certificate.id > after)
    with _scope(selection):
        return list(db.session.scalars(statement))


def pdfs_of(certificate_ids: list[UUID], paper: str) -> dict[UUID, tuple[str, bytes]]:
    """Certificate → SHA-256 and bytes of the PDF that is kept."""
    rows = db.session.execute(
        select(Rendition.certificate_id, Rendition.sha256, Rendition.pdf).where(
            Rendition.certificate_id.in_(certificate_ids), Rendition.paper == paper
        )
    )
    return {certificate_id: (sha256, pdf) for certificate_id, sha256, pdf in rows}


def export_asked_by(person_id: UUID, export_id: UUID, *, own: bool = False) -> Export | None:
    """An export of certificates, or with `own` one of everything about oneself."""
    return db.session.scalar(select(Export).where(Export.id == export_id, Export.asked_by == person_id, _is_own(own)))


def exports_of(person_id: UUID, limit: int = 5, *, own: bool = False) -> list[Export]:
    """A person's newest exports of one kind."""
    mine = select(Export).where(Export.asked_by == person_id, _is_own(own))
    return list(db.session.scalars(mine.order_by(Export.id.desc()).limit(limit)))


def _is_own(own: bool) -> ColumnElement[bool]:  # noqa: FBT001
    holder: ColumnElement[str] = Export.selection["holder_id"].as_string()
    return holder.is_not(None) if own else holder.is_(None)


def newest_export_of(person_id: UUID, *, asked_since: datetime) -> Export | None:
    """What a person asked for last, when that was not long ago."""
    mine = select(Export).where(Export.asked_by == person_id, Export.asked_at > asked_since)
    return db.session.scalars(mine.order_by(Export.id.desc()).limit(1)).one_or_none()


def organisations() -> list[tuple[UUID, str, str]]:
    """Id, slug and name of every organisation."""
    statement = select(Organisation.id, Organisation.slug, Organisation.name).order_by(Organisation.name)
    return [(each, slug, name) for each, slug, name in db.session.execute(statement)]


def _rows(selection: Selection) -> Select[Any]:
    selected = _selected(
        selection,
        Certificate.id,
        Certificate.course_slug,
        Certificate.facts,
        Certificate.issued_at,
        Person.email,
        CertificateRevocation.revoked_at,
    )
    return selected.join(Person, Person.id == Certificate.person_id)


def _selected(selection: Selection, *columns: Any) -> Select[Any]:
    """The current certificates of a selection, each with its revocation if there is one."""
    newer, revocation = aliased(Certificate), CertificateRevocation
    issued = _issued(selection, *columns).outerjoin(revocation, revocation.certificate_id == Certificate.id)
    return issued.where(~exists().where(newer.supersedes_id == Certificate.id))


def _issued(selection: Selection, *columns: Any) -> Select[Any]:
    """The certificates of a selection, superseded ones too; specimens are none."""
    issued = select(*columns).select_from(Certificate).where(Certificate.serial.is_not(None), *_conditions(selection))
    return _with_days(issued) if selection.first_day or selection.last_day else issued


def _with_days(selected: Select[Any]) -> Select[Any]:
    """The day of completion stands beside each certificate that came of an enrolment."""
    is_same = (Enrolment.person_id == Certificate.person_id) & (Enrolment.course_slug == Certificate.course_slug)
    return selected.outerjoin(Enrolment, is_same & (Enrolment.cycle == Certificate.cycle)).outerjoin(
        Completion, Completion.enrolment_id == Enrolment.id
    )


def _conditions(selection: Selection) -> Iterator[ColumnElement[bool]]:
    if selection.course_slug:
        yield Certificate.course_slug == selection.course_slug
    if selection.holder_id:
        yield Certificate.person_id == selection.holder_id
    if selection.first_day:
        yield _completed_on >= selection.first_day
    if selection.last_day:
        yield _completed_on <= selection.last_day
    if selection.organisation_id:
        yield exists().where(Membership.person_id == Certificate.person_id, Membership.organisation_id == selection.organisation_id)


def _lacks_pdf(paper: str) -> tuple[ColumnElement[bool], ...]:
    kept = exists().where(Rendition.certificate_id == Certificate.id, Rendition.paper == paper)
    return CertificateRevocation.certificate_id.is_(None), ~kept


def _scope(selection: Selection) -> AbstractContextManager[None]:
    return scoped_to(selection.organisation_id) if selection.organisation_id else nullcontext()
