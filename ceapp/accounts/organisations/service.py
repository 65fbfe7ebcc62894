"""What administrators do with an organisation and its members, and members with their own membership.

`actor` is the person who acts, or None for the operator in the terminal. Whoever changes who is in an organisation locks its row first,
so that of two last administrators who go at once one stays.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from ceapp.accounts.invitations.people_list import ROLES
from ceapp.accounts.invitations.service import Invited, invite_first_administrator
from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.accounts.organisations.access import administered, day_in
from ceapp.accounts.organisations.queries import active_administrators, membership_of, organisation_to_change
from ceapp.audit.service import record
from ceapp.database import db, scoped_to, transaction
from ceapp.errors import Missing, Refused

SLUG_TAKEN = "Another organisation has this short name already. Nothing was made; choose another one."
LAST_ONE = "This is the last active administrator of the organisation. Nothing was changed; make somebody else an administrator first."
NO_ROLE = "A member has at least one role. Nothing was changed; to let the person go, end the membership."
NOT_ONESELF = "You cannot suspend yourself. Nothing was changed; ask another administrator."


def found_organisation(slug: str, name: str, time_zone: str, administrator: str, *, actor: UUID | None, now: datetime) -> UUID:
    """Make an organisation and invite its first administrator; its id. Raises Refused when the slug is taken."""
    try:
        with transaction() as session:
            if actor is not None:
                _refuse_who_does_not_administer_the_server(actor)
            organisation = Organisation(slug=slug, name=name, time_zone=time_zone, created_at=now)
            session.add(organisation)
            session.flush()
            record("organisation.founded", actor=actor, now=now, organisation=organisation.id)
            with scoped_to(organisation.id):
                invite_first_administrator(organisation.id, Invited(administrator, "", ("administrator",)), actor=actor, now=now)
            return organisation.id
    except IntegrityError as problem:
        raise Refused(SLUG_TAKEN) from problem


def change_settings(
    organisation_id: UUID, *, name: str, time_zone: str, takes_reflections: bool = True, actor: UUID, now: datetime
) -> None:
    """Rename the organisation, let its days begin elsewhere, or ask for no reflections.

    What was due keeps the zone that it was assigned in, and what was written stays with whoever wrote it.
    """
    with transaction():
        organisation = administered(organisation_id, actor)
        organisation.name, organisation.time_zone, organisation.takes_reflections = name, time_zone, takes_reflections
        record("organisation.settings-changed", actor=actor, now=now, organisation=organisation_id)


def change_roles(organisation_id: UUID, person_id: UUID, roles: tuple[str, ...], *, actor: UUID, now: datetime) -> None:
    """Give a member exactly these roles, from their next request on."""
    if not roles:
        raise Refused(NO_ROLE)
    with transaction():
        administered(organisation_id, actor)
        membership = _member_to_change(organisation_id, person_id)
        if set(membership.roles) == set(roles):
            return
        if "administrator" not in roles:
            _refuse_last_administrator(organisation_id, person_id)
        _change(organisation_id, person_id, **{f"is_{role}": role in roles for role in ROLES})
        record("membership.roles-changed", actor=actor, now=now, organisation=organisation_id, person=person_id, roles=" ".join(roles))


def suspend_member(organisation_id: UUID, person_id: UUID, *, actor: UUID, now: datetime) -> None:
    """Close the organisation to a member until they are restored. Their account and their other organisations are untouched."""
    with transaction():
        administered(organisation_id, actor)
        membership = _member_to_change(organisation_id, person_id)
        if membership.suspended_at is not None:
            return
        if person_id == actor:
            raise Refused(NOT_ONESELF)
        _refuse_last_administrator(organisation_id, person_id)
        _change(organisation_id, person_id, suspended_at=now)
        record("membership.suspended", actor=actor, now=now, organisation=organisation_id, person=person_id)


def restore_member(organisation_id: UUID, person_id: UUID, *, actor: UUID, now: datetime) -> None:
    """Open the organisation to a suspended member again."""
    with transaction():
        administered(organisation_id, actor)
        if _member_to_change(organisation_id, person_id).suspended_at is None:
            return
        _change(organisation_id, person_id, suspended_at=None)
        record("membership.restored", actor=actor, now=now, organisation=organisation_id, person=person_id)


def end_membership(organisation_id: UUID, person_id: UUID, *, actor: UUID, now: datetime) -> None:
    """Let a member go. The row stays, so that what was signed off keeps its names; an invitation brings them back."""
    with transaction():
        _end(administered(organisation_id, actor), person_id, actor, now)


def leave(organisation_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """Go oneself."""
    with transaction():
        organisation = organisation_to_change(organisation_id)
        if organisation is None:
            raise Missing
        _end(organisation, person_id, person_id, now)


def _end(organisation: Organisation, person_id: UUID, actor: UUID, now: datetime) -> None:
    _member_to_change(organisation.id, person_id)
    _refuse_last_administrator(organisation.id, person_id)
    _change(organisation.id, person_id, left_on=day_in(organisation, now))
    record("membership.ended", actor=actor, now=now, organisation=organisation.id, person=person_id)


def _member_to_change(organisation_id: UUID, person_id: UUID) -> Membership:
    membership = membership_of(organisation_id, person_id)
    if membership is None or membership.left_on is not None:
        raise Missing
    return membership


def _change(organisation_id: UUID, person_id: UUID, **values: object) -> None:
    """A statement of its own: a changed object would be saved by its id alone, which names no organisation."""
    db.session.execute(
        update(Membership).where(Membership.organisation_id == organisation_id, Membership.person_id == person_id).values(**values)
    )


def _refuse_last_administrator(organisation_id: UUID, person_id: UUID) -> None:
    if active_administrators(organisation_id) == {person_id}:
        raise Refused(LAST_ONE)


def _refuse_who_does_not_administer_the_server(actor: UUID) -> None:
    person = db.session.get(Person, actor)
    if person is None or not person.is_administrator or person.suspended_at is not None:
        raise Missing
