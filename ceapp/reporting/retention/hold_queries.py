"""What is held, since when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course
from ceapp.database import db, pages_of
from ceapp.keys import current_keys
from ceapp.reporting.retention.models import HoldLifting, LegalHold

PAGE = 25


@dataclass(frozen=True, slots=True)
class Held:
    """A hold as administrators read it."""

    id: UUID
    about: str
    placed_at: datetime
    placed_by: str
    reason: str
    lifted_at: datetime | None
    lifted_by: str
    why_lifted: str


@dataclass(frozen=True, slots=True)
class HoldsPage:
    """One page of holds, those that hold first, the newest first."""

    holds: tuple[Held, ...]
    page: int
    pages: int


def is_held(*, person: SQLColumnExpression[Any] | None = None, course: SQLColumnExpression[Any] | None = None) -> ColumnElement[bool]:
    """Whether a hold that was not lifted is on everything, on this person or on this course."""
    about = [LegalHold.kind == "everything"]
    about += [LegalHold.person_id == person] if person is not None else []
    about += [LegalHold.course_slug == course] if course is not None else []
    lifted = exists().where(HoldLifting.hold_id == LegalHold.id).correlate(LegalHold)
    return exists().where(and_(or_(*about), ~lifted))


def holds_page(page: int) -> HoldsPage:
    """Every hold; a page beyond the last is the last."""
    pages = pages_of(db.session.scalar(select(func.count()).select_from(LegalHold)) or 0, PAGE)
    page = min(max(1, page), pages)
    ordered = _holds().order_by(HoldLifting.lifted_at.is_not(None), LegalHold.placed_at.desc(), LegalHold.id.desc())
    rows = db.session.execute(ordered.limit(PAGE).offset((page - 1) * PAGE))
    return HoldsPage(tuple(_read(*row) for row in rows), page, pages)


def hold_with_id(hold_id: UUID) -> Held | None:
    row = db.session.execute(_holds().where(LegalHold.id == hold_id)).first()
    return _read(*row) if row else None


def hold_made_with(form_key: str) -> LegalHold | None:
    return db.session.scalars(select(LegalHold).where(LegalHold.form_key == form_key)).first()


def lifting_of(hold_id: UUID) -> HoldLifting | None:
    return db.session.get(HoldLifting, hold_id)


def reason_in(row: LegalHold | HoldLifting | None) -> str:
    """Why; empty once the words were deleted."""
    return current_keys().unseal(row.key_id, row.ciphertext) if row is not None and row.ciphertext else ""


def _holds() -> Select[*tuple[Any, ...]]:
    placer, lifter, subject = aliased(Person), aliased(Person), aliased(Person)
    return (
        select(
            LegalHold,
            HoldLifting,
            func.coalesce(func.nullif(subject.name, ""), subject.email, Course.title, "Everything"),
            func.coalesce(func.nullif(placer.name, ""), placer.email),
            func.coalesce(func.nullif(lifter.name, ""), lifter.email, ""),
        )
        .join(placer, placer.id == LegalHold.placed_by)
        .outerjoin(subject, subject.id == LegalHold.person_id)
        .outerjoin(Course, Course.slug == LegalHold.course_slug)
        .outerjoin(HoldLifting, HoldLifting.hold_id == LegalHold.id)
        .outerjoin(lifter, lifter.id == HoldLifting.lifted_by)
    )


def _read(hold: LegalHold, lifting: HoldLifting | None, about: str, placed_by: str, lifted_by: str) -> Held:
    lifted_at = lifting.lifted_at if lifting else None
    return Held(hold.id, about, hold.placed_at, placed_by, reason_in(hold), lifted_at, lifted_by, reason_in(lifting))
