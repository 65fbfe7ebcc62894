"""What is asked about mailed codes and about signed-in browsers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import select

from ceapp.accounts.mailed_codes import CODE_LETTER, CodeEnded, refuse_ended
from ceapp.accounts.models import MailedCode, Person, SignIn
from ceapp.accounts.tokens import token_hash
from ceapp.database import db
from ceapp.mail.models import Message

BROWSERS_ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class PendingCode:
    """The code that a browser asked for. `problem` says why it cannot be used any more; empty while it can."""

    id: UUID
    email: str
    person_id: UUID | None
    time_zone: str
    problem: str


def pending_code(secret: str | None, purpose: str, *, now: datetime) -> PendingCode | None:
    """What the browser with this secret waits for."""
    row = db.session.scalar(select(MailedCode).where(MailedCode.token_hash == token_hash(secret or ""), MailedCode.purpose == purpose))
    if row is None:
        return None
    try:
        refuse_ended(row, now)
    except CodeEnded as end:
        return PendingCode(row.id, row.email, row.person_id, row.time_zone, end.message)
    return PendingCode(row.id, row.email, row.person_id, row.time_zone, "")


def letter_of_code(code_id: UUID) -> str:
    """Which letter carried the code: somebody who gave the enrolment code gets the same kind again."""
    return db.session.scalar(select(Message.letter).where(Message.occurrence == f"code:{code_id}")) or CODE_LETTER


def code_with_id(code_id: UUID) -> MailedCode | None:
    return db.session.get(MailedCode, code_id)


def person_of_code(row: MailedCode) -> Person | None:
    """Who asked, or whose address it is."""
    if row.person_id is not None:
        return db.session.get(Person, row.person_id)
    return db.session.scalar(select(Person).where(Person.email == row.email))


def sign_ins_of(person_id: UUID, *, now: datetime, seen_since: datetime, page: int) -> Pagination:
    """The browsers in which a person is signed in, the one seen last first."""
    statement = select(SignIn).where(SignIn.person_id == person_id, SignIn.expires_at > now, SignIn.last_seen_at > seen_since)
    return db.paginate(
        statement.order_by(SignIn.last_seen_at.desc(), SignIn.id.desc()), page=page, per_page=BROWSERS_ON_A_PAGE, error_out=False
    )
