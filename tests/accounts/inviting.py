"""Inviting people and following the links of their letters, for the tests of services and of pages."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ceapp.accounts.guesses import Caller
from ceapp.accounts.invitations import service as invitations
from ceapp.accounts.invitations.service import Accepted, Invited
from ceapp.accounts.models import Invitation, Membership
from ceapp.database import db, scoped_to
from ceapp.keys import current_keys
from ceapp.mail.letters import Letter, composer
from ceapp.mail.models import Message
from tests.conftest import NOW, Agency, Member

CALLER = Caller("192.0.2.1/32")
KARI = Invited("kari@example.org", "Kari Nordmann", ("trainee",))


def invite(agency: Agency, actor: Member, person: Invited = KARI, key: str = "form-1", **changes: Any) -> None:
    with scoped_to(agency.id):
        invitations.invite(agency.id, person, actor=actor.id, form_key=key, **{"now": NOW, **changes})


def letters(now: Any = NOW) -> list[Letter]:
    """Every letter that would be sent now, composed as the sender does."""
    messages = db.session.scalars(select(Message).where(Message.letter == "invitation").order_by(Message.queued_at, Message.id)).all()
    keys = current_keys()
    composed = [composer("invitation")(each, json.loads(keys.unseal(each.key_id, each.values)), now) for each in messages]
    return [letter for letter in composed if letter]


def link(now: Any = NOW) -> str:
    """The token in the newest letter."""
    return letters(now)[-1].text.split("/invitations/")[1].split()[0]


def accept_anew(token: str, **changes: Any) -> Accepted:
    values = {"name": "Kari Nordmann", "time_zone": "Europe/Oslo", "makes_accounts": True, "caller": CALLER, "now": NOW, **changes}
    return invitations.accept_anew(token, **values)


def accept(token: str, person: Member, **changes: Any) -> Accepted:
    return invitations.accept(token, person.id, **{"caller": CALLER, "now": NOW, **changes})


def membership(agency: Agency, person_id: UUID) -> Membership | None:
    with scoped_to(agency.id):
        db.session.expire_all()
        return db.session.scalar(select(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == person_id))


def open_ones(agency: Agency) -> list[Invitation]:
    with scoped_to(agency.id):
        mine = (Invitation.organisation_id == agency.id, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
        return list(
            db.session.scalars(select(Invitation).where(*mine).order_by(Invitation.email).execution_options(populate_existing=True))
        )
