"""People, their sessions and guesses; organisations and who belongs to them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model
from ceapp.database.types import UtcDateTime

NAME_LENGTH = 120


class Person(Model):
    """Somebody with an account. `name` is printed on certificates; empty until it was asked for."""

    __tablename__ = "person"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)  # normalised once, by accounts.addresses
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    password_hash: Mapped[str] = mapped_column(String(256))
    is_administrator: Mapped[bool] = mapped_column(Boolean, default=False)
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[Instant]

    @property
    def zone(self) -> str:
        return self.time_zone or "UTC"


class SignIn(Model):
    """One signed-in browser. Only the hash of its token is here; the token is in the cookie."""

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]


class GuessWindow(Model):
    """How often something was guessed about one subject (the hash of an account or an address) in one span of time."""

    __tablename__ = "guess_window"
    __table_args__ = (UniqueConstraint("purpose", "subject", "window_start"), Index(None, "window_start"))

    id: Mapped[Id]
    purpose: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    window_start: Mapped[Instant]
    guesses: Mapped[int] = mapped_column(Integer)


class SetUpLink(Model):
    """The one-time link that makes the first administrator; only its hash is kept."""

    __tablename__ = "set_up_link"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Organisation(Model):
    """An agency that supervises its trainees on this server."""

    __tablename__ = "organisation"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Instant]


class Membership(Model):
    """A person's role in an organisation, from one day until another."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("organisation_id", "person_id", "role", "begins_on"),
        UniqueConstraint("organisation_id", "id"),  # for the composite keys of what belongs to the organisation
        CheckConstraint("role IN ('trainee', 'supervisor', 'administrator')", name="role"),
        Index(None, "person_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(String(16))
    begins_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
