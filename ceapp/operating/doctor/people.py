"""People and organisations: somebody is in charge, memberships and sign-ins are within their limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from ceapp.accounts.models import Invitation, Membership, Organisation, Person, SecondFactor, SignIn
from ceapp.accounts.sign_ins import LONGEST
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found


def administrators(examination: Examination) -> Iterator[Finding]:
    """The server and every organisation have an active administrator, or have asked one in."""
    session = examination.session
    if session.scalar(select(Person.id).where(Person.is_administrator, Person.suspended_at.is_(None)).limit(1)) is None:
        yield found("people.no-administrator", "nobody administers this server")
    in_charge = (
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == Organisation.id,
            Membership.is_administrator,
            Membership.left_on.is_(None),
            Membership.suspended_at.is_(None),
            Person.suspended_at.is_(None),
        )
        .exists()
    )
    asked_in = (
        select(Invitation.id)
        .where(
            Invitation.organisation_id == Organisation.id,
            Invitation.is_administrator,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .exists()
    )
    for row in examination.rows(select(Organisation.id).where(~in_charge, ~asked_in)):
        yield found("organisation.no-administrator", f"organisation {row.id}")


def second_factors(examination: Examination) -> Iterator[Finding]:
    """How many of those who administer the server sign in with one factor only."""
    has_one = select(SecondFactor.id).where(SecondFactor.person_id == Person.id).exists()
    wanted = select(func.count()).select_from(Person).where(Person.is_administrator, Person.suspended_at.is_(None), ~has_one)
    number = examination.session.scalar(wanted) or 0
    if number:
        yield found("people.no-second-factor", f"{number} of the administrators of this server sign in without a second factor")


def memberships(examination: Examination) -> Iterator[Finding]:
    """Nobody left before they joined."""
    for row in examination.rows(select(Membership.id).where(Membership.left_on < Membership.joined_on)):
        yield found("membership.days", f"membership {row.id}: left before it began")


def sign_ins(examination: Examination) -> Iterator[Finding]:
    """No browser stays signed in for longer than is allowed, and none of somebody who is suspended."""
    wanted = select(SignIn.id, SignIn.created_at, SignIn.expires_at, Person.suspended_at).join(Person, Person.id == SignIn.person_id)
    for row in examination.rows(wanted, "sign-ins"):
        if row.expires_at - row.created_at > LONGEST + timedelta(minutes=1):
            yield found("sign-in.too-long", f"sign-in {row.id}")
        if row.suspended_at is not None and (examination.now is None or row.expires_at > examination.now):
            yield found("sign-in.suspended", f"sign-in {row.id}")
