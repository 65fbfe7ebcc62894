"""Asking people into an organisation, and their coming in.

An address has at most one open invitation to an organisation; inviting again renews it. The link is made when its letter leaves
(`invitation_letters`), replaces the one before, and works once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from ceapp.accounts import guesses, queries, sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.invitations.people_list import ROLES, Standing
from ceapp.accounts.invitations.queries import (
    IS_OPEN,
    OpenInvitation,
    accepted_by_link,
    addresses_of_members,
    invitation_by_link,
    link_may_work,
    link_works,
    open_invitation_of,
    open_invitations_to,
)
from ceapp.accounts.models import Invitation, Membership, Organisation, Person
from ceapp.accounts.organisations.access import administered, day_in
from ceapp.accounts.organisations.queries import membership_of, organisation_to_change
from ceapp.accounts.people.queries import person_with_id
from ceapp.accounts.people.service import refuse_reviewer
from ceapp.accounts.tokens import token_hash
from ceapp.audit.service import record
from ceapp.database import db, new_id, scoped_to, transaction
from ceapp.errors import Missing, Refused
from ceapp.mail.service import queue_all

NOT_OPEN = (
    "This invitation cannot be opened: it was accepted or withdrawn, is older than seven days, or was replaced by a newer one. "
    "Ask the organisation to invite you again."
)
HERE_ALREADY = "This person is in this organisation already. Nobody was invited."
KNOWN_ADDRESS = "There is an account with this address. Nothing was changed; sign in to accept the invitation."
CLOSED = "No new accounts are made on this server. Nothing was changed; write to whoever runs it, or sign in with an account that you have."
SUSPENDED_HERE = "You are suspended in this organisation. Nothing was changed; write to its administrator."


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom to invite: a normalised address, the name as the organisation writes it or none, at least one role."""

    email: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The organisation that somebody came into, and for a new account the sign-in token and its address."""

    slug: str
    token: str = ""
    email: str = ""


def standings(organisation_id: UUID, emails: Sequence[str], now: datetime) -> dict[str, Standing]:
    """What would come of inviting each of these addresses now."""
    here = addresses_of_members(organisation_id, emails)
    invited = {email for email, each in open_invitations_to(organisation_id, emails).items() if link_may_work(each, now)}
    return {email: Standing.HERE if email in here else Standing.INVITED if email in invited else Standing.NEW for email in emails}


def invite(organisation_id: UUID, person: Invited, *, actor: UUID, form_key: str, now: datetime) -> None:
    """Invite one person, renewing an open invitation. Raises Refused when they are in the organisation already."""
    with transaction():
        administered(organisation_id, actor)
        if standings(organisation_id, [person.email], now)[person.email] is Standing.HERE:
            raise Refused(HERE_ALREADY)
        _invite(organisation_id, [person], actor, form_key, now)


def invite_all(organisation_id: UUID, people: Sequence[Invited], *, actor: UUID, form_key: str, now: datetime) -> dict[str, Standing]:
    """Invite those who are neither in the organisation nor invited already; what each address was when it was looked at."""
    with transaction():
        administered(organisation_id, actor)
        found = standings(organisation_id, [person.email for person in people], now)
        _invite(organisation_id, [person for person in people if found[person.email] is Standing.NEW], actor, form_key, now)
        return found


def invite_first_administrator(organisation_id: UUID, person: Invited, *, actor: UUID | None, now: datetime) -> None:
    """Invite whoever is to administer an organisation that was just made; inside its transaction."""
    _invite(organisation_id, [person], actor, "first", now)


def send_again(organisation_id: UUID, invitation_id: UUID, *, actor: UUID, form_key: str, now: datetime) -> str:
    """Mail a new link, which replaces the one before; the address."""
    with transaction():
        administered(organisation_id, actor)
        found = open_invitation_of(organisation_id, invitation_id)
        if found is None:
            raise Missing
        _invite(organisation_id, [Invited(found.email, found.name, found.roles)], actor, form_key, now)
        return found.email


def withdraw(organisation_id: UUID, invitation_id: UUID, *, actor: UUID, now: datetime) -> None:
    """Take an invitation back: its link stops working, and a letter that waits is not sent."""
    with transaction() as session:
        administered(organisation_id, actor)
        withdrawn = session.execute(
            update(Invitation)
            .where(Invitation.organisation_id == organisation_id, Invitation.id == invitation_id, *IS_OPEN)
            .values(withdrawn_at=now, token_hash=None)
            .returning(Invitation.id)
        ).scalar_one_or_none()
        if withdrawn is None:
            raise Missing
        record("invitation.withdrawn", actor=actor, now=now, organisation=organisation_id, invitation=invitation_id)


def opened(token: str, *, now: datetime) -> OpenInvitation:
    """The invitation that this link opens. Looking spends nothing. Raises Missing, always with the same sentence."""
    found = invitation_by_link(token_hash(token), now=now)
    if found is None:
        raise Missing(NOT_OPEN)
    return found


def came_in_by(token: str, person_id: UUID | None) -> str | None:
    """The organisation that this person, or somebody who was signed out, came into by this link: for the same form sent again."""
    found = accepted_by_link(token_hash(token))
    return found[0] if found and person_id in (None, found[1]) else None


def accept(token: str, person_id: UUID, *, caller: Caller, now: datetime) -> Accepted:
    """Come in with an account that one is signed in to, whatever its address. Raises Missing or Refused."""
    guess = guesses.take("invitation", now=now, network=caller.network)
    with transaction():
        slug = _come_in(token, person_id, now)
        guesses.give_back(guess)
    return Accepted(slug)


def accept_anew(
    token: str, *, name: str, time_zone: str, makes_accounts: bool, caller: Caller, now: datetime, browser: str = ""
) -> Accepted:
    """Make an account for the invited address, which the link has proved, sign in and come in. Raises Missing or Refused."""
    guess = guesses.take("invitation", now=now, network=caller.network)
    try:
        with transaction() as session:
            email = opened(token, now=now).invitation.email
            if not makes_accounts:
                raise Refused(CLOSED)
            person = Person(email=email, name=name, time_zone=time_zone, password_hash="", email_confirmed_at=now, created_at=now)
            session.add(person)
            session.flush()
            record("person.signed-up", actor=person.id, now=now, person=person.id)
            slug = _come_in(token, person.id, now)
            guesses.give_back(guess)
            return Accepted(slug, sign_ins.begin(person.id, now=now, browser=browser), email)
    except IntegrityError as problem:
        if came_in_by(token, None):  # The same form was sent at the same instant, and was first.
            raise Missing(NOT_OPEN) from problem
        raise Refused(KNOWN_ADDRESS) from problem


def has_account(email: str) -> bool:
    """Whether whoever holds the link, and so reads the mail of this address, signs in or makes an account."""
    return queries.person_by_email(email) is not None


def _invite(organisation_id: UUID, people: Sequence[Invited], actor: UUID | None, form_key: str, now: datetime) -> None:
    """Open or renew an invitation for each, and owe each a letter; whoever was sent one by the same form is left as they are."""
    known = open_invitations_to(organisation_id, [person.email for person in people])
    ids = {person.email: known[person.email].id if person.email in known else new_id() for person in people}
    occurrences = {email: f"invitation:{id_}:{form_key}" for email, id_ in ids.items()}
    owed = queue_all("invitation", {occurrences[email]: _values(id_, now) for email, id_ in ids.items()}, now=now)
    rows = [_columns(organisation_id, ids[each.email], each, actor, now) for each in people if occurrences[each.email] in owed]
    _insert(row for row in rows if row["email"] not in known)
    for row in rows:
        if row["email"] in known:
            _renew(organisation_id, row)
        record("invitation.made", actor=actor, now=now, organisation=organisation_id, invitation=row["id"])


def _values(invitation_id: UUID, now: datetime) -> dict[str, str]:
    """What the letter needs; it is void once a later one is owed."""
    return {"invitation": str(invitation_id), "invited_at": now.isoformat()}


def _columns(organisation_id: UUID, invitation_id: UUID, person: Invited, actor: UUID | None, now: datetime) -> dict[str, object]:
    held = {f"is_{role}": role in person.roles for role in ROLES}
    about = {"id": invitation_id, "organisation_id": organisation_id, "email": person.email, "name": person.name}
    return {**about, **held, "invited_by": actor, "invited_at": now, "token_hash": None, "made_at": None}


def _insert(rows: Iterable[dict[str, object]]) -> None:
    if found := list(rows):
        db.session.execute(insert(Invitation), found)


def _renew(organisation_id: UUID, row: dict[str, object]) -> None:
    """The letter that is owed now brings the link; the one before stops working at once."""
    values = {name: value for name, value in row.items() if name not in ("id", "organisation_id", "email")}
    db.session.execute(
        update(Invitation).where(Invitation.organisation_id == organisation_id, Invitation.id == row["id"], *IS_OPEN).values(**values)
    )


def _come_in(token: str, person_id: UUID, now: datetime) -> str:
    """Spend the link by one statement, and make the person a member; the organisation's slug."""
    organisation_id = opened(token, now=now).organisation.id
    organisation, person = organisation_to_change(organisation_id), person_with_id(person_id)
    if organisation is None or person is None:
        raise Missing(NOT_OPEN)
    refuse_reviewer(person)
    with scoped_to(organisation_id):
        invitation_id, roles = _spend(token, organisation_id, person_id, now)
        _join(organisation, person_id, roles, now)
    record("invitation.accepted", actor=person_id, now=now, organisation=organisation_id, invitation=invitation_id, person=person_id)
    return organisation.slug


def _spend(token: str, organisation_id: UUID, person_id: UUID, now: datetime) -> tuple[UUID, tuple[str, ...]]:
    spent = db.session.execute(
        update(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.token_hash == token_hash(token),
            link_works(now),
            *IS_OPEN,
        )
        .values(accepted_at=now, accepted_by=person_id)  # The hash stays, so that the same form sent again is known.
        .returning(Invitation.id, *(getattr(Invitation, f"is_{role}") for role in ROLES))
    ).one_or_none()
    if spent is None:
        raise Missing(NOT_OPEN)
    return spent[0], tuple(role for role, holds in zip(ROLES, spent[1:], strict=True) if holds)


def _join(organisation: Organisation, person_id: UUID, roles: tuple[str, ...], now: datetime) -> None:
    """Make a member of the person, open the row of one who comes back, or give a member the roles besides their own."""
    membership = membership_of(organisation.id, person_id)
    today = day_in(organisation, now)
    if membership is None:
        held = {f"is_{role}": role in roles for role in ROLES}
        db.session.execute(
            insert(Membership).values(id=new_id(), organisation_id=organisation.id, person_id=person_id, joined_on=today, **held)
        )
        return
    if membership.left_on is None and membership.suspended_at is not None:
        raise Refused(SUSPENDED_HERE)
    returns = membership.left_on is not None
    kept = set(roles) if returns else {*roles, *membership.roles}
    values = {f"is_{role}": role in kept for role in ROLES}
    again = {"joined_on": today, "returned_at": now, "left_on": None, "suspended_at": None} if returns else {}
    db.session.execute(
        update(Membership).where(Membership.organisation_id == organisation.id, Membership.person_id == person_id).values(**values, **again)
    )
