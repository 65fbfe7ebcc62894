"""Reading offers, vouchers and payments."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select

from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course
from ceapp.database import db, pages_of
from ceapp.keys import current_keys
from ceapp.learning.acceptance_queries import is_current_offer
from ceapp.learning.models import CourseOffer, Enrolment, EnrolmentPayment, EnrolmentWay, Voucher, VoucherBatch

PAGE_SIZE = 25
VERSIONS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class OffersPage:
    """One page of courses, each with its offer of today."""

    courses: tuple[tuple[Course, CourseOffer | None], ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """Vouchers that were made together, and how many of them were used or withdrawn."""

    batch: VoucherBatch
    used: int
    withdrawn: int

    @property
    def left(self) -> int:
        return self.batch.size - self.used - self.withdrawn


@dataclass(frozen=True, slots=True)
class BatchesPage:
    batches: tuple[BatchSeen, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class VouchersPage:
    """One page of a batch: each voucher with who used it, and when."""

    seen: BatchSeen
    note: str
    vouchers: tuple[tuple[Voucher, Person | None, datetime | None], ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class PaymentWords:
    """What is encrypted of a payment."""

    reference: str = ""
    reason: str = ""


def offers_page(page: int) -> OffersPage:
    """Every course that was ever published, by title; a page beyond the last is the last."""
    pages = pages_of(db.session.scalar(select(func.count()).select_from(Course)) or 0, PAGE_SIZE)
    page = min(max(1, page), pages)
    rows = db.session.execute(
        select(Course, CourseOffer)
        .outerjoin(CourseOffer, is_current_offer())
        .order_by(Course.title, Course.slug)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return OffersPage(tuple((course, offer) for course, offer in rows), page, pages)


def current_offer(course_slug: str) -> CourseOffer | None:
    """The offer of today; None while nobody made one, and the course is open to all."""
    return next(iter(newest_offers(course_slug, 1)), None)


def newest_offers(course_slug: str, most: int = VERSIONS_SHOWN) -> list[CourseOffer]:
    """The newest versions, the newest first."""
    wanted = select(CourseOffer).where(CourseOffer.course_slug == course_slug)
    return list(db.session.scalars(wanted.order_by(CourseOffer.version.desc()).limit(most)))


def offer_made_with(form_key: str) -> CourseOffer | None:
    return db.session.scalars(select(CourseOffer).where(CourseOffer.form_key == form_key)).first()


def batch_made_with(form_key: str) -> VoucherBatch | None:
    return db.session.scalars(select(VoucherBatch).where(VoucherBatch.form_key == form_key)).first()


def batches_page(course_slug: str, page: int) -> BatchesPage:
    """The vouchers of a course, the newest first."""
    wanted = VoucherBatch.course_slug == course_slug
    pages = pages_of(db.session.scalar(select(func.count()).select_from(VoucherBatch).where(wanted)) or 0, PAGE_SIZE)
    page = min(max(1, page), pages)
    rows = db.session.execute(
        select(VoucherBatch, *_counts())
        .where(wanted)
        .order_by(VoucherBatch.made_at.desc(), VoucherBatch.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return BatchesPage(tuple(BatchSeen(*row) for row in rows), page, pages)


def vouchers_page(batch_id: UUID, page: int) -> VouchersPage | None:
    """One page of a batch; None when there is none of this id."""
    found = db.session.execute(select(VoucherBatch, *_counts()).where(VoucherBatch.id == batch_id)).first()
    if found is None:
        return None
    seen = BatchSeen(*found)
    pages = pages_of(seen.batch.size, PAGE_SIZE)
    page = min(max(1, page), pages)
    rows = db.session.execute(
        select(Voucher, Person, Enrolment.began_at)
        .outerjoin(EnrolmentWay, EnrolmentWay.voucher_id == Voucher.id)
        .outerjoin(Enrolment, Enrolment.id == EnrolmentWay.enrolment_id)
        .outerjoin(Person, Person.id == Enrolment.person_id)
        .where(Voucher.batch_id == batch_id)
        .order_by(Voucher.number)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    note = current_keys().unseal(seen.batch.key_id, seen.batch.ciphertext) if seen.batch.ciphertext else ""
    return VouchersPage(seen, note, tuple((voucher, person, at) for voucher, person, at in rows), page, pages)


def vouchers_in(batch_id: UUID) -> list[tuple[Voucher, bool]]:
    """All vouchers of a batch by number, and whether each was used."""
    rows = db.session.execute(
        select(Voucher, EnrolmentWay.enrolment_id)
        .outerjoin(EnrolmentWay, EnrolmentWay.voucher_id == Voucher.id)
        .where(Voucher.batch_id == batch_id)
        .order_by(Voucher.number)
    )
    return [(voucher, used is not None) for voucher, used in rows]


def voucher_found(hashes: Collection[str], course_slug: str) -> tuple[Voucher, VoucherBatch] | None:
    """The voucher of a course with one of these hashes."""
    row = db.session.execute(
        select(Voucher, VoucherBatch)
        .join(VoucherBatch, VoucherBatch.id == Voucher.batch_id)
        .where(Voucher.code_hash.in_(hashes), VoucherBatch.course_slug == course_slug)
    ).first()
    return (row[0], row[1]) if row else None


def is_used(voucher_id: UUID) -> bool:
    return db.session.scalars(select(EnrolmentWay.enrolment_id).where(EnrolmentWay.voucher_id == voucher_id)).first() is not None


def newest_payment(enrolment_id: UUID) -> EnrolmentPayment | None:
    """What is known of a payment today."""
    wanted = select(EnrolmentPayment).where(EnrolmentPayment.enrolment_id == enrolment_id)
    return db.session.scalars(wanted.order_by(EnrolmentPayment.version.desc()).limit(1)).first()


def payment_made_with(form_key: str) -> EnrolmentPayment | None:
    return db.session.scalars(select(EnrolmentPayment).where(EnrolmentPayment.form_key == form_key)).first()


def words_of(payment: EnrolmentPayment | None) -> PaymentWords:
    """What was sealed of a payment; empty where it was deleted."""
    if payment is None or not payment.ciphertext:
        return PaymentWords()
    return PaymentWords(**json.loads(current_keys().unseal(payment.key_id, payment.ciphertext)))


def reason_of_way(way: EnrolmentWay | None) -> str:
    """Why somebody was enrolled by hand; empty otherwise."""
    return current_keys().unseal(way.key_id, way.ciphertext) if way is not None and way.ciphertext else ""


def _counts() -> tuple[ScalarSelect[int], ScalarSelect[int]]:
    """Inside a query that has VoucherBatch: how many of it were used, and how many withdrawn."""
    used = (
        select(func.count())
        .select_from(EnrolmentWay)
        .join(Voucher, Voucher.id == EnrolmentWay.voucher_id)
        .where(Voucher.batch_id == VoucherBatch.id)
        .correlate(VoucherBatch)
    )
    withdrawn = (
        select(func.count())
        .select_from(Voucher)
        .where(Voucher.batch_id == VoucherBatch.id, Voucher.withdrawn_at.is_not(None))
        .correlate(VoucherBatch)
    )
    return used.scalar_subquery(), withdrawn.scalar_subquery()
