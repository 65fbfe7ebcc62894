"""The letter that invites somebody. Its link is made here, when it leaves, and replaces the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import update

from ceapp.accounts.invitations.queries import IS_OPEN, LINK_LIFE, OpenInvitation, invitation_to_send
from ceapp.accounts.models import Invitation
from ceapp.accounts.tokens import new_token, token_hash
from ceapp.database import scoped_to, transaction
from ceapp.mail.letters import Letter, Values, register_letter
from ceapp.mail.models import Message


def install_invitation_letters(app: Flask) -> None:
    register_letter(app, "invitation", _compose)


def _compose(_message: Message, values: Values, now: datetime) -> Letter | None:
    """None when the invitation is no longer open, or a newer letter brings its link."""
    found = invitation_to_send(UUID(values["invitation"]))
    if found is None or found.invitation.invited_at.isoformat() != values["invited_at"]:
        return None
    settings, about = current_app.extensions["ceapp.settings"], _About.of(found)
    token = _mint(found, now)
    return (
        Letter(about.email, f"Invitation to {about.organisation}", about.text(settings.address, token, settings.contact)) if token else None
    )


@dataclass(frozen=True, slots=True)
class _About:
    """What the letter says, read before the link is written down."""

    email: str
    organisation: str
    roles: tuple[str, ...]

    @classmethod
    def of(cls, found: OpenInvitation) -> _About:
        return cls(found.invitation.email, found.organisation.name, found.invitation.roles)

    def text(self, address: str, token: str, contact: str) -> str:
        help_line = f"Help: {contact}\n" if contact else ""
        return (
            f"{self.organisation} invites you to take part as {_listed(self.roles)}.\n\n"
            "Open this page to read what that means, and to accept if you want to:\n"
            f"{address}/invitations/{token}\n\n"
            f"The link works once, until {LINK_LIFE.days} days from now, and only for whoever has it: do not pass it on.\n"
            "If you did not expect this, there is nothing that you need to do.\n"
            f"{help_line}"
        )


def _mint(found: OpenInvitation, now: datetime) -> str | None:
    """A new link for an invitation that is still open as it was read; None otherwise."""
    token, invitation = new_token(), found.invitation
    organisation_id, invitation_id, invited_at = invitation.organisation_id, invitation.id, invitation.invited_at
    with scoped_to(organisation_id), transaction() as session:
        minted = session.execute(
            update(Invitation)
            .where(
                Invitation.organisation_id == organisation_id, Invitation.id == invitation_id, Invitation.invited_at == invited_at, *IS_OPEN
            )
            .values(token_hash=token_hash(token), made_at=now)
            .returning(Invitation.id)
        ).scalar_one_or_none()
    return token if minted else None


def _listed(roles: tuple[str, ...]) -> str:
    return " and ".join((", ".join(roles[:-1]), roles[-1])) if len(roles) > 1 else "".join(roles)
