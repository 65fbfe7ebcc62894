"""Whether the times in the record can be true: none is still to come, and nothing ends before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, bindparam, func, select

from ceapp.accounts.models import Person, SignIn
from ceapp.audit.models import AuditEntry
from ceapp.certificates.models import Certificate, CertificateRevocation
from ceapp.database import Model
from ceapp.database.types import UtcDateTime
from ceapp.learning.models import Answer, Attempt, Completion, Enrolment, Score
from ceapp.operating.doctor.examination import Examination, Statement
from ceapp.operating.doctor.findings import Finding, found
from ceapp.supervision.models import Cover, Supervision

AHEAD = {"expires_at", "due_at", "taken_until", "window_start"}
"""Columns that may lie in the future."""


def set_back(examination: Examination) -> Iterator[Finding]:
    """The newest deed in the record is not later than now."""
    newest = examination.session.scalar(select(func.max(AuditEntry.at)))
    latest = examination.latest
    if newest is not None and latest is not None and newest > latest:
        seconds = int((newest - latest).total_seconds())
        yield found("clock.set-back", f"the newest entry of the audit record is {seconds} seconds later than this machine's clock")


def future(examination: Examination) -> Iterator[Finding]:
    """No instant of the record is still to come."""
    for table in Model.metadata.sorted_tables:
        instants = [column for column in table.columns if isinstance(column.type, UtcDateTime) and column.name not in AHEAD]
        if instants and table.name != "audit_entry":  # Its newest entry is looked at above.
            numbers = examination.session.execute(_later(instants), {"now": examination.latest}).one()
            for column, number in zip(instants, numbers, strict=True):
                if number:
                    yield found("time.future", f"{table.name}.{column.name}: {number} rows are later than now")


def _later(instants: list[Column[Any]]) -> Statement:
    now = bindparam("now", type_=UtcDateTime())
    return select(*(func.count().filter(column > now) for column in instants)).select_from(instants[0].table)


def order(examination: Examination) -> Iterator[Finding]:
    """Nothing is closed, answered, ended or revoked before it was begun."""
    for what, statement in _turned_round():
        for row in examination.rows(statement):
            yield found("time.order", f"{what} {row[0]}")


def _turned_round() -> Iterator[tuple[str, Statement]]:
    yield (
        "attempt closed or left before it began:",
        select(Attempt.id).where((Attempt.closed_at < Attempt.began_at) | (Attempt.abandoned_at < Attempt.began_at)),
    )
    before = (Answer.answered_at < Attempt.began_at) | (Answer.answered_at > Attempt.closed_at)
    yield "answer outside its attempt:", select(Answer.id).join(Attempt, Attempt.id == Answer.attempt_id).where(before)
    yield (
        "scored before it was closed: attempt",
        select(Attempt.id).join(Score, Score.attempt_id == Attempt.id).where(Score.scored_at < Attempt.closed_at),
    )
    yield (
        "completion before its enrolment:",
        select(Completion.id).join(Enrolment, Enrolment.id == Completion.enrolment_id).where(Completion.completed_at < Enrolment.began_at),
    )
    yield (
        "certificate revoked before it was issued:",
        select(Certificate.id)
        .join(CertificateRevocation, CertificateRevocation.certificate_id == Certificate.id)
        .where(CertificateRevocation.revoked_at < Certificate.issued_at),
    )
    yield "supervision ended before it was made:", select(Supervision.id).where(Supervision.ended_at < Supervision.made_at)
    yield "cover ended before it was made:", select(Cover.id).where(Cover.ended_at < Cover.made_at)
    yield (
        "signed in before the account was made: person",
        select(Person.id).join(SignIn, SignIn.person_id == Person.id).where(SignIn.created_at < Person.created_at),
    )
