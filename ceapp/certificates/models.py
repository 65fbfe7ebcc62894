"""The provider's facts and approvals, certificates, their renditions and revocations. A certificate knows nothing of attempts."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model
from ceapp.database.types import UtcDateTime


class ProviderFacts(Model):
    """Who stands behind the certificates; every edit is a new version, and certificates freeze what they print."""

    __tablename__ = "provider_facts"

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(Integer, unique=True)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(400))
    contact: Mapped[str] = mapped_column(String(254))
    responsible_name: Mapped[str] = mapped_column(String(120))
    responsible_title: Mapped[str] = mapped_column(String(120))
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)  # PNG, re-encoded on upload
    set_at: Mapped[Instant]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class ApprovalVersion(Model):
    """What a body approved, as an administrator entered it; every change is a new version, and certificates freeze what they print.

    `first_id` is the id of the first version, by which all of them are known. Numbers of hours are decimals as text, exact.
    """

    __tablename__ = "approval_version"
    __table_args__ = (
        UniqueConstraint("first_id", "version"),
        CheckConstraint("version >= 1 AND (version = 1) = (first_id = id)", name="version"),
        CheckConstraint("kind IN ('provider', 'course')", name="kind"),
        CheckConstraint("valid_from <= valid_to", name="days"),
        CheckConstraint("body <> '' AND number <> '' AND statement <> ''", name="words"),
        CheckConstraint("rounding IN ('down', 'nearest')", name="rounding"),
        CheckConstraint("stated_hours = '' OR step = ''", name="hours"),
    )

    id: Mapped[Id]
    first_id: Mapped[UUID] = mapped_column(ForeignKey("approval_version.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(60))
    statement: Mapped[str] = mapped_column(String(1000))
    category: Mapped[str] = mapped_column(String(60), default="")
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    courses: Mapped[list[str]] = mapped_column(JSON)  # slugs; empty for all
    professions: Mapped[list[str]] = mapped_column(JSON)  # of licences.professions; empty for all
    places: Mapped[list[str]] = mapped_column(JSON)  # of licences.places; empty for all
    stated_hours: Mapped[str] = mapped_column(String(8), default="")
    step: Mapped[str] = mapped_column(String(8), default="")
    rounding: Mapped[str] = mapped_column(String(8), default="down")
    minimum: Mapped[str] = mapped_column(String(8), default="0")
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    set_at: Mapped[Instant]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class ApprovalWithdrawal(Model):
    """That an approval does not hold for completions on or after a day, and why: nothing about a person."""

    __tablename__ = "approval_withdrawal"

    first_id: Mapped[UUID] = mapped_column(ForeignKey("approval_version.id", ondelete="RESTRICT"), primary_key=True)
    from_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(400))
    withdrawn_at: Mapped[Instant]
    withdrawn_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class SerialCounter(Model):
    """The last serial given out in a year; gaps are allowed."""

    __tablename__ = "serial_counter"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class Certificate(Model):
    """A frozen record: canonical JSON facts with their SHA-256. Without a serial it is a specimen.

    Of one person, course and cycle the highest version is current; it names the one that it supersedes.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("person_id", "course_slug", "cycle", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("(version = 1) = (supersedes_id IS NULL)", name="supersedes"),
        CheckConstraint("basis IN ('completion', 'by hand')", name="basis"),
        CheckConstraint("basis = 'completion' OR reason <> ''", name="reason"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    course_slug: Mapped[str] = mapped_column(String(64))
    cycle: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"), unique=True)
    basis: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(400), default="")
    code: Mapped[str] = mapped_column(String(32), unique=True)
    serial: Mapped[str | None] = mapped_column(String(16), unique=True)
    facts: Mapped[str] = mapped_column(Text)
    facts_sha256: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[Instant]

    @property
    def is_specimen(self) -> bool:
        return self.serial is None


class CertificateRevocation(Model):
    """That a certificate no longer counts, since when and why."""

    __tablename__ = "certificate_revocation"

    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"), primary_key=True)
    revoked_at: Mapped[Instant]
    revoked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(String(400))


class CertificateDeed(Model):
    """What an administrator did, and why: sealed, apart from the record, so that the words can be deleted and the deed stays.

    `certificate_id` is the certificate that was made or revoked; of one that replaces another, the newer.
    """

    __tablename__ = "certificate_deed"
    __table_args__ = (
        UniqueConstraint("certificate_id", "deed"),
        CheckConstraint("deed IN ('replaced', 'revoked', 'by hand')", name="deed"),
    )

    id: Mapped[Id]
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"))
    deed: Mapped[str] = mapped_column(String(16))
    done_at: Mapped[Instant]
    done_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    key_id: Mapped[str] = mapped_column(String(32))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class CorrectionRequest(Model):
    """That the holder of a certificate finds something wrong with it, in their words, sealed. Replacing or answering closes it."""

    __tablename__ = "correction_request"
    __table_args__ = (
        Index(
            "uq_correction_request_open",
            "certificate_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"))
    asked_at: Mapped[Instant]
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    key_id: Mapped[str] = mapped_column(String(32))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class Rendition(Model):
    """A PDF of a certificate; the first of each paper size is the one that is kept."""

    __tablename__ = "rendition"
    __table_args__ = (UniqueConstraint("certificate_id", "paper"), CheckConstraint("paper IN ('letter', 'a4')", name="paper"))

    id: Mapped[Id]
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"))
    paper: Mapped[str] = mapped_column(String(8))
    sha256: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[Instant]
