"""Entering, changing and withdrawing approvals. Nothing is rewritten: a change is a new version, and certificates keep what they print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.certificates.approvals.queries import newest_version, version_made_with
from ceapp.certificates.approvals.rules import HoursBy, Kind
from ceapp.certificates.models import ApprovalVersion, ApprovalWithdrawal
from ceapp.database import db, new_id, one_at_a_time, transaction
from ceapp.errors import Missing, Refused

CHANGED_MEANWHILE = "Somebody else changed this approval a moment ago. Nothing of yours was saved: compare both, then save again."
IS_WITHDRAWN = "This approval is withdrawn. Nothing was changed: enter a new one."
WITHDRAWN_OTHERWISE = "This approval was withdrawn before, with another day or reason, and that stands. Nothing was changed now."
SENT_BEFORE = "This form was sent before with something else in it, and that stands. Nothing was saved now."


@dataclass(frozen=True, slots=True)
class ApprovalInput:
    """What an administrator typed."""

    kind: Kind
    body: str
    number: str
    statement: str
    category: str
    valid_from: date
    valid_to: date
    courses: tuple[str, ...]
    professions: tuple[str, ...]
    places: tuple[str, ...]
    hours: HoursBy


def enter(given: ApprovalInput, *, by: UUID, form_key: str, now: datetime) -> ApprovalVersion:
    """Enter an approval; the same form again gives the first. Raises Refused."""
    try:
        with transaction():
            refuse_unless_administers(by)
            earlier = version_made_with(form_key)
            if earlier is not None:
                return _same(earlier, given)
            approval_id = new_id()
            return _write(approval_id, approval_id, 1, given, by, form_key, now)
    except IntegrityError:  # The other click of a double click was first.
        earlier = version_made_with(form_key)
        if earlier is None:
            raise
        return _same(earlier, given)


def change(first_id: UUID, given: ApprovalInput, *, after_version: int, by: UUID, form_key: str, now: datetime) -> ApprovalVersion:
    """Put another version in the place of the one that the person saw. Saying the same again changes nothing. Raises Missing or Refused."""
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            one_at_a_time(f"approval.{first_id}")
            newest = newest_version(first_id)
            if newest is None:
                raise Missing
            if _says(newest, given):
                return newest
            if session.get(ApprovalWithdrawal, first_id) is not None:
                raise Refused(IS_WITHDRAWN)
            if newest.version != after_version:
                raise Refused(CHANGED_MEANWHILE)
            return _write(new_id(), first_id, after_version + 1, given, by, form_key, now)
    except IntegrityError as problem:
        raise Refused(CHANGED_MEANWHILE) from problem


def withdraw(first_id: UUID, *, from_day: date, reason: str, by: UUID, now: datetime) -> None:
    """Say that an approval does not hold from a day on. The same said twice is said once. Raises Missing or Refused."""
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            if newest_version(first_id) is None:
                raise Missing
            earlier = session.get(ApprovalWithdrawal, first_id)
            if earlier is not None:
                if (earlier.from_day, earlier.reason) != (from_day, reason):
                    raise Refused(WITHDRAWN_OTHERWISE)
                return
            session.add(ApprovalWithdrawal(first_id=first_id, from_day=from_day, reason=reason, withdrawn_at=now, withdrawn_by=by))
            session.flush()
            record("approval.withdrawn", actor=by, now=now, approval=first_id)
    except IntegrityError as problem:
        raise Refused(WITHDRAWN_OTHERWISE) from problem


def _write(row_id: UUID, first_id: UUID, version: int, given: ApprovalInput, by: UUID, form_key: str, now: datetime) -> ApprovalVersion:
    approval = ApprovalVersion(id=row_id, first_id=first_id, version=version, form_key=form_key, set_at=now, set_by=by, **_columns(given))
    db.session.add(approval)
    db.session.flush()
    record("approval.set", actor=by, now=now, approval=first_id, version=row_id)
    return approval


def _same(earlier: ApprovalVersion, given: ApprovalInput) -> ApprovalVersion:
    if not _says(earlier, given):
        raise Refused(SENT_BEFORE)
    return earlier


def _columns(given: ApprovalInput) -> dict[str, object]:
    hours = given.hours
    return {
        "kind": given.kind.value,
        "body": given.body,
        "number": given.number,
        "statement": given.statement,
        "category": given.category,
        "valid_from": given.valid_from,
        "valid_to": given.valid_to,
        "courses": sorted(given.courses),
        "professions": sorted(given.professions),
        "places": sorted(given.places),
        "stated_hours": _text(hours.stated),
        "step": _text(hours.step),
        "rounding": hours.rounding.value,
        "minimum": _text(hours.minimum),
    }


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


def _says(version: ApprovalVersion, given: ApprovalInput) -> bool:
    return all(getattr(version, name) == value for name, value in _columns(given).items())
