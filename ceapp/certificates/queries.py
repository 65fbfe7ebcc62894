"""What is asked about certificates and their provider."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import aliased

from ceapp.accounts.along import Along
from ceapp.accounts.licences.queries import licences_of, title_of
from ceapp.accounts.models import Licence, Person
from ceapp.certificates.facts import Facts, PrintedLicence, from_json, printed
from ceapp.certificates.models import Certificate, CertificateRevocation, ProviderFacts, Rendition
from ceapp.certificates.standing import Standing, standing_of
from ceapp.database import db, pages_of
from ceapp.database.rows import Whole, first_row, table_of

PAGE_SIZE = 20

_CERTIFICATE, _RENDITION = Whole(Certificate), Whole(Rendition)
_certificates, _revocations, _renditions, _people = (table_of(each) for each in (Certificate, CertificateRevocation, Rendition, Person))
_newer = _certificates.alias("newer")
# The statements of pages that everybody opens are built once: putting them together takes longer than running them.
_STANDING = select(*_CERTIFICATE.columns, _newer.c.issued_at.label("superseded_at"), _revocations.c.revoked_at).select_from(
    _certificates.outerjoin(_newer, _newer.c.supersedes_id == _certificates.c.id).outerjoin(
        _revocations, _revocations.c.certificate_id == _certificates.c.id
    )
)
_WITH_CODE = _STANDING.where(_certificates.c.code == bindparam("code"))
_HELD_BY = _STANDING.where(_certificates.c.id == bindparam("certificate_id"), _certificates.c.person_id == bindparam("person_id"))
_NEWEST = (
    select(*_CERTIFICATE.columns)
    .where(
        _certificates.c.person_id == bindparam("person_id"),
        _certificates.c.course_slug == bindparam("course_slug"),
        _certificates.c.cycle == bindparam("cycle"),
    )
    .order_by(_certificates.c.version.desc())
    .limit(1)
)
CERTIFICATE_ALONG = Along(
    (*_CERTIFICATE.columns, _newer.c.issued_at, _revocations.c.revoked_at),
    (
        (_certificates, (_certificates.c.id == bindparam("certificate_id")) & (_certificates.c.person_id == _people.c.id)),
        (_newer, _newer.c.supersedes_id == _certificates.c.id),
        (_revocations, _revocations.c.certificate_id == _certificates.c.id),
    ),
)
"""A certificate that the person holds, along with their sign-in."""
_RENDITION_OF = select(*_RENDITION.columns).where(
    _renditions.c.certificate_id == bindparam("certificate_id"), _renditions.c.paper == bindparam("paper")
)


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate with its facts and what it counts for."""

    certificate: Certificate
    facts: Facts
    standing: Standing
    since: datetime | None

    @property
    def shown(self) -> dict[str, str]:
        """The printed values by field."""
        return {line.key: line.value for line in printed(self.facts)}


@dataclass(frozen=True, slots=True)
class HeldPage:
    """One page of somebody's certificates, the newest first."""

    certificates: tuple[Held, ...]
    page: int
    pages: int


def current_certificate(person_id: UUID, course_slug: str, cycle: int) -> Certificate | None:
    """The newest version of this person's certificate for a course and cycle, be it a specimen or revoked."""
    row = first_row(_NEWEST, person_id=person_id, course_slug=course_slug, cycle=cycle)
    return _CERTIFICATE.of(row) if row else None


def current_certificates(person_id: UUID) -> list[Certificate]:
    """The newest version of each of a person's certificates."""
    newer = aliased(Certificate)
    current = ~select(newer.id).where(newer.supersedes_id == Certificate.id).exists()
    return list(db.session.scalars(select(Certificate).where(Certificate.person_id == person_id, current)))


def certificates_of(person_id: UUID, page: int = 1) -> HeldPage:
    """The current certificates of a person; a page beyond the last is the last."""
    newer = aliased(Certificate)
    current = ~select(newer.id).where(newer.supersedes_id == Certificate.id).exists()
    of_person = (Certificate.person_id == person_id, current)
    count = db.session.scalar(select(func.count()).select_from(Certificate).where(*of_person)) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(max(1, page), pages)
    newest_first = (Certificate.issued_at.desc(), Certificate.id.desc())
    rows = db.session.execute(_with_standing().where(*of_person).order_by(*newest_first).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return HeldPage(tuple(_held(*row) for row in rows), page, pages)


def certificate_held_by(person_id: UUID, certificate_id: UUID) -> Held | None:
    """A certificate when it is this person's."""
    row = first_row(_HELD_BY, certificate_id=certificate_id, person_id=person_id)
    return held_in([row] if row else [])


def held_in(rows: Sequence[Sequence[Any]]) -> Held | None:
    """The same from rows that were read."""
    certificate = _CERTIFICATE.perhaps(rows[0], 0) if rows else None
    return _held(certificate, *rows[0][-2:]) if certificate else None


def certificate_with_code(code: str) -> Held | None:
    """The certificate with this code, as `codes.parse` gives it."""
    row = first_row(_WITH_CODE, code=code)
    return _held(_CERTIFICATE.of(row), row.superseded_at, row.revoked_at) if row else None


def licences_to_print(licences: Iterable[Licence]) -> tuple[PrintedLicence, ...]:
    """Licences that a person wants on certificates, as they are printed."""
    return tuple(PrintedLicence(title_of(each), each.number, each.name, each.profession, each.place) for each in licences)


def all_licences_of(person_id: UUID) -> tuple[PrintedLicence, ...]:
    """Every licence of a person as it would be printed."""
    return licences_to_print(licences_of(person_id))


def certificate_with_id(certificate_id: UUID) -> Certificate | None:
    return db.session.get(Certificate, certificate_id)


def waiting_specimens() -> list[Certificate]:
    """The specimens that nothing has replaced, the oldest first."""
    return list(db.session.scalars(select(Certificate).where(*_is_waiting()).order_by(Certificate.issued_at, Certificate.id)))


def number_of_waiting_specimens() -> int:
    return db.session.scalar(select(func.count()).select_from(Certificate).where(*_is_waiting())) or 0


def newest_provider_facts() -> ProviderFacts | None:
    return db.session.scalar(select(ProviderFacts).order_by(ProviderFacts.version.desc()).limit(1))


def signature_of(provider_version: str) -> bytes | None:
    """The picture of the signature that this version of the provider's facts has."""
    if not provider_version:
        return None
    return db.session.scalar(select(ProviderFacts.signature).where(ProviderFacts.version == int(provider_version)))


def rendition_of(certificate_id: UUID, paper: str) -> Rendition | None:
    """The PDF that was kept for this paper."""
    row = first_row(_RENDITION_OF, certificate_id=certificate_id, paper=paper)
    return _RENDITION.of(row) if row else None


def _with_standing() -> Select[Certificate, datetime | None, datetime | None]:
    newer = aliased(Certificate)
    return (
        select(Certificate, newer.issued_at, CertificateRevocation.revoked_at)
        .outerjoin(newer, newer.supersedes_id == Certificate.id)
        .outerjoin(CertificateRevocation, CertificateRevocation.certificate_id == Certificate.id)
    )


def _held(certificate: Certificate, superseded_at: datetime | None, revoked_at: datetime | None) -> Held:
    standing, since = standing_of(is_specimen=certificate.is_specimen, superseded_at=superseded_at, revoked_at=revoked_at)
    return Held(certificate, from_json(certificate.facts), standing, since)


def _is_waiting() -> tuple:  # type: ignore[type-arg]
    newer = aliased(Certificate)
    return (
        Certificate.serial.is_(None),
        ~select(newer.id).where(newer.supersedes_id == Certificate.id).exists(),
        ~select(CertificateRevocation.certificate_id).where(CertificateRevocation.certificate_id == Certificate.id).exists(),
    )
