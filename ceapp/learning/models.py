"""Enrolments, series of attempts, answers, scores, what people wrote, and completions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model
from ceapp.database.types import UtcDateTime


class Enrolment(Model):
    """A person in a course, one cycle, pinned to a course revision. The learner may move it to a newer one."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("person_id", "course_slug", "cycle"), CheckConstraint("cycle >= 1", name="cycle"))

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    course_slug: Mapped[str] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    cycle: Mapped[int] = mapped_column(Integer)
    course_revision_id: Mapped[str] = mapped_column(ForeignKey("course_revision.id", ondelete="RESTRICT"))
    began_at: Mapped[Instant]
    evaluated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # that the course was evaluated; what was said is not here
    attested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Acknowledgement(Model):
    """That somebody was shown a notice about approvals when they enrolled, and ticked that they know."""

    __tablename__ = "acknowledgement"
    __table_args__ = (CheckConstraint("notice IN ('no approval', 'approval ends', 'completed before')", name="notice"),)

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id", ondelete="RESTRICT"), primary_key=True)
    notice: Mapped[str] = mapped_column(String(20), primary_key=True)
    acknowledged_at: Mapped[Instant]


class CourseOffer(Model):
    """How people come into a course from a moment on, with its price and refund in words; every change is a new version."""

    __tablename__ = "course_offer"
    __table_args__ = (
        UniqueConstraint("course_slug", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("way IN ('open', 'by code', 'by hand')", name="way"),
        CheckConstraint("code_hash = '' OR way = 'by code'", name="code"),
    )

    id: Mapped[Id]
    course_slug: Mapped[str] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(Integer)
    way: Mapped[str] = mapped_column(String(16))
    price: Mapped[str] = mapped_column(String(400))
    refund: Mapped[str] = mapped_column(String(2000))
    code_hash: Mapped[str] = mapped_column(String(64))  # of the one code for all, keyed; empty without one
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    set_at: Mapped[Instant]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class VoucherBatch(Model):
    """Vouchers that were made together; what was noted of their payment is encrypted."""

    __tablename__ = "voucher_batch"
    __table_args__ = (CheckConstraint("size BETWEEN 1 AND 500", name="size"), Index(None, "course_slug"))

    id: Mapped[Id]
    course_slug: Mapped[str] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    label: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    last_day: Mapped[date] = mapped_column(Date)
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[Instant]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class Voucher(Model):
    """A code that enrols one person: sealed, and found by its keyed hash."""

    __tablename__ = "voucher"
    __table_args__ = (UniqueConstraint("batch_id", "number"), CheckConstraint("number BETWEEN 1 AND 500", name="number"))

    id: Mapped[Id]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("voucher_batch.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EnrolmentWay(Model):
    """How an enrolment came about, with the offer as it was shown. A voucher stands in one at most.

    Without a row it was open to all, and nothing was said of a price.
    """

    __tablename__ = "enrolment_way"
    __table_args__ = (
        CheckConstraint("way IN ('open', 'by code', 'voucher', 'by hand')", name="way"),
        CheckConstraint("(way = 'voucher') = (voucher_id IS NOT NULL)", name="voucher"),
        CheckConstraint("(way = 'by hand') = (enrolled_by IS NOT NULL)", name="by_hand"),
    )

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id", ondelete="RESTRICT"), primary_key=True)
    way: Mapped[str] = mapped_column(String(16))
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("course_offer.id", ondelete="RESTRICT"))
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("voucher.id", ondelete="RESTRICT"), unique=True)
    enrolled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    key_id: Mapped[str] = mapped_column(String(16), default="")
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary, default=b"")  # why it was by hand


class EnrolmentPayment(Model):
    """What is known of a payment that was made elsewhere, and of its refund; every change is a new version.

    The reference and the reason are encrypted.
    """

    __tablename__ = "enrolment_payment"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("refund IN ('none', 'asked', 'refunded', 'declined')", name="refund"),
        CheckConstraint("(refund = 'none') = (refund_on IS NULL)", name="refund_on"),
    )

    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(Integer)
    refund: Mapped[str] = mapped_column(String(16))
    refund_on: Mapped[date | None] = mapped_column(Date)
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    set_at: Mapped[Instant]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class Series(Model):
    """The attempts of one person at one scenario for one purpose. `allowed` is their number; None is without limit."""

    __tablename__ = "series"
    __table_args__ = (
        CheckConstraint("purpose IN ('credit', 'practice', 'assigned')", name="purpose"),
        CheckConstraint("(purpose = 'credit') = (enrolment_id IS NOT NULL)", name="enrolment"),
        UniqueConstraint("enrolment_id", "scenario_slug"),
        UniqueConstraint("id", "purpose"),  # so that an assignment can refer to an assigned series and to no other
        Index(None, "person_id", "course_slug"),
        Index(
            "uq_series_practice",
            "person_id",
            "course_slug",
            "scenario_slug",
            unique=True,
            sqlite_where=text("purpose = 'practice'"),
            postgresql_where=text("purpose = 'practice'"),
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    enrolment_id: Mapped[UUID | None] = mapped_column(ForeignKey("enrolment.id", ondelete="RESTRICT"))
    course_slug: Mapped[str] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    scenario_slug: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))
    allowed: Mapped[int | None] = mapped_column(Integer)
    is_closing: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # the closing cases, form by form


class Attempt(Model):
    """One go at a scenario revision. Its number is unique in the series and never above what was allowed at its start."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("series_id", "number"),
        CheckConstraint("number >= 1 AND (allowed IS NULL OR number <= allowed)", name="number"),
        CheckConstraint("closed_at IS NULL OR abandoned_at IS NULL", name="one_end"),
        Index(
            "uq_attempt_open",
            "series_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL AND abandoned_at IS NULL"),
            postgresql_where=text("closed_at IS NULL AND abandoned_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    allowed: Mapped[int | None] = mapped_column(Integer)
    scenario_revision_id: Mapped[str] = mapped_column(ForeignKey("scenario_revision.id", ondelete="RESTRICT"))
    option_order: Mapped[dict[str, Any]] = mapped_column(JSON)  # question id → [[public id, option id], …] as shown
    pass_mark: Mapped[int] = mapped_column(Integer)
    scoring: Mapped[str] = mapped_column(String(16))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    began_at: Mapped[Instant]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    abandoned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # left for a newer text, at no cost

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.abandoned_at is None


class AttemptRequest(Model):
    """That a learner whose attempts are used up asks for another one. Granting or declining answers it."""

    __tablename__ = "attempt_request"
    __table_args__ = (
        Index(
            "uq_attempt_request_open",
            "series_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id", ondelete="RESTRICT"))
    asked_at: Mapped[Instant]
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AttemptGrant(Model):
    """That somebody was given one more attempt, and why; the reason is encrypted and may be deleted."""

    __tablename__ = "attempt_grant"
    __table_args__ = (Index(None, "series_id"),)

    id: Mapped[Id]
    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id", ondelete="RESTRICT"))
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # None: in the terminal
    granted_at: Mapped[Instant]
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class Answer(Model):
    """What was chosen, in option ids; a reflection's text is a row of its own, named by `text_id`."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("attempt_id", "question_id"), UniqueConstraint("attempt_id", "position"))

    id: Mapped[Id]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="RESTRICT"))
    question_id: Mapped[str] = mapped_column(String(64))
    position: Mapped[int] = mapped_column(Integer)
    given: Mapped[list[str]] = mapped_column(JSON)
    text_id: Mapped[UUID | None]  # no foreign key: the text may be deleted, the answer may not
    words: Mapped[int | None] = mapped_column(Integer)
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[Instant]


class Reflection(Model):
    """What a person wrote, encrypted; a draft until it is handed in. May be deleted without touching the answer."""

    __tablename__ = "reflection"
    __table_args__ = (UniqueConstraint("attempt_id", "question_id"),)

    id: Mapped[Id]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="RESTRICT"))
    question_id: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    saves: Mapped[int] = mapped_column(Integer)  # counts up, so that an older draft cannot overwrite a newer one
    saved_at: Mapped[Instant]
    handed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Score(Model):
    """The outcome of a closed attempt; scoring again with a reason appends a row, and the newest counts."""

    __tablename__ = "score"
    __table_args__ = (UniqueConstraint("attempt_id", "version"),)

    id: Mapped[Id]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(Integer)
    percent: Mapped[int | None] = mapped_column(Integer)
    passed: Mapped[bool] = mapped_column(Boolean)
    credits: Mapped[dict[str, str]] = mapped_column(JSON)  # question id → exact fraction, "4/5"
    scored_at: Mapped[Instant]


class Completion(Model):
    """That an enrolment met all its requirements, on the day of the learner's last own act in their own zone."""

    __tablename__ = "completion"

    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id", ondelete="RESTRICT"), unique=True)
    course_revision_id: Mapped[str] = mapped_column(ForeignKey("course_revision.id", ondelete="RESTRICT"))
    completed_at: Mapped[Instant]
    completed_on: Mapped[date] = mapped_column(Date)
    time_zone: Mapped[str] = mapped_column(String(64))


class Attestation(Model):
    """What a learner signed for an enrolment, as it was shown, with the time that they had worked; the typed name is encrypted."""

    __tablename__ = "attestation"
    __table_args__ = (CheckConstraint("seconds_worked >= 0", name="seconds_worked"),)

    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id", ondelete="RESTRICT"), unique=True)
    statement: Mapped[str] = mapped_column(String(4000))
    seconds_worked: Mapped[int] = mapped_column(Integer)
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    attested_at: Mapped[Instant]


class EvaluationAnswer(Model):
    """What somebody said about one item of a course in some month: by its content, nobody's.

    No person, enrolment, form key or moment, and a random id; SQLite keeps the rows in the order of these ids, not in that of writing.
    A comment is encrypted, as if on the first day of its month: the ciphertext names the time of its making.
    """

    __tablename__ = "evaluation_answer"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint("(rating IS NULL) <> (ciphertext IS NULL)", name="kind"),
        Index(None, "course_slug", "month"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)  # ids of ours tell the time
    course_slug: Mapped[str] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    month: Mapped[date] = mapped_column(Date)  # its first day
    item_id: Mapped[str] = mapped_column(String(80))
    rating: Mapped[int | None] = mapped_column(Integer)
    key_id: Mapped[str] = mapped_column(String(16), default="")
    ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)


class EvaluationMixed(Model):
    """How many answers of a course and month were there when they were last written anew, so that nothing tells who wrote them."""

    __tablename__ = "evaluation_mixed"

    course_slug: Mapped[str] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    rows: Mapped[int] = mapped_column(Integer)


class CompletionRequirement(Model):
    """Which attempt, at which revision, met a requirement of a completion."""

    __tablename__ = "completion_requirement"

    completion_id: Mapped[UUID] = mapped_column(ForeignKey("completion.id", ondelete="RESTRICT"), primary_key=True)
    scenario_slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    scenario_revision_id: Mapped[str] = mapped_column(ForeignKey("scenario_revision.id", ondelete="RESTRICT"))
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="RESTRICT"))
