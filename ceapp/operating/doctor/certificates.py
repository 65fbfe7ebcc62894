"""Certificates: what they say is what was frozen, their codes and serials are real, versions follow each other, PDFs are whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from ceapp.catalogue.models import CourseRevision
from ceapp.certificates import codes
from ceapp.certificates.approvals.queries import approvals_in
from ceapp.certificates.approvals.rules import ending
from ceapp.certificates.facts import Facts, canonical, from_json, sha256
from ceapp.certificates.models import Certificate, ProviderFacts, Rendition, SerialCounter
from ceapp.learning.models import Completion, Enrolment
from ceapp.operating.doctor.examination import Examination, Statement
from ceapp.operating.doctor.findings import Finding, found

FEW = 20
"""PDFs are big: few at a time."""

NEWEST = 50
"""How many of the newest the fast form looks at."""

_before = aliased(Certificate)


def facts(examination: Examination) -> Iterator[Finding]:
    """The frozen text has the hash that was written beside it, and says what the row, the completion and the provider say."""
    counters = {row.year: row.last for row in examination.session.scalars(select(SerialCounter))}
    providers = {str(row.version): _signature(row) for row in examination.session.scalars(select(ProviderFacts))}
    courses = {row.id: row.course_slug for row in examination.session.execute(select(CourseRevision.id, CourseRevision.course_slug))}
    for row in examination.rows(_certificates(newest=NEWEST if examination.is_fast else None), "certificates"):
        name = f"certificate {row.id}"
        said = _read(row)
        if said is None:
            yield found("certificate.altered", name)
            continue
        if codes.parse(row.code) != row.code or said.code != row.code:
            yield found("certificate.code", name)
        if said.serial != (row.serial or "") or not _is_given_out(row.serial, counters):
            yield found("certificate.serial", name)
        if not _are_in_order(said, row):
            yield found("certificate.days", name)
        if said.provider_version and providers.get(said.provider_version) != said.signature_sha256:
            yield found("certificate.provider", f"{name}: the provider's facts of version {said.provider_version} are gone, or others")
        if row.completed_on is not None and courses.get(said.course_revision) != row.course_slug:
            yield found("certificate.altered", f"{name}: it names a revision of another course")


def _certificates(newest: int | None) -> Statement:
    of_enrolment = and_(
        Enrolment.person_id == Certificate.person_id,
        Enrolment.course_slug == Certificate.course_slug,
        Enrolment.cycle == Certificate.cycle,
        Certificate.basis == "completion",
    )
    wanted = (
        select(
            Certificate.id,
            Certificate.course_slug,
            Certificate.code,
            Certificate.serial,
            Certificate.facts,
            Certificate.facts_sha256,
            Certificate.issued_at,
            Completion.completed_on,
        )
        .outerjoin(Enrolment, of_enrolment)
        .outerjoin(Completion, Completion.enrolment_id == Enrolment.id)
    )
    return wanted.order_by(Certificate.id.desc()).limit(newest) if newest else wanted.order_by(Certificate.id)


def _signature(provider: ProviderFacts) -> str:
    return hashlib.sha256(provider.signature).hexdigest() if provider.signature else ""


def _read(row: Any) -> Facts | None:
    """The facts, when they are what was hashed and can be read."""
    if sha256(row.facts) != row.facts_sha256:
        return None
    try:
        said = from_json(row.facts)
    except (ValueError, TypeError, KeyError):
        return None
    return said if canonical(said) == row.facts else None


def _is_given_out(serial: str | None, counters: dict[int, int]) -> bool:
    """Whether a serial is a year and a number that the counter of this year has come to. A specimen has none."""
    if serial is None:
        return True
    year, _, number = serial.partition("-")
    return (
        year.isdecimal() and number.isdecimal() and 1 <= int(number) <= counters.get(int(year), 0) and serial == f"{year}-{int(number):06}"
    )


def _are_in_order(said: Facts, row: Any) -> bool:
    """Started, completed and issued in this order; completed on the day of the completion, issued on that of the row."""
    days = [day for day in (said.started_on, said.completed_on, said.issued_on) if day]
    issued_on = row.issued_at.astimezone(ZoneInfo(said.time_zone)).date().isoformat()
    is_of_completion = row.completed_on is None or said.completed_on == row.completed_on.isoformat()
    return days == sorted(days) and said.issued_on == issued_on and is_of_completion


def approvals(examination: Examination) -> Iterator[Finding]:
    """No approval ends soon without another one that follows it."""
    if examination.now is None:
        return
    for approval in ending(approvals_in(examination.session), examination.now.date()):
        yield found("approval.ending", f"approval {approval.id}: its last day is {approval.valid_to}")


def chains(examination: Examination) -> Iterator[Finding]:
    """Each version but the first supersedes the one before it, of the same person, course and cycle."""
    is_next = and_(
        _before.person_id == Certificate.person_id,
        _before.course_slug == Certificate.course_slug,
        _before.cycle == Certificate.cycle,
        _before.version == Certificate.version - 1,
    )
    broken = (
        select(Certificate.id)
        .outerjoin(_before, and_(_before.id == Certificate.supersedes_id, is_next))
        .where(
            or_(
                and_(Certificate.version == 1, Certificate.supersedes_id.is_not(None)), and_(Certificate.version != 1, _before.id.is_(None))
            )
        )
    )
    yield from (found("certificate.chain", f"certificate {row.id}") for row in examination.rows(broken))


def renditions(examination: Examination) -> Iterator[Finding]:
    """The PDFs that are kept have the hash that was written beside them, and are PDFs."""
    wanted = select(Rendition.id, Rendition.certificate_id, Rendition.sha256, Rendition.pdf).order_by(Rendition.id)
    for rows in examination.pieces(wanted, "PDFs", piece=FEW):
        for row in rows:
            if hashlib.sha256(row.pdf).hexdigest() != row.sha256 or not row.pdf.startswith(b"%PDF-"):
                yield found("certificate.pdf", f"rendition {row.id} of certificate {row.certificate_id}")
