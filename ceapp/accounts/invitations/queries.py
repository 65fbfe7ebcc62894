"""What is asked about invitations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from ceapp.accounts.models import Invitation, Membership, Organisation, Person
from ceapp.accounts.tokens import SKEW
from ceapp.database import db, everybody, pages_of

LINK_LIFE = timedelta(days=7)
PAGE_SIZE = 50
_AT_A_TIME = 500

IS_OPEN = (Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation whose link works, and the organisation that it is to."""

    invitation: Invitation
    organisation: Organisation


@dataclass(frozen=True, slots=True)
class InvitationsPage:
    """One page of an organisation's open invitations."""

    invitations: tuple[Invitation, ...]
    count: int
    page: int
    pages: int


def invitation_by_link(token_hash: str, *, now: datetime) -> OpenInvitation | None:
    """The invitation that this link opens; None for every other text."""
    with everybody("an invitation is found by its link, which decides the organisation"):
        row = db.session.execute(
            select(Invitation, Organisation)
            .join(Organisation, Organisation.id == Invitation.organisation_id)
            .where(Invitation.token_hash == token_hash, link_works(now), *IS_OPEN)
        ).one_or_none()
    return OpenInvitation(*row) if row else None


def accepted_by_link(token_hash: str) -> tuple[str, UUID | None] | None:
    """The organisation that this link led into, and who came in by it; None for a link that nobody used."""
    with everybody("an invitation is found by its link, which decides the organisation"):
        row = db.session.execute(
            select(Organisation.slug, Invitation.accepted_by)
            .join(Organisation, Organisation.id == Invitation.organisation_id)
            .where(Invitation.token_hash == token_hash, Invitation.accepted_at.is_not(None))
        ).one_or_none()
    return (row[0], row[1]) if row else None


def invitation_to_send(invitation_id: UUID) -> OpenInvitation | None:
    """An open invitation by its id, for the letter."""
    with everybody("a letter knows its invitation, which names the organisation"):
        row = db.session.execute(
            select(Invitation, Organisation)
            .join(Organisation, Organisation.id == Invitation.organisation_id)
            .where(Invitation.id == invitation_id, *IS_OPEN)
        ).one_or_none()
    return OpenInvitation(*row) if row else None


def open_invitations(organisation_id: UUID, page: int) -> InvitationsPage:
    """The organisation's open invitations, the newest first."""
    matching = (Invitation.organisation_id == organisation_id, *IS_OPEN)
    count = db.session.scalar(select(func.count()).select_from(Invitation).where(*matching)) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(page, pages)
    rows = db.session.scalars(
        select(Invitation)
        .where(*matching)
        .order_by(Invitation.invited_at.desc(), Invitation.email)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return InvitationsPage(tuple(rows), count, page, pages)


def open_invitation_of(organisation_id: UUID, invitation_id: UUID) -> Invitation | None:
    """One of the organisation's open invitations."""
    return db.session.scalar(
        select(Invitation).where(Invitation.organisation_id == organisation_id, Invitation.id == invitation_id, *IS_OPEN)
    )


def addresses_of_members(organisation_id: UUID, emails: Iterable[str]) -> set[str]:
    """Those of the addresses that belong to somebody who is in the organisation, suspended or not."""
    return {
        email
        for some in _batches(emails)
        for email in db.session.scalars(
            select(Person.email)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.organisation_id == organisation_id, Membership.left_on.is_(None), Person.email.in_(some))
        )
    }


def open_invitations_to(organisation_id: UUID, emails: Iterable[str]) -> dict[str, Invitation]:
    """The open invitations of the organisation to these addresses."""
    return {
        invitation.email: invitation
        for some in _batches(emails)
        for invitation in db.session.scalars(
            select(Invitation).where(Invitation.organisation_id == organisation_id, Invitation.email.in_(some), *IS_OPEN)
        )
    }


def link_may_work(invitation: Invitation, now: datetime) -> bool:
    """Whether the person can still accept, or a letter to them has yet to leave."""
    return invitation.made_at is None or now - LINK_LIFE < invitation.made_at <= now + SKEW


def link_works(now: datetime) -> ColumnElement[bool]:
    """The same of a link that was mailed: it is not too old, nor from before the clock was set back."""
    return and_(Invitation.made_at > now - LINK_LIFE, Invitation.made_at <= now + SKEW)


def _batches(emails: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(set(emails))
    return (wanted[start : start + _AT_A_TIME] for start in range(0, len(wanted), _AT_A_TIME))
