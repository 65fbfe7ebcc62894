"""Where completions are reported, the ledger of completions and licences, and the files that were made of it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model
from ceapp.database.types import UtcDateTime


class CeBrokerSetting(Model):
    """That completions of a course are reported for the licences of one profession in one place, and by which numbers.

    Every change is a new version. Everything in it was typed by an administrator; hours are a decimal as text.
    """

    __tablename__ = "ce_broker_setting"
    __table_args__ = (
        UniqueConstraint("course_slug", "place", "profession", "profession_words", "version", name="uq_ce_broker_setting_version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("(profession = 'other') = (profession_words <> '')", name="profession"),
        CheckConstraint("course_number <> '' OR own_number <> ''", name="course"),
        CheckConstraint("(subject_code = '') = (hours = '')", name="partial"),
        CheckConstraint("days BETWEEN 1 AND 366", name="days"),
    )

    id: Mapped[Id]
    course_slug: Mapped[str] = mapped_column(ForeignKey("course.slug", ondelete="RESTRICT"))
    place: Mapped[str] = mapped_column(String(8))  # of licences.places
    profession: Mapped[str] = mapped_column(String(40))  # of licences.professions
    profession_words: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(Boolean)
    provider_number: Mapped[str] = mapped_column(String(20))
    course_number: Mapped[str] = mapped_column(String(20))
    own_number: Mapped[str] = mapped_column(String(40))
    publishing_number: Mapped[str] = mapped_column(String(20))
    profession_code: Mapped[str] = mapped_column(String(16))
    subject_code: Mapped[str] = mapped_column(String(20))
    hours: Mapped[str] = mapped_column(String(8))
    days: Mapped[int] = mapped_column(Integer)
    first_day: Mapped[date] = mapped_column(Date)
    approval_id: Mapped[UUID | None] = mapped_column(ForeignKey("approval_version.id", ondelete="RESTRICT"))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    set_at: Mapped[Instant]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class CeBrokerFile(Model):
    """A file as it was made; the bytes are sealed, and can be deleted once nobody needs them."""

    __tablename__ = "ce_broker_file"
    __table_args__ = (CheckConstraint("kind IN ('full', 'partial')", name="kind"), CheckConstraint("lines >= 1", name="lines"))

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(Integer, unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    lines: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(32))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[Instant]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))


class CeBrokerEntry(Model):
    """One completion and one licence in the ledger, or, with an empty `licence_key`, that a completion has no licence to report.

    `settings` and `licences` are how many versions of settings and licences of the person there were when it was looked at: with another
    number it is looked at again. What stands in the line, and why it was rejected, is sealed.
    """

    __tablename__ = "ce_broker_entry"
    __table_args__ = (
        UniqueConstraint("person_id", "course_slug", "cycle", "licence_key", name="uq_ce_broker_entry_licence"),
        CheckConstraint("state IN ('ready', 'exported', 'accepted', 'rejected', 'missing', 'not reported')", name="state"),
        CheckConstraint("(licence_key = '') = (setting_id IS NULL)", name="setting"),
        CheckConstraint("state NOT IN ('exported', 'accepted', 'rejected') OR file_id IS NOT NULL", name="file"),
        Index(None, "state", "due_on"),
        Index(None, "file_id", "row"),
        Index(None, "certificate_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    course_slug: Mapped[str] = mapped_column(String(64))
    cycle: Mapped[int] = mapped_column(Integer)
    licence_key: Mapped[str] = mapped_column(String(64))
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("certificate.id", ondelete="RESTRICT"))
    setting_id: Mapped[UUID | None] = mapped_column(ForeignKey("ce_broker_setting.id", ondelete="RESTRICT"))
    settings: Mapped[int] = mapped_column(Integer)
    licences: Mapped[int] = mapped_column(Integer)
    completed_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16))
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("ce_broker_file.id", ondelete="RESTRICT"))
    row: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[Instant]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    key_id: Mapped[str] = mapped_column(String(32))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class CeBrokerLine(Model):
    """That an entry stood in a row of a file: an entry that was sent again stands in several files, and what became of it in each."""

    __tablename__ = "ce_broker_line"
    __table_args__ = (
        CheckConstraint("row >= 1", name="row"),
        CheckConstraint("outcome IN ('', 'accepted', 'rejected')", name="outcome"),
        CheckConstraint("(outcome = '') = (decided_at IS NULL)", name="decided"),
    )

    file_id: Mapped[UUID] = mapped_column(ForeignKey("ce_broker_file.id", ondelete="RESTRICT"), primary_key=True)
    row: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("ce_broker_entry.id", ondelete="RESTRICT"), index=True)
    outcome: Mapped[str] = mapped_column(String(16))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    key_id: Mapped[str] = mapped_column(String(32))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)  # why it was rejected
