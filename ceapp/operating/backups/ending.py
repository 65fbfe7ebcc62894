"""What a restored database must not bring back: sign-ins, codes, links, counted guesses, and mail that waits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from ceapp.accounts.models import GuessWindow, Invitation, MailedCode, SetUpLink, SignIn
from ceapp.audit.models import AuditEntry
from ceapp.mail.models import Message

_WAITS = (Message.sent_at.is_(None), Message.cancelled_at.is_(None), Message.failed_at.is_(None))


def end_what_is_open(session: Session, *, now: datetime) -> None:
    """End every way in that is older than the restore, and every letter that would be sent a second time.

    Invitations stay open, but their links are dead; sending one again makes a new link.
    """
    for table in (SignIn, MailedCode, GuessWindow):
        session.execute(delete(table))
    session.execute(delete(SetUpLink).where(SetUpLink.used_at.is_(None)))
    session.execute(update(Invitation).where(Invitation.token_hash.is_not(None)).values(token_hash=None, made_at=None))
    session.execute(update(Message).where(*_WAITS).values(cancelled_at=now, values=b"", taken_until=None))


def count_open(session: Session) -> int:
    """How many of them there are."""
    links = select(func.count()).select_from(SetUpLink).where(SetUpLink.used_at.is_(None))
    invitations = (
        select(func.count()).select_from(Invitation).where(or_(Invitation.token_hash.is_not(None), Invitation.made_at.is_not(None)))
    )
    waiting = select(func.count()).select_from(Message).where(*_WAITS)
    tables = [select(func.count()).select_from(table) for table in (SignIn, MailedCode, GuessWindow)]
    return sum(session.scalar(each) or 0 for each in (links, invitations, waiting, *tables))


def note_restored(session: Session, *, backup: str, made_at: datetime, schema: str, now: datetime) -> None:
    """The record of deeds goes on with the restore."""
    subjects = {"backup": backup, "made_at": made_at.isoformat(), "schema": schema}
    session.add(AuditEntry(at=now, actor_id=None, deed="database.restored", subjects=subjects))
