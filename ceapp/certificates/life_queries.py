"""What is asked about the life of certificates: their versions, deeds and requests, for holders and administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from ceapp.accounts.models import Person
from ceapp.accounts.queries import goes_by
from ceapp.certificates import codes
from ceapp.certificates.facts import Facts, from_json
from ceapp.certificates.models import Certificate, CertificateDeed, CertificateRevocation, CorrectionRequest
from ceapp.certificates.standing import Standing, standing_of
from ceapp.database import db, pages_of
from ceapp.keys import current_keys

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done with a certificate, by whom and why; the reason is empty once it was deleted."""

    certificate_id: UUID
    deed: str
    done_at: datetime
    done_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate as administrators see it."""

    certificate: Certificate
    person: Person
    facts: Facts
    standing: Standing
    since: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedPage:
    """One page of certificates that were found."""

    certificates: tuple[Issued, ...]
    count: int
    page: int
    pages: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Life:
    """One certificate with all versions of its person, course and cycle, the newest first, and what was done with them."""

    issued: Issued
    versions: tuple[Issued, ...]
    deeds: tuple[Deed, ...]
    request: CorrectionRequest | None

    @property
    def newest(self) -> Issued:
        return self.versions[0]

    @property
    def is_newest(self) -> bool:
        return self.issued.certificate.id == self.newest.certificate.id


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who finds something wrong with their certificate."""

    request: CorrectionRequest
    issued: Issued
    words: str


@dataclass(frozen=True, slots=True)
class AskedPage:
    """One page of open requests, the longest waiting first."""

    requests: tuple[Asked, ...]
    page: int
    pages: int


def deed_made_with(form_key: str) -> CertificateDeed | None:
    return db.session.scalars(select(CertificateDeed).where(CertificateDeed.form_key == form_key)).first()


def successor_of(certificate_id: UUID) -> UUID | None:
    """The certificate that replaced this one."""
    return db.session.scalars(select(Certificate.id).where(Certificate.supersedes_id == certificate_id)).first()


def lowest_cycle(person_id: UUID, course_slug: str) -> int:
    """The lowest cycle of this person's certificates for a course; 1 where there is none."""
    wanted = (Certificate.person_id == person_id, Certificate.course_slug == course_slug)
    lowest = db.session.scalar(select(func.min(Certificate.cycle)).where(*wanted))
    return 1 if lowest is None else lowest


def open_request_about(certificate_id: UUID) -> CorrectionRequest | None:
    wanted = (CorrectionRequest.certificate_id == certificate_id, CorrectionRequest.answered_at.is_(None))
    return db.session.scalars(select(CorrectionRequest).where(*wanted)).first()


def words_of(request: CorrectionRequest) -> str:
    return current_keys().unseal(request.key_id, request.ciphertext) if request.ciphertext else ""


def deeds_about(certificate_id: UUID) -> tuple[Deed, ...]:
    """What was done with a certificate, its replacement included, the oldest first."""
    return _deeds(or_(Certificate.id == certificate_id, Certificate.supersedes_id == certificate_id))


def issued_found(sought: str, page: int) -> IssuedPage:
    """Certificates by serial, code, or a part of the name or address of their holder; without a text all, the newest first."""
    matching = _matching(sought)
    count = db.session.scalar(_joined(select(func.count())).where(*matching)) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(max(1, page), pages)
    ordered = _issued().where(*matching).order_by(Certificate.issued_at.desc(), Certificate.id.desc())
    rows = db.session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return IssuedPage(tuple(_read(*row) for row in rows), count, page, pages, open_requests_count())


def life_of(certificate_id: UUID) -> Life | None:
    """A certificate with its versions and deeds; None when there is none of this id."""
    this = aliased(Certificate)
    same = (
        Certificate.person_id == this.person_id,
        Certificate.course_slug == this.course_slug,
        Certificate.cycle == this.cycle,
    )
    found = _issued().join(this, (this.id == certificate_id) & same[0] & same[1] & same[2]).order_by(Certificate.version.desc())
    versions = tuple(_read(*row) for row in db.session.execute(found))
    issued = next((each for each in versions if each.certificate.id == certificate_id), None)
    if issued is None:
        return None
    deeds = _deeds(Certificate.id.in_([each.certificate.id for each in versions]))
    return Life(issued, versions, deeds, open_request_about(certificate_id))


def open_requests_count() -> int:
    return db.session.scalar(select(func.count()).select_from(CorrectionRequest).where(CorrectionRequest.answered_at.is_(None))) or 0


def open_corrections(page: int) -> AskedPage:
    """Who finds something wrong; a page beyond the last is the last."""
    pages = pages_of(open_requests_count(), PAGE_SIZE)
    page = min(max(1, page), pages)
    rows = db.session.execute(
        _issued()
        .add_columns(CorrectionRequest)
        .join(CorrectionRequest, CorrectionRequest.certificate_id == Certificate.id)
        .where(CorrectionRequest.answered_at.is_(None))
        .order_by(CorrectionRequest.asked_at, CorrectionRequest.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return AskedPage(tuple(Asked(row[4], _read(*row[:4]), words_of(row[4])) for row in rows), page, pages)


def _issued() -> Select[Any]:
    newer = aliased(Certificate)
    selected: Select[Any] = _joined(
        select(
            Certificate,
            Person,
            select(newer.issued_at).where(newer.supersedes_id == Certificate.id).scalar_subquery(),
            CertificateRevocation.revoked_at,
        )
    )
    return selected


def _joined(statement: Any) -> Any:
    return (
        statement.select_from(Certificate)
        .join(Person, Person.id == Certificate.person_id)
        .outerjoin(CertificateRevocation, CertificateRevocation.certificate_id == Certificate.id)
    )


def _read(certificate: Certificate, person: Person, superseded_at: datetime | None, revoked_at: datetime | None) -> Issued:
    standing, since = standing_of(is_specimen=certificate.is_specimen, superseded_at=superseded_at, revoked_at=revoked_at)
    return Issued(certificate, person, from_json(certificate.facts), standing, since)


def _matching(sought: str) -> tuple[ColumnElement[bool], ...]:
    if not sought:
        return ()
    code = codes.parse(sought)
    exact = [Certificate.code == code] if code else [Certificate.serial == sought]
    return (or_(*exact, goes_by(Person, sought)),)


def _deeds(condition: ColumnElement[bool]) -> tuple[Deed, ...]:
    rows = db.session.execute(
        select(CertificateDeed, Person.name, Person.email)
        .join(Certificate, Certificate.id == CertificateDeed.certificate_id)
        .join(Person, Person.id == CertificateDeed.done_by)
        .where(condition)
        .order_by(CertificateDeed.done_at, CertificateDeed.id)
    )
    return tuple(Deed(row.certificate_id, row.deed, row.done_at, name or email, _reason(row)) for row, name, email in rows)


def _reason(row: CertificateDeed) -> str:
    return current_keys().unseal(row.key_id, row.ciphertext) if row.ciphertext else ""
