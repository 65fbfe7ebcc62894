"""Reports to CE Broker: the files are as they were made, every line is where the ledger says, and nothing is late."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select

from ceapp.errors import Unsafe
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found
from ceapp.reporting.ce_broker.models import CeBrokerEntry, CeBrokerFile, CeBrokerLine
from ceapp.reporting.ce_broker.rules import OPEN

FEW = 5
"""Files are big: few at a time."""

_SENT = ("exported", "accepted", "rejected")


def files(examination: Examination) -> Iterator[Finding]:
    """A file has as many rows as it says, and its bytes, unless they were deleted, have the hash that was written beside them."""
    lines = select(func.count()).select_from(CeBrokerLine).where(CeBrokerLine.file_id == CeBrokerFile.id).scalar_subquery()
    wanted = select(
        CeBrokerFile.number,
        CeBrokerFile.sha256,
        CeBrokerFile.key_id,
        CeBrokerFile.ciphertext,
        (CeBrokerFile.lines == lines).label("whole"),
    )
    for row in examination.rows(wanted.order_by(CeBrokerFile.number), "files for CE Broker", piece=FEW):
        if not row.whole or not _has_its_hash(examination, row.key_id, row.ciphertext, row.sha256):
            yield found("ce-broker.file", f"file {row.number}")


def lines(examination: Examination) -> Iterator[Finding]:
    """What was sent stands in the row of the file that the ledger names, with the same answer."""
    same = or_(
        CeBrokerLine.outcome == CeBrokerEntry.state,
        and_(CeBrokerLine.outcome == "", CeBrokerEntry.state == "exported"),
    )
    at_its_place = and_(
        CeBrokerLine.file_id == CeBrokerEntry.file_id, CeBrokerLine.row == CeBrokerEntry.row, CeBrokerLine.entry_id == CeBrokerEntry.id
    )
    wanted = (
        select(CeBrokerEntry.id)
        .outerjoin(CeBrokerLine, and_(at_its_place, same))
        .where(CeBrokerEntry.state.in_(_SENT), CeBrokerLine.row.is_(None))
        .order_by(CeBrokerEntry.id)
    )
    yield from (found("ce-broker.line", f"line {row.id}") for row in examination.rows(wanted))


def late(examination: Examination) -> Iterator[Finding]:
    """Nothing waits past its last day."""
    if examination.now is None:
        return
    waits = (CeBrokerEntry.state.in_([each.value for each in OPEN]), CeBrokerEntry.due_on < examination.now.date())
    number = examination.session.scalar(select(func.count()).select_from(CeBrokerEntry).where(*waits)) or 0
    if number:
        yield found("ce-broker.late", f"{number} lines")


def _has_its_hash(examination: Examination, key_id: str, ciphertext: bytes, sha256: str) -> bool:
    """What does not open, or has no key here, is another finding."""
    if not ciphertext or examination.keys is None or key_id not in examination.keys.sealing:
        return True
    try:
        content = base64.b64decode(examination.keys.unseal(key_id, ciphertext), validate=True)
    except (Unsafe, UnicodeDecodeError):
        return True
    except binascii.Error:
        return False
    return hashlib.sha256(content).hexdigest() == sha256
