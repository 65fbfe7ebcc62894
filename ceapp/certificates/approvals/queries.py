"""What is asked about approvals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased, scoped_session

from ceapp.certificates.approvals.rules import Approval, HoursBy, Kind, Rounding, in_force
from ceapp.certificates.models import ApprovalVersion, ApprovalWithdrawal
from ceapp.database import db, pages_of
from ceapp.database.rows import Whole, all_rows, table_of

PAGE_SIZE = 25

_version = Whole(ApprovalVersion)
_versions, _withdrawals = table_of(ApprovalVersion), table_of(ApprovalWithdrawal)


def newest_between(first: ColumnElement[date], last: ColumnElement[date]) -> ColumnElement[bool]:
    """Inside a statement over the tables: the newest versions, of any course, whose days touch these."""
    later = _versions.alias()
    is_superseded = select(later.c.id).where(later.c.first_id == _versions.c.first_id, later.c.version > _versions.c.version).exists()
    return (_versions.c.valid_from <= last) & (_versions.c.valid_to >= first) & ~is_superseded


# Built once: every completion asks it, and putting it together takes longer than running it.
_HOLDING = (
    select(_withdrawals.c.from_day, *_version.columns)
    .select_from(_versions.outerjoin(_withdrawals, _withdrawals.c.first_id == _versions.c.first_id))
    .where(newest_between(bindparam("on", type_=Date), bindparam("on", type_=Date)))
)


@dataclass(frozen=True, slots=True)
class ApprovalsPage:
    """One page of approvals, those that hold longest first."""

    approvals: tuple[Approval, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class History:
    """An approval with all that was ever said of it, the newest first."""

    approval: Approval
    versions: tuple[tuple[Approval, datetime], ...]
    withdrawal: ApprovalWithdrawal | None


def approvals_for(course_slug: str, on: date) -> tuple[Approval, ...]:
    """The approvals that hold on a day and cover a course."""
    rows = all_rows(_HOLDING, on=on)
    return in_force((approval_from(_version.of(row, 1), row[0]) for row in rows), course_slug, on)


def all_approvals() -> list[Approval]:
    """Every approval as its newest version says it."""
    return approvals_in(db.session)


def approvals_in(session: Session | scoped_session[Any]) -> list[Approval]:
    """The same in a database that no application has opened."""
    return [approval_from(*row) for row in session.execute(_newest())]


def approvals_page(page: int) -> ApprovalsPage:
    """A page beyond the last is the last."""
    count = db.session.scalar(select(func.count()).select_from(ApprovalVersion).where(ApprovalVersion.version == 1)) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(max(1, page), pages)
    ordered = _newest().order_by(ApprovalVersion.valid_to.desc(), ApprovalVersion.first_id)
    rows = db.session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return ApprovalsPage(tuple(approval_from(*row) for row in rows), page, pages)


def approval_history(first_id: UUID) -> History | None:
    """An approval with its versions; None when there is none of this id."""
    rows = list(
        db.session.scalars(select(ApprovalVersion).where(ApprovalVersion.first_id == first_id).order_by(ApprovalVersion.version.desc()))
    )
    if not rows:
        return None
    withdrawal = db.session.get(ApprovalWithdrawal, first_id)
    from_day = withdrawal.from_day if withdrawal else None
    return History(approval_from(rows[0], from_day), tuple((approval_from(row, from_day), row.set_at) for row in rows), withdrawal)


def newest_version(first_id: UUID) -> ApprovalVersion | None:
    """The newest version, in whose place another one may be put."""
    return db.session.scalars(
        select(ApprovalVersion).where(ApprovalVersion.first_id == first_id).order_by(ApprovalVersion.version.desc()).limit(1)
    ).first()


def version_made_with(form_key: str) -> ApprovalVersion | None:
    return db.session.scalars(select(ApprovalVersion).where(ApprovalVersion.form_key == form_key)).first()


def _is_newest() -> ColumnElement[bool]:
    later = aliased(ApprovalVersion)
    return ~select(later.id).where(later.first_id == ApprovalVersion.first_id, later.version > ApprovalVersion.version).exists()


def _newest() -> Select[ApprovalVersion, date | None]:
    return (
        select(ApprovalVersion, ApprovalWithdrawal.from_day)
        .outerjoin(ApprovalWithdrawal, ApprovalWithdrawal.first_id == ApprovalVersion.first_id)
        .where(_is_newest())
    )


def approval_from(row: ApprovalVersion, withdrawn_from: date | None) -> Approval:
    """An approval by its version and the day from which it is withdrawn."""
    hours = HoursBy(
        Decimal(row.stated_hours) if row.stated_hours else None,
        Decimal(row.step) if row.step else None,
        Rounding(row.rounding),
        Decimal(row.minimum),
    )
    return Approval(
        row.first_id,
        row.version,
        Kind(row.kind),
        row.body,
        row.number,
        row.statement,
        row.category,
        row.valid_from,
        row.valid_to,
        tuple(row.courses),
        tuple(row.professions),
        tuple(row.places),
        hours,
        withdrawn_from,
    )
