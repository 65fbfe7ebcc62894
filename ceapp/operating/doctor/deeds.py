"""Whether the record of deeds and the rows tell the same: what counts was written down, and what was written down is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ceapp.accounts.models import Person, SecondFactorReset
from ceapp.audit.models import AuditEntry
from ceapp.catalogue.adoptions.models import Adoption
from ceapp.catalogue.attachments.models import Attachment
from ceapp.certificates.models import Certificate, CertificateDeed, CertificateRevocation
from ceapp.learning.accommodations.models import AccommodationAnswer, AccommodationReading, AccommodationRequest
from ceapp.learning.grievances.models import Grievance, GrievanceAnswer
from ceapp.learning.models import Attempt, AttemptGrant, Attestation, Completion, CourseOffer, Enrolment, EnrolmentPayment, VoucherBatch
from ceapp.learning.record.models import RecordOpening
from ceapp.learning.removals.models import TextRemoval
from ceapp.operating.doctor.examination import Examination, Statement
from ceapp.operating.doctor.findings import Finding, found
from ceapp.reporting.ce_broker.models import CeBrokerFile, CeBrokerSetting
from ceapp.reporting.retention.models import HoldLifting, LegalHold
from ceapp.reporting.reviewing.models import CourseReview
from ceapp.supervision.models import Assignment, ReleasedPass, SignOff


@dataclass(frozen=True, slots=True)
class _Kept:
    """A kind of row with the deeds that are written down in the same transaction, at the same moment, naming it as `subject`."""

    kind: str
    deeds: tuple[str, ...]
    subject: str
    rows: Statement  # id and moment, by moment


_KEPT = (
    _Kept(
        "certificate",
        ("certificate.issued", "certificate.specimen-made"),
        "certificate",
        select(Certificate.id, Certificate.issued_at).order_by(Certificate.id),
    ),
    _Kept(
        "revocation of certificate",
        ("certificate.revoked",),
        "certificate",
        select(CertificateRevocation.certificate_id, CertificateRevocation.revoked_at).order_by(CertificateRevocation.revoked_at),
    ),
    _Kept(
        "certificate by hand",
        ("certificate.issued-by-hand",),
        "certificate",
        select(CertificateDeed.certificate_id, CertificateDeed.done_at)
        .where(CertificateDeed.deed == "by hand")
        .order_by(CertificateDeed.done_at),
    ),
    _Kept(
        "certificate that replaces another",
        ("certificate.replaced",),
        "by_certificate",
        select(CertificateDeed.certificate_id, CertificateDeed.done_at)
        .where(CertificateDeed.deed == "replaced")
        .order_by(CertificateDeed.done_at),
    ),
    _Kept("completion", ("course.completed",), "completion", select(Completion.id, Completion.completed_at).order_by(Completion.id)),
    _Kept("attestation", ("course.attested",), "attestation", select(Attestation.id, Attestation.attested_at).order_by(Attestation.id)),
    _Kept("assignment", ("assignment.made",), "assignment", select(Assignment.id, Assignment.assigned_at).order_by(Assignment.id)),
    _Kept("sign-off", ("work.signed-off",), "sign_off", select(SignOff.id, SignOff.signed_at).order_by(SignOff.id)),
    _Kept(
        "pass released for task",
        ("pass.released",),
        "task",
        select(ReleasedPass.task_id, ReleasedPass.released_at).order_by(ReleasedPass.id),
    ),
    _Kept(
        "reset of second factor",
        ("person.second-factor-reset",),
        "reset",
        select(SecondFactorReset.id, SecondFactorReset.reset_at).order_by(SecondFactorReset.id),
    ),
    _Kept(
        "opening of a record",
        ("record.opened",),
        "opening",
        select(RecordOpening.id, RecordOpening.opened_at).order_by(RecordOpening.opened_at),
    ),
    _Kept(
        "reading of a request for an accommodation",
        ("accommodation.read",),
        "reading",
        select(AccommodationReading.id, AccommodationReading.read_at).order_by(AccommodationReading.id),
    ),
    _Kept(
        "answer to a request for an accommodation",
        ("accommodation.granted", "accommodation.declined"),
        "answer",
        select(AccommodationAnswer.id, AccommodationAnswer.set_at)
        .where(AccommodationAnswer.status != "withdrawn")
        .order_by(AccommodationAnswer.id),
    ),
    _Kept("removal of a text", ("text.removed",), "removal", select(TextRemoval.id, TextRemoval.removed_at).order_by(TextRemoval.id)),
    _Kept("grievance", ("grievance.filed",), "grievance", select(Grievance.id, Grievance.filed_at).order_by(Grievance.id)),
    _Kept(
        "answer to a grievance",
        ("grievance.answered", "grievance.closed"),
        "answer",
        select(GrievanceAnswer.id, GrievanceAnswer.set_at).order_by(GrievanceAnswer.id),
    ),
    _Kept("adoption", ("course.adopted",), "adoption", select(Adoption.id, Adoption.adopted_at).order_by(Adoption.id)),
    _Kept("attachment", ("attachment.added",), "attachment", select(Attachment.id, Attachment.added_at).order_by(Attachment.id)),
    _Kept(
        "review",
        ("reviewer.invited",),
        "review",
        select(CourseReview.id, CourseReview.invited_at).order_by(CourseReview.id),
    ),
    _Kept(
        "file for CE Broker",
        ("ce-broker.file-made",),
        "file",
        select(CeBrokerFile.id, CeBrokerFile.made_at).order_by(CeBrokerFile.id),
    ),
    _Kept("legal hold", ("hold.placed",), "hold", select(LegalHold.id, LegalHold.placed_at).order_by(LegalHold.id)),
    _Kept(
        "lifting of a hold", ("hold.lifted",), "hold", select(HoldLifting.hold_id, HoldLifting.lifted_at).order_by(HoldLifting.lifted_at)
    ),
    _Kept("grant", ("attempt.granted",), "grant", select(AttemptGrant.id, AttemptGrant.granted_at).order_by(AttemptGrant.id)),
)

_LASTING = (
    (("certificate.issued", "certificate.specimen-made"), "certificate", Certificate.id),
    (("course.completed",), "completion", Completion.id),
    (("course.attested",), "attestation", Attestation.id),
    (("enrolment.begun",), "enrolment", Enrolment.id),
    (("offer.set",), "offer", CourseOffer.id),
    (("hold.placed", "hold.lifted"), "hold", LegalHold.id),
    (("vouchers.made", "vouchers.shown", "vouchers.withdrawn"), "batch", VoucherBatch.id),
    (("payment.noted",), "payment", EnrolmentPayment.id),
    (("attempt.begun",), "attempt", Attempt.id),
    (("assignment.made",), "assignment", Assignment.id),
    (("work.signed-off",), "sign_off", SignOff.id),
    (("record.opened",), "opening", RecordOpening.id),
    (("accommodation.asked", "accommodation.withdrawn"), "accommodation", AccommodationRequest.id),
    (("accommodation.read",), "reading", AccommodationReading.id),
    (("accommodation.granted", "accommodation.declined"), "answer", AccommodationAnswer.id),
    (("text.removed",), "removal", TextRemoval.id),
    (("grievance.filed",), "grievance", Grievance.id),
    (("grievance.answered", "grievance.closed"), "answer", GrievanceAnswer.id),
    (("course.adopted",), "adoption", Adoption.id),
    (("attachment.added",), "attachment", Attachment.id),
    (("reviewer.invited", "reviewer.ended"), "review", CourseReview.id),
    (("ce-broker.setting-set",), "setting", CeBrokerSetting.id),
    (("ce-broker.file-made", "ce-broker.file-taken", "ce-broker.answered"), "file", CeBrokerFile.id),
)
"""Deeds about rows that are never removed."""


def recorded(examination: Examination) -> Iterator[Finding]:
    """What counts is in the record of deeds."""
    for kept in _KEPT:
        for rows in examination.pieces(kept.rows):
            there = _subjects(examination, kept, rows)
            yield from (found("deed.unrecorded", f"{kept.kind} {row[0]}") for row in rows if str(row[0]) not in there)


def _subjects(examination: Examination, kept: _Kept, rows: Sequence[Any]) -> set[str]:
    """The ids that the deeds of this span of time name."""
    moments = [row[1] for row in rows]
    entries = select(AuditEntry.subjects).where(
        AuditEntry.deed.in_(kept.deeds), AuditEntry.at >= min(moments), AuditEntry.at <= max(moments)
    )
    return {subjects.get(kept.subject, "") for subjects in examination.session.scalars(entries)}


def lasting(examination: Examination) -> Iterator[Finding]:
    """What was written down and is never removed is still there."""
    for deeds, subject, column in _LASTING:
        entries = select(AuditEntry.id, AuditEntry.subjects).where(AuditEntry.deed.in_(deeds)).order_by(AuditEntry.id)
        for rows in examination.pieces(entries, "audit entries", piece=500):
            named = {UUID(row.subjects[subject]) for row in rows if subject in row.subjects}
            there = set(examination.session.scalars(select(column).where(column.in_(named))))
            yield from (found("deed.without-record", f"{subject.replace('_', '-')} {each} is gone") for each in sorted(named - there))


def administrators(examination: Examination) -> Iterator[Finding]:
    """Whoever administers the server was made an administrator by a deed."""
    deeds = ("person.made-administrator", "person.administrator-taken")
    newest: dict[str, str] = {}
    for row in examination.rows(
        select(AuditEntry.deed, AuditEntry.subjects).where(AuditEntry.deed.in_(deeds)).order_by(AuditEntry.at, AuditEntry.id)
    ):
        newest[row.subjects.get("person", "")] = row.deed
    for person_id in examination.session.scalars(select(Person.id).where(Person.is_administrator)):
        if newest.get(str(person_id)) != deeds[0]:
            yield found("deed.unrecorded", f"administrator {person_id}")
