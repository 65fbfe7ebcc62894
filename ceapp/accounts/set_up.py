"""The first administrator: made once, by a link that only the terminal shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from ceapp.accounts import guesses, queries, sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.models import Person, SetUpLink
from ceapp.accounts.service import hash_of_new
from ceapp.accounts.tokens import SKEW, new_token, token_hash
from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.errors import Missing, Refused

LINK_LIFE = timedelta(days=1)
NOT_OPEN = "This set-up link was used, is older than a day, or was replaced by a newer one. Run `ceapp person set-up-link` for a new one."
KNOWN_ADDRESS = (
    "Somebody has an account with this address already. Run `ceapp person make-administrator` with it; the link was not used up."
)


def issue_set_up_link(*, now: datetime) -> str | None:
    """The token of a new link, which replaces an earlier unused one; None once there is an administrator."""
    token = new_token()
    with transaction() as session:
        if queries.has_administrator():
            return None
        session.execute(delete(SetUpLink).where(SetUpLink.used_at.is_(None)))
        session.add(SetUpLink(token_hash=token_hash(token), created_at=now))
    return token


def refuse_spent_link(token: str, *, now: datetime) -> None:
    """Raise Missing unless the link can be used; looking spends nothing."""
    if not queries.set_up_link_is_open(token_hash(token), made_since=now - LINK_LIFE, made_until=now + SKEW):
        raise Missing(NOT_OPEN)


def make_first_administrator(
    token: str, *, email: str, password: str, name: str, time_zone: str, caller: Caller, now: datetime, browser: str = ""
) -> str:
    """Use up the link and make the first administrator, signed in; returns the token for the cookie.

    Raises Missing when the link cannot be used (any more), Refused when the account cannot be made: the link then stays open.
    """
    guesses.take("set-up", now=now, network=caller.network)
    refuse_spent_link(token, now=now)
    password_hash = hash_of_new(password, about=(email, name))
    try:
        with transaction() as session:
            _use_up(token, now)
            person = Person(email=email, name=name, time_zone=time_zone, password_hash=password_hash, is_administrator=True, created_at=now)
            session.add(person)
            session.flush()
            record("person.signed-up", actor=person.id, now=now, person=person.id)
            record("person.made-administrator", actor=person.id, now=now, person=person.id)
            return sign_ins.begin(person.id, now=now, browser=browser)
    except IntegrityError as problem:
        raise Refused(KNOWN_ADDRESS) from problem


def _use_up(token: str, now: datetime) -> None:
    with transaction() as session:
        # Two links can be open when two servers started at the same moment; whoever locks the rows first decides for both.
        session.execute(select(SetUpLink.id).order_by(SetUpLink.id).with_for_update()).all()
        used = session.execute(
            update(SetUpLink)
            .where(
                SetUpLink.token_hash == token_hash(token),
                SetUpLink.used_at.is_(None),
                SetUpLink.created_at > now - LINK_LIFE,
                SetUpLink.created_at <= now + SKEW,
                ~exists().where(Person.is_administrator),
            )
            .values(used_at=now)
            .returning(SetUpLink.id)
        ).scalar_one_or_none()
    if used is None:
        raise Missing(NOT_OPEN)
