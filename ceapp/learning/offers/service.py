"""Making offers and vouchers, looking at a code, and noting what was paid elsewhere. Nothing here moves money."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.catalogue.queries import course_by_slug
from ceapp.database import new_id, one_at_a_time, transaction
from ceapp.database.transaction import locked
from ceapp.errors import Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.grant_queries import enrolment_of
from ceapp.learning.models import CourseOffer, EnrolmentPayment, EnrolmentWay, Voucher, VoucherBatch
from ceapp.learning.offers.queries import (
    PaymentWords,
    batch_made_with,
    current_offer,
    is_used,
    newest_payment,
    offer_made_with,
    payment_made_with,
    voucher_found,
    vouchers_in,
    words_of,
)
from ceapp.learning.offers.rules import Refund, Way, keyed_hash, new_voucher, possible_hashes, show, typed

CHANGED_MEANWHILE = "Somebody else changed this a moment ago. Nothing of yours was saved: compare both, then save again."
SENT_BEFORE = "This form was sent before with something else in it, and that stands. Nothing was saved now."
BY_HAND = "This course is open only to people whom an administrator enrols. You are not enrolled yet: write to the contact of this server."
NEEDS_CODE = "Type the code of the course, or your voucher."
WRONG_CODE = "This is not a code for this course. Look at it again; you are not enrolled yet."
WITHDRAWN = "This voucher was withdrawn. You are not enrolled: ask whoever gave it to you."
PAST = "The last day of this voucher is over. You are not enrolled: ask whoever gave it to you."
USED = "This voucher was used already. You are not enrolled: ask whoever gave it to you for another one."


class WrongCode(Refused):
    """What was typed as a code does not enrol anybody."""


@dataclass(frozen=True, slots=True)
class OfferInput:
    """What an administrator typed. An empty code keeps the one that is set, where there is one."""

    way: Way
    price: str
    refund: str
    code: str = ""
    vouchers_only: bool = False


@dataclass(frozen=True, slots=True)
class BatchInput:
    """What an administrator typed to have vouchers made."""

    label: str
    size: int
    last_day: date
    note: str


@dataclass(frozen=True, slots=True)
class PaymentInput:
    """What an administrator typed about a payment."""

    refund: Refund
    refund_on: date | None
    words: PaymentWords


def make_offer(course_slug: str, given: OfferInput, *, after_version: int, by: UUID, form_key: str, now: datetime) -> CourseOffer:
    """Put an offer in the place of the one that the person saw; it holds for enrolments from now on. Raises Missing or Refused."""
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            one_at_a_time(f"offer.{course_slug}")
            if course_by_slug(course_slug) is None:
                raise Missing
            newest, earlier = current_offer(course_slug), offer_made_with(form_key)
            columns = _columns(given, newest if earlier is None else earlier)
            if earlier is not None:
                if earlier.course_slug != course_slug or any(getattr(earlier, name) != value for name, value in columns.items()):
                    raise Refused(SENT_BEFORE)
                return earlier
            if (newest.version if newest else 0) != after_version:
                raise Refused(CHANGED_MEANWHILE)
            place = {"course_slug": course_slug, "version": after_version + 1, "form_key": form_key}
            offer = CourseOffer(**place, **columns, set_at=now, set_by=by)
            session.add(offer)
            session.flush()
            record("offer.set", actor=by, now=now, offer=offer.id)
            return offer
    except IntegrityError as problem:
        raise Refused(CHANGED_MEANWHILE) from problem


def make_vouchers(course_slug: str, given: BatchInput, *, by: UUID, form_key: str, now: datetime) -> VoucherBatch:
    """Make a batch of vouchers; the same form again gives the first. Raises Missing or Refused."""
    keys = current_keys()
    codes = [new_voucher() for _ in range(given.size)]
    sealed = [(code, keys.seal(code)) for code in codes]
    key_id, note = keys.seal(given.note)
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            if course_by_slug(course_slug) is None:
                raise Missing
            earlier = batch_made_with(form_key)
            if earlier is not None:
                return _same_batch(earlier, course_slug, given)
            batch = VoucherBatch(
                id=new_id(),
                course_slug=course_slug,
                label=given.label,
                size=given.size,
                last_day=given.last_day,
                key_id=key_id,
                ciphertext=note,
                form_key=form_key,
                made_at=now,
                made_by=by,
            )
            session.add(batch)
            session.flush()
            session.add_all(
                Voucher(batch_id=batch.id, number=number, code_hash=keyed_hash(keys.sealing[under], code), key_id=under, ciphertext=text)
                for number, (code, (under, text)) in enumerate(sealed, 1)
            )
            record("vouchers.made", actor=by, now=now, batch=batch.id)
            return batch
    except IntegrityError:  # The other click of a double click was first.
        earlier = batch_made_with(form_key)
        if earlier is None:
            raise
        return _same_batch(earlier, course_slug, given)


def show_vouchers(batch_id: UUID, *, by: UUID, now: datetime) -> Iterator[tuple[int, str, str]]:
    """Number, code and state of every voucher of a batch; that they were shown is written down."""
    with transaction():
        refuse_unless_administers(by)
        found = vouchers_in(batch_id)
        if not found:
            raise Missing
        record("vouchers.shown", actor=by, now=now, batch=batch_id)
    keys = current_keys()
    for voucher, used in found:
        state = "used" if used else "withdrawn" if voucher.withdrawn_at else "unused"
        yield voucher.number, show(keys.unseal(voucher.key_id, voucher.ciphertext)), state


def withdraw_vouchers(batch_id: UUID, number: int | None, *, by: UUID, now: datetime) -> int:
    """Withdraw one voucher of a batch, or all that nobody used; how many were withdrawn now. Used ones stay as they are."""
    with transaction() as session:
        refuse_unless_administers(by)
        found = [voucher.id for voucher, _ in vouchers_in(batch_id) if number in (None, voucher.number)]
        if not found:
            raise Missing
        rows = [locked(Voucher, each) for each in found]
        taken = [row for row in rows if row.withdrawn_at is None and not is_used(row.id)]
        for row in taken:
            row.withdrawn_at = now
        session.flush()
        if taken:
            record("vouchers.withdrawn", actor=by, now=now, batch=batch_id)
        return len(taken)


def entry_for(offer: CourseOffer | None, course_slug: str, code: str, *, today: date) -> EnrolmentWay | None:
    """How somebody comes in by this offer, in the transaction that enrols them. Raises Refused, or WrongCode for a code that does not."""
    if offer is None:
        return None
    if offer.way == Way.BY_HAND:
        raise Refused(BY_HAND)
    if offer.way == Way.OPEN:
        return EnrolmentWay(way=Way.OPEN.value, offer_id=offer.id)
    if not typed(code):
        raise WrongCode(NEEDS_CODE)
    hashes = possible_hashes(current_keys().sealing, code)
    if offer.code_hash and any(hmac.compare_digest(offer.code_hash, each) for each in hashes):
        return EnrolmentWay(way=Way.BY_CODE.value, offer_id=offer.id)
    return EnrolmentWay(way="voucher", offer_id=offer.id, voucher_id=_voucher_to_use(hashes, course_slug, today))


def note_payment(
    person_id: UUID, enrolment_id: UUID, given: PaymentInput, *, after_version: int, by: UUID, form_key: str, now: datetime
) -> EnrolmentPayment:
    """Put what is known of a payment in the place of what the administrator saw. Raises Missing or Refused."""
    key_id, ciphertext = current_keys().seal(json.dumps(asdict(given.words)))
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            one_at_a_time(f"payment.{enrolment_id}")
            if enrolment_of(person_id, enrolment_id) is None:
                raise Missing
            earlier, newest = payment_made_with(form_key), newest_payment(enrolment_id)
            if earlier is not None:
                if earlier.enrolment_id != enrolment_id or not _says(earlier, given):
                    raise Refused(SENT_BEFORE)
                return earlier
            if (newest.version if newest else 0) != after_version:
                raise Refused(CHANGED_MEANWHILE)
            payment = EnrolmentPayment(
                enrolment_id=enrolment_id,
                version=after_version + 1,
                refund=given.refund.value,
                refund_on=given.refund_on,
                key_id=key_id,
                ciphertext=ciphertext,
                form_key=form_key,
                set_at=now,
                set_by=by,
            )
            session.add(payment)
            session.flush()
            record("payment.noted", actor=by, now=now, enrolment=enrolment_id, payment=payment.id)
            return payment
    except IntegrityError as problem:
        raise Refused(CHANGED_MEANWHILE) from problem


def _says(payment: EnrolmentPayment, given: PaymentInput) -> bool:
    return (payment.refund, payment.refund_on, words_of(payment)) == (given.refund.value, given.refund_on, given.words)


def _columns(given: OfferInput, before: CourseOffer | None) -> dict[str, str]:
    return {"way": given.way.value, "price": given.price, "refund": given.refund, "code_hash": _code_hash(given, before)}


def _code_hash(given: OfferInput, before: CourseOffer | None) -> str:
    if given.way is not Way.BY_CODE or given.vouchers_only:
        return ""
    kept = before.code_hash if before else ""
    if not given.code:
        return kept
    sealing = current_keys().sealing
    return kept if kept in possible_hashes(sealing, given.code) else keyed_hash(sealing[max(sealing)], given.code)


def _voucher_to_use(hashes: list[str], course_slug: str, today: date) -> UUID:
    found = voucher_found(hashes, course_slug)
    if found is None:
        raise WrongCode(WRONG_CODE)
    voucher, batch = locked(Voucher, found[0].id), found[1]
    if is_used(voucher.id):
        raise WrongCode(USED)
    if voucher.withdrawn_at is not None:
        raise WrongCode(WITHDRAWN)
    if batch.last_day < today:
        raise WrongCode(PAST)
    return voucher.id


def _same_batch(earlier: VoucherBatch, course_slug: str, given: BatchInput) -> VoucherBatch:
    said = (earlier.course_slug, earlier.label, earlier.size, earlier.last_day)
    if said != (course_slug, given.label, given.size, given.last_day):
        raise Refused(SENT_BEFORE)
    return earlier
