"""Whether what people wrote in confidence still opens, and whether the keys to it would survive this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from ceapp.accounts.models import SecondFactor, SecondFactorReset
from ceapp.certificates.models import CertificateDeed, CorrectionRequest
from ceapp.errors import Unsafe
from ceapp.keys import exported_ids
from ceapp.learning.accommodations.models import AccommodationAnswer, AccommodationRequest
from ceapp.learning.grievances.models import Grievance, GrievanceAnswer
from ceapp.learning.models import AttemptGrant, EnrolmentPayment, EnrolmentWay, Reflection, Voucher, VoucherBatch
from ceapp.learning.record.models import OpeningReason
from ceapp.learning.removals.models import TextRemoval
from ceapp.mail.models import Message
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found
from ceapp.reporting.ce_broker.models import CeBrokerEntry, CeBrokerFile, CeBrokerLine
from ceapp.reporting.models import TranscriptCopy
from ceapp.reporting.retention.models import HoldLifting, LegalHold
from ceapp.supervision.models import Note

SAMPLE = 20
"""Of each kind in the fast form: the newest."""

_SEALED = (
    ("reflection", Reflection.id, Reflection.key_id, Reflection.ciphertext),
    ("note", Note.id, Note.key_id, Note.ciphertext),
    ("voucher", Voucher.id, Voucher.key_id, Voucher.ciphertext),
    ("vouchers' note", VoucherBatch.id, VoucherBatch.key_id, VoucherBatch.ciphertext),
    ("enrolment by hand", EnrolmentWay.enrolment_id, EnrolmentWay.key_id, EnrolmentWay.ciphertext),
    ("payment", EnrolmentPayment.id, EnrolmentPayment.key_id, EnrolmentPayment.ciphertext),
    ("grant", AttemptGrant.id, AttemptGrant.key_id, AttemptGrant.ciphertext),
    ("second factor", SecondFactor.id, SecondFactor.key_id, SecondFactor.ciphertext),
    ("reset of a second factor", SecondFactorReset.id, SecondFactorReset.key_id, SecondFactorReset.ciphertext),
    ("deed with a certificate", CertificateDeed.id, CertificateDeed.key_id, CertificateDeed.ciphertext),
    ("request for a correction", CorrectionRequest.id, CorrectionRequest.key_id, CorrectionRequest.ciphertext),
    ("reason for a transcript", TranscriptCopy.id, TranscriptCopy.key_id, TranscriptCopy.ciphertext),
    ("file for CE Broker", CeBrokerFile.id, CeBrokerFile.key_id, CeBrokerFile.ciphertext),
    ("line for CE Broker", CeBrokerEntry.id, CeBrokerEntry.key_id, CeBrokerEntry.ciphertext),
    ("reason of CE Broker", CeBrokerLine.entry_id, CeBrokerLine.key_id, CeBrokerLine.ciphertext),
    ("reason for opening", OpeningReason.opening_id, OpeningReason.key_id, OpeningReason.ciphertext),
    ("request for an accommodation", AccommodationRequest.id, AccommodationRequest.key_id, AccommodationRequest.ciphertext),
    ("answer about an accommodation", AccommodationAnswer.id, AccommodationAnswer.key_id, AccommodationAnswer.ciphertext),
    ("grievance", Grievance.id, Grievance.key_id, Grievance.ciphertext),
    ("answer about a grievance", GrievanceAnswer.id, GrievanceAnswer.key_id, GrievanceAnswer.ciphertext),
    ("reason for removing a text", TextRemoval.id, TextRemoval.key_id, TextRemoval.ciphertext),
    ("reason for a hold", LegalHold.id, LegalHold.key_id, LegalHold.ciphertext),
    ("reason for lifting a hold", HoldLifting.hold_id, HoldLifting.key_id, HoldLifting.ciphertext),
    ("message", Message.id, Message.key_id, Message.values),
)


def texts(examination: Examination) -> Iterator[Finding]:
    """Every sealed text opens with the key that it names; in the fast form, the newest of each kind."""
    if examination.keys is None:
        yield found("keys.missing", "the keys of this instance cannot be read, so no sealed text was tried")
        return
    without_key: Counter[tuple[str, str]] = Counter()
    for kind, row_id, key_id, ciphertext in _SEALED:
        wanted = select(row_id.label("id"), key_id.label("key_id"), ciphertext.label("sealed")).where(func.length(ciphertext) > 0)
        wanted = wanted.order_by(row_id.desc()).limit(SAMPLE) if examination.is_fast else wanted
        for row in examination.rows(wanted, "sealed texts"):
            if row.key_id not in examination.keys.sealing:
                without_key[kind, row.key_id] += 1
                continue
            try:
                examination.keys.unseal(row.key_id, row.sealed)
            except (Unsafe, UnicodeDecodeError):
                yield found("sealed.broken", f"{kind} {row.id}")
    for (kind, unknown), number in sorted(without_key.items()):
        yield found("keys.unknown", f"key {unknown}: {number} sealed texts ({kind}) name it")


def exported(examination: Examination) -> Iterator[Finding]:
    """Every sealing key was exported once: `ceapp key export` notes which."""
    if examination.keys is None or examination.instance is None:
        return
    for key_id in sorted(set(examination.keys.sealing) - exported_ids(examination.instance / "keys")):
        yield found("keys.not-exported", f"sealing key {key_id}")
