"""Whether the work beside the pages goes on: mail and exports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from ceapp.mail.models import Message
from ceapp.mail.outbox import LEASE
from ceapp.mail.queries import is_waiting
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found
from ceapp.reporting.models import Export

PATIENCE = timedelta(hours=2)
"""Mail is tried again every hour at the latest."""

PATIENCE_WITHOUT_SERVER = timedelta(days=1)
EXPORT_PATIENCE = timedelta(hours=2)


def mail(examination: Examination) -> Iterator[Finding]:
    """Nothing waits for long, nothing was given up, and nobody holds a message for longer than a sender may."""
    now, session = examination.now, examination.session
    if now is None:
        return
    has_server = examination.settings is not None and bool(examination.settings.mail_url)
    since = now - (PATIENCE if has_server else PATIENCE_WITHOUT_SERVER)
    stuck = session.scalar(select(func.count()).select_from(Message).where(is_waiting(), Message.due_at < since)) or 0
    if stuck:
        yield found("mail.stuck", f"{stuck} messages wait, due before {since:%Y-%m-%d %H:%M} UTC")
    given_up = session.scalar(select(func.count()).select_from(Message).where(Message.failed_at.is_not(None))) or 0
    if given_up:
        yield found("mail.given-up", f"{given_up} messages were given up")
    held = select(Message.id).where(is_waiting(), Message.taken_until > now + 2 * LEASE)
    yield from (found("jobs.lease", f"message {row.id} is taken until long after now") for row in examination.rows(held))


def exports(examination: Examination) -> Iterator[Finding]:
    """No export stands still, and none is held for longer than a piece of work takes."""
    now = examination.now
    if now is None:
        return
    unfinished = select(Export.id, Export.asked_at, Export.taken_until).where(Export.finished_at.is_(None))
    for row in examination.rows(unfinished):
        if row.taken_until is not None and row.taken_until > now + 2 * LEASE:
            yield found("jobs.lease", f"export {row.id} is taken until long after now")
        elif row.asked_at < now - EXPORT_PATIENCE and (row.taken_until is None or row.taken_until < now):
            yield found("export.stuck", f"export {row.id}, asked for at {row.asked_at:%Y-%m-%d %H:%M} UTC")
