"""People, their sessions and guesses; organisations and who belongs to them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
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
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model
from ceapp.database.types import UtcDateTime

NAME_LENGTH = 120


class Person(Model):
    """Somebody with an account. `name` is printed on certificates; empty until it was asked for.

    Without a password (an empty hash) they sign in with a mailed code only.
    """

    __tablename__ = "person"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)  # normalised once, by accounts.addresses
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a mailed code or link came back
    password_hash: Mapped[str] = mapped_column(String(256))
    wants_reminders: Mapped[bool] = mapped_column(Boolean, default=True)
    is_administrator: Mapped[bool] = mapped_column(Boolean, default=False)
    is_reviewer: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # looks at courses, and does nothing else
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[Instant]

    @property
    def zone(self) -> str:
        return self.time_zone or "UTC"


class SignIn(Model):
    """One signed-in browser. Only the hash of its token is here; the token is in the cookie."""

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "person_id"), Index(None, "expires_at"))

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    proved_at: Mapped[Instant]  # when the person last showed here that it is they: by password or mailed code
    factor_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the second factor was given here
    browser: Mapped[str] = mapped_column(String(80), default="")  # in words, such as "Firefox on Windows"
    expires_at: Mapped[Instant]


class SecondFactor(Model):
    """The second factor of a person, while it is on. The seed is sealed together with whose it is, and no page shows it again."""

    __tablename__ = "second_factor"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), unique=True)
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(Integer)  # of the newest code that was used: no code of it or before works again
    since: Mapped[Instant]


class RecoveryCode(Model):
    """A code that stands in for a lost telephone, once. Only its hash is here, keyed with the sealed seed."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("second_factor_id", "code_hash"),)

    id: Mapped[Id]
    second_factor_id: Mapped[UUID] = mapped_column(ForeignKey("second_factor.id", ondelete="RESTRICT"))
    code_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SecondFactorReset(Model):
    """That an administrator took somebody's second factor away, and why; the reason is encrypted and may be deleted."""

    __tablename__ = "second_factor_reset"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    reset_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))  # None: in the terminal
    reset_at: Mapped[Instant]
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class MailedCode(Model):
    """A six-digit code that goes to an address and works only in the browser that asked, five times at most, for ten minutes.

    The code is made when the mail is sent; only its keyed hash is here. `person_id` is None when the address has no account.
    """

    __tablename__ = "mailed_code"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign-in', 'prove', 'change-email')", name="purpose"),
        Index(None, "person_id"),
        Index(None, "created_at"),
    )

    id: Mapped[Id]
    purpose: Mapped[str] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(254))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # of the browser's own secret
    code_hash: Mapped[str] = mapped_column(String(64), default="")
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    time_zone: Mapped[str] = mapped_column(String(64), default="")  # of the browser, for an account that this code makes
    created_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GuessWindow(Model):
    """How often something was guessed about one subject (the hash of an account or an address) in one span of time."""

    __tablename__ = "guess_window"
    __table_args__ = (UniqueConstraint("purpose", "subject", "window_start"), Index(None, "window_start"))

    id: Mapped[Id]
    purpose: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    window_start: Mapped[Instant]
    guesses: Mapped[int] = mapped_column(Integer)


class Licence(Model):
    """A licence that a person holds. What a certificate printed of it is kept there, whatever becomes of this row."""

    __tablename__ = "licence"
    __table_args__ = (
        UniqueConstraint("person_id", "slot"),
        UniqueConstraint("person_id", "profession", "profession_words", "place", "place_words", "number", name="uq_licence_identity"),
        CheckConstraint("slot BETWEEN 1 AND 10", name="slot"),
        CheckConstraint("(profession = 'other') = (profession_words <> '')", name="profession"),
        CheckConstraint("(place = 'other') = (place_words <> '')", name="place"),
        CheckConstraint("number <> ''", name="number"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    slot: Mapped[int] = mapped_column(Integer)  # nobody has more licences than there are slots
    profession: Mapped[str] = mapped_column(String(40))  # of licences.professions
    profession_words: Mapped[str] = mapped_column(String(80), default="")  # where it is another one
    place: Mapped[str] = mapped_column(String(8))  # of licences.places
    place_words: Mapped[str] = mapped_column(String(80), default="")
    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")  # as the licence has it; empty where it is the person's
    expires_on: Mapped[date | None] = mapped_column(Date)
    is_printed: Mapped[bool] = mapped_column(Boolean, default=True)
    added_at: Mapped[Instant]


class SetUpLink(Model):
    """The one-time link that makes the first administrator; only its hash is kept."""

    __tablename__ = "set_up_link"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Organisation(Model):
    """An agency that supervises its trainees on this server. Its days begin and end in its time zone."""

    __tablename__ = "organisation"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    takes_reflections: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())  # whether assigned work asks for them
    created_at: Mapped[Instant]


class Membership(Model):
    """A person in an organisation, with one role or several. Leaving and suspending keep the row; coming back opens it again."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("organisation_id", "person_id"),  # for the composite keys of what belongs to the organisation
        CheckConstraint("left_on IS NOT NULL OR is_trainee OR is_supervisor OR is_administrator", name="role"),
        Index(None, "person_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    is_trainee: Mapped[bool] = mapped_column(Boolean, default=False)
    is_supervisor: Mapped[bool] = mapped_column(Boolean, default=False)
    is_administrator: Mapped[bool] = mapped_column(Boolean, default=False)
    joined_on: Mapped[date] = mapped_column(Date)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # since then again, for somebody who had left
    left_on: Mapped[date | None] = mapped_column(Date)
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_active(self) -> bool:
        return self.left_on is None and self.suspended_at is None

    @property
    def roles(self) -> tuple[str, ...]:
        """`trainee`, `supervisor`, `administrator`: those that the person has."""
        held = {"trainee": self.is_trainee, "supervisor": self.is_supervisor, "administrator": self.is_administrator}
        return tuple(role for role, holds in held.items() if holds)


class Invitation(Model):
    """That an organisation asks somebody in. Its link is made when the mail is sent; only the hash is here, for seven days."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        CheckConstraint("is_trainee OR is_supervisor OR is_administrator", name="role"),
        Index(
            "uq_invitation_open",
            "organisation_id",
            "email",
            unique=True,
            sqlite_where=text("accepted_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("accepted_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")  # as the organisation wrote it; offered, never imposed
    is_trainee: Mapped[bool] = mapped_column(Boolean, default=False)
    is_supervisor: Mapped[bool] = mapped_column(Boolean, default=False)
    is_administrator: Mapped[bool] = mapped_column(Boolean, default=False)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the link
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    invited_at: Mapped[Instant]
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def roles(self) -> tuple[str, ...]:
        held = {"trainee": self.is_trainee, "supervisor": self.is_supervisor, "administrator": self.is_administrator}
        return tuple(role for role, holds in held.items() if holds)
