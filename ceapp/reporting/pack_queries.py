"""What an audit pack is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from ceapp.accounts.models import Person
from ceapp.audit.models import AuditEntry, AuditSeal
from ceapp.audit.seals import FIRST, sealed_text
from ceapp.catalogue.models import CourseRevision, CourseRevisionScenario, Image, ScenarioRevision, ScenarioRevisionImage
from ceapp.certificates.models import Certificate, CertificateRevocation, Rendition
from ceapp.database import db
from ceapp.keys import current_keys
from ceapp.learning.models import Attempt, Attestation, Completion, CompletionRequirement, Enrolment, Series
from ceapp.learning.record.models import RecordOpening

_RARE = ("enrolment.moved", "attempt.asked", "attempt.declined", "attempt.granted", "pass.released")
"""Deeds whose moments no row of the record has; there are few of them."""


@dataclass(frozen=True, slots=True)
class About:
    """What one part of a pack is about: a person in a course in one cycle. Work that was not done here has no enrolment."""

    person: Person
    course_slug: str
    cycle: int
    enrolment: Enrolment | None
    certificates: tuple[Certificate, ...]

    @property
    def prefix(self) -> str:
        """What the names of its files begin with."""
        return f"{self.course_slug}-{self.cycle}-"


def about_certificate(certificate: Certificate) -> About:
    """All that belongs to the course and cycle of a certificate."""
    enrolment = db.session.scalars(
        select(Enrolment).where(
            Enrolment.person_id == certificate.person_id,
            Enrolment.course_slug == certificate.course_slug,
            Enrolment.cycle == certificate.cycle,
        )
    ).first()
    return _about(certificate.person_id, certificate.course_slug, certificate.cycle, enrolment)


def about_enrolment(enrolment: Enrolment) -> About:
    """The same of an enrolment, complete or not."""
    return _about(enrolment.person_id, enrolment.course_slug, enrolment.cycle, enrolment)


def everything_about(person_id: UUID) -> list[About]:
    """All of a person: their enrolments, and certificates for work that was not done here."""
    enrolments = db.session.scalars(select(Enrolment).where(Enrolment.person_id == person_id).order_by(Enrolment.began_at, Enrolment.id))
    found = [about_enrolment(each) for each in enrolments]
    known = {(each.course_slug, each.cycle) for each in found}
    issued = db.session.execute(
        select(Certificate.course_slug, Certificate.cycle).where(Certificate.person_id == person_id).distinct().order_by(*_BY_COURSE)
    )
    return found + [_about(person_id, slug, cycle, None) for slug, cycle in issued if (slug, cycle) not in known]


_BY_COURSE = (Certificate.course_slug, Certificate.cycle)


def _about(person_id: UUID, course_slug: str, cycle: int, enrolment: Enrolment | None) -> About:
    issued = db.session.scalars(
        select(Certificate)
        .where(Certificate.person_id == person_id, Certificate.course_slug == course_slug, Certificate.cycle == cycle)
        .order_by(Certificate.version)
    )
    return About(db.session.get_one(Person, person_id), course_slug, cycle, enrolment, tuple(issued))


def certificate_with_serial(serial: str) -> Certificate | None:
    return db.session.scalars(select(Certificate).where(Certificate.serial == serial)).first()


def renditions_of(certificate_id: UUID) -> list[Rendition]:
    """The PDFs that are kept."""
    return list(db.session.scalars(select(Rendition).where(Rendition.certificate_id == certificate_id).order_by(Rendition.paper)))


def revocation_of(certificate_id: UUID) -> CertificateRevocation | None:
    return db.session.get(CertificateRevocation, certificate_id)


def completion_values(enrolment: Enrolment) -> dict[str, Any]:
    """An enrolment with its completion, what met each requirement, and what was attested, as values."""
    completion = db.session.scalars(select(Completion).where(Completion.enrolment_id == enrolment.id)).first()
    attestation = db.session.scalars(select(Attestation).where(Attestation.enrolment_id == enrolment.id)).first()
    return {
        "enrolment": str(enrolment.id),
        "course": enrolment.course_slug,
        "cycle": enrolment.cycle,
        "course_revision": enrolment.course_revision_id,
        "began_at": enrolment.began_at.isoformat(),
        "evaluated": enrolment.evaluated_at is not None,
        "attestation": _attested(attestation) if attestation else None,
        "completion": _completed(completion) if completion else None,
    }


def _attested(attestation: Attestation) -> dict[str, Any]:
    return {
        "statement": attestation.statement,
        "signed": current_keys().unseal(attestation.key_id, attestation.ciphertext) if attestation.ciphertext else "",
        "attested_at": attestation.attested_at.isoformat(),
        "seconds_worked": attestation.seconds_worked,
    }


def _completed(completion: Completion) -> dict[str, Any]:
    met = db.session.scalars(
        select(CompletionRequirement)
        .where(CompletionRequirement.completion_id == completion.id)
        .order_by(CompletionRequirement.scenario_slug)
    )
    return {
        "completion": str(completion.id),
        "course_revision": completion.course_revision_id,
        "completed_at": completion.completed_at.isoformat(),
        "completed_on": completion.completed_on.isoformat(),
        "time_zone": completion.time_zone,
        "met_by": [
            {"scenario": each.scenario_slug, "scenario_revision": each.scenario_revision_id, "attempt": str(each.attempt_id)}
            for each in met
        ],
    }


def _met(requirement: CompletionRequirement) -> dict[str, str]:
    return {
        "scenario": requirement.scenario_slug,
        "scenario_revision": requirement.scenario_revision_id,
        "attempt": str(requirement.attempt_id),
    }


def attempts_of(enrolment: Enrolment) -> list[tuple[UUID, str]]:
    """The attempts for credit, and those of assignments that met a requirement, as they were begun; each with the title of its scenario."""
    meeting = select(CompletionRequirement.attempt_id).join(Completion).where(Completion.enrolment_id == enrolment.id)
    rows = db.session.execute(
        select(Attempt.id, ScenarioRevision.title)
        .join(Series, Series.id == Attempt.series_id)
        .join(ScenarioRevision, ScenarioRevision.id == Attempt.scenario_revision_id)
        .where(Series.purpose != "practice", or_(Series.enrolment_id == enrolment.id, Attempt.id.in_(meeting)))
        .order_by(Attempt.began_at, Attempt.id)
    )
    return [(attempt_id, title) for attempt_id, title in rows]


def course_revisions(ids: Collection[str]) -> Iterator[tuple[CourseRevision, list[CourseRevisionScenario]]]:
    """Course revisions with the scenarios that they list."""
    for revision in db.session.scalars(select(CourseRevision).where(CourseRevision.id.in_(ids)).order_by(CourseRevision.published_at)):
        listed = select(CourseRevisionScenario).where(CourseRevisionScenario.course_revision_id == revision.id)
        yield revision, list(db.session.scalars(listed.order_by(CourseRevisionScenario.position)))


def scenario_revisions(ids: Collection[str]) -> Iterator[tuple[ScenarioRevision, Sequence[tuple[str, Image]]]]:
    """Scenario revisions with their pictures, by path."""
    for revision in db.session.scalars(select(ScenarioRevision).where(ScenarioRevision.id.in_(ids)).order_by(ScenarioRevision.id)):
        pictures = db.session.execute(
            select(ScenarioRevisionImage.path, Image)
            .join(Image, Image.id == ScenarioRevisionImage.image_id)
            .where(ScenarioRevisionImage.scenario_revision_id == revision.id)
            .order_by(ScenarioRevisionImage.path)
        )
        yield revision, [(path, image) for path, image in pictures]


def openings_of(enrolment: Enrolment) -> list[RecordOpening]:
    """That the attempts of an enrolment were opened by somebody."""
    return list(db.session.scalars(select(RecordOpening).where(RecordOpening.subject_id == enrolment.id)))


def entries_about(ids: Collection[str], moments: Collection[datetime], since: datetime) -> list[dict[str, Any]]:
    """The entries of the audit record that name one of these ids, written at these moments or of the rare kinds; each with its seal."""
    before = AuditSeal.__table__.alias("before")
    columns = AuditSeal.__table__.c
    rows = db.session.execute(
        select(AuditEntry, columns.chain, columns.number, columns.sha256, before.c.sha256.label("previous"))
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .outerjoin(before, and_(before.c.chain == columns.chain, before.c.number == columns.number - 1))
        .where(or_(AuditEntry.at.in_(moments), _is_rare(since)))
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    return [_entry_values(*row) for row in rows if set(ids) & set(row[0].subjects.values())]


def _is_rare(since: datetime) -> ColumnElement[bool]:
    return and_(AuditEntry.deed.in_(_RARE), AuditEntry.at >= since)


def _entry_values(entry: AuditEntry, chain: str | None, number: int | None, sha256: str | None, previous: str | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "entry": str(entry.id),
        "at": entry.at.isoformat(),
        "deed": entry.deed,
        "actor": str(entry.actor_id) if entry.actor_id else None,
        "subjects": entry.subjects,
    }
    if chain is None or number is None:
        return {**said, "seal": None}
    before = previous or FIRST
    seal = {"chain": chain, "number": number, "previous": before, "sha256": sha256, "text": sealed_text(chain, number, before, entry)}
    return {**said, "seal": seal}
