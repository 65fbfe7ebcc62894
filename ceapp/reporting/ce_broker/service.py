"""Making files for the upload, and noting what became of their lines. A line goes out once, unless it was rejected and put right."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.database import db, new_id, one_at_a_time, outside_transaction, transaction
from ceapp.errors import Missing, Refused
from ceapp.keys import current_keys
from ceapp.reporting.ce_broker import queries, stock
from ceapp.reporting.ce_broker.models import CeBrokerEntry, CeBrokerFile, CeBrokerLine
from ceapp.reporting.ce_broker.rules import Answer, Kind, State, answers_to, cells, state_after
from ceapp.reporting.ce_broker.workbook import MOST_ROWS, workbook

NOTHING = "Nothing is ready for such a file. No file was made."
SENT_BEFORE = "This form was sent before for another kind of file, and that file stands. No file was made now."
NOT_NOW = "This cannot be said of a line that is {state}. Nothing was changed; look at the line again."
NOT_IN_THE_FILE = "The file has no row {rows}, or the line is in a later file by now. Nothing was changed; look at the numbers again."
DELETED = "The bytes of this file were deleted. What stood in it is in the ledger."
LONGEST_REASON = 400


def make_file(kind: Kind, *, by: UUID | None, form_key: str, now: datetime) -> CeBrokerFile:
    """Put every line that is ready into a file, whose bytes are kept. The same form again gives the first. Raises Refused."""
    outside_transaction("taking stock")
    stock.take_all(now)
    with transaction() as session:
        refuse_unless_administers(by)
        one_at_a_time(stock.LEDGER)
        earlier = queries.file_made_with(form_key)
        if earlier is not None:
            if earlier.kind != kind:
                raise Refused(SENT_BEFORE)
            return earlier
        ready = queries.ready_entries(kind, MOST_ROWS)
        if not ready:
            raise Refused(NOTHING)
        rows = [cells(queries.setting_from(setting), queries.words_of(entry).number, entry.completed_on) for entry, setting in ready]
        content = workbook(rows)
        key_id, ciphertext = current_keys().seal(base64.b64encode(content).decode())
        file = CeBrokerFile(
            id=new_id(),
            number=(session.scalar(select(func.max(CeBrokerFile.number))) or 0) + 1,
            kind=kind.value,
            lines=len(rows),
            sha256=hashlib.sha256(content).hexdigest(),
            key_id=key_id,
            ciphertext=ciphertext,
            form_key=form_key,
            made_at=now,
            made_by=by,
        )
        session.add(file)
        session.flush()
        for row, (entry, _) in enumerate(ready, 1):
            session.add(CeBrokerLine(file_id=file.id, row=row, entry_id=entry.id, outcome="", key_id="", ciphertext=b""))
            entry.file_id, entry.row = file.id, row
            _change(entry, State.EXPORTED, by, now)
        record("ce-broker.file-made", actor=by, now=now, file=file.id)
        return file


def take_file(file_id: UUID, *, by: UUID | None, now: datetime) -> tuple[CeBrokerFile, bytes]:
    """A file, the same bytes whenever it is taken; that it was is written down. Raises Missing or Refused."""
    with transaction() as session:
        refuse_unless_administers(by)
        file = session.get(CeBrokerFile, file_id)
        if file is None:
            raise Missing
        content = queries.bytes_of(file)
        if not content:
            raise Refused(DELETED)
        record("ce-broker.file-taken", actor=by, now=now, file=file_id)
        return file, content


def answer_file(file_id: UUID, rejected: Mapping[int, str], *, accepts_rest: bool, by: UUID, now: datetime) -> int:
    """Note the rows that were rejected, and why, and that all others were accepted; how many are new. Raises Missing or Refused."""
    with transaction():
        refuse_unless_administers(by)
        one_at_a_time(stock.LEDGER)
        lines = {line.row: (line, entry) for line, entry in queries.lines_in(file_id)}
        if not lines:
            raise Missing
        unknown = [row for row in rejected if row not in lines or lines[row][1].file_id != file_id]
        if unknown:
            raise Refused(NOT_IN_THE_FILE.format(rows=", ".join(map(str, sorted(unknown)[:10]))))
        noted = 0
        for row, (line, entry) in lines.items():
            if row in rejected:
                noted += _answer(line, entry, Answer.REJECTED, rejected[row], by, now)
            elif accepts_rest and line.outcome == "" and entry.state == State.EXPORTED:
                noted += _answer(line, entry, Answer.ACCEPTED, "", by, now)
        if noted:
            record("ce-broker.answered", actor=by, now=now, file=file_id)
        return noted


def answer_line(entry_id: UUID, answer: Answer, reason: str, *, by: UUID, now: datetime) -> None:
    """Note what became of one line, or send it again. Saying the same twice has one effect. Raises Missing or Refused."""
    with transaction() as session:
        refuse_unless_administers(by)
        one_at_a_time(stock.LEDGER)
        entry = session.get(CeBrokerEntry, entry_id)
        if entry is None:
            raise Missing
        if entry.state == state_after(answer) and answer is not Answer.REJECTED:
            return
        line = session.get(CeBrokerLine, (entry.file_id, entry.row)) if entry.file_id else None
        if answer not in answers_to(State(entry.state), has_licence=bool(entry.licence_key)):
            if line is not None and answer is Answer.REJECTED and entry.state == State.REJECTED:
                return
            raise Refused(NOT_NOW.format(state=State(entry.state).label))
        _answer(line, entry, answer, reason, by, now)
        record(f"ce-broker.{answer.value}", actor=by, now=now, entry=entry_id)


def _answer(line: CeBrokerLine | None, entry: CeBrokerEntry, answer: Answer, reason: str, by: UUID, now: datetime) -> bool:
    """Whether that is new."""
    if line is not None and answer in (Answer.ACCEPTED, Answer.REJECTED):
        if line.outcome == answer.value:
            return False
        line.outcome, line.decided_at, line.decided_by = answer.value, now, by
        line.key_id, line.ciphertext = current_keys().seal(reason[:LONGEST_REASON]) if reason else ("", b"")
    _change(entry, state_after(answer), by, now)
    db.session.flush()
    return True


def _change(entry: CeBrokerEntry, state: State, by: UUID | None, now: datetime) -> None:
    entry.state, entry.changed_at, entry.changed_by = state.value, now, by
