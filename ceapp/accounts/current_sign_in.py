"""The sign-in that the browser of a request brings: whose it is, and whether it waits for its second factor."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g, request, url_for

from ceapp import clock
from ceapp.accounts import queries, sign_ins
from ceapp.accounts.along import Along, along_of
from ceapp.accounts.cookies import sign_in_token
from ceapp.accounts.models import Person
from ceapp.accounts.queries import SignedIn
from ceapp.accounts.stages import Stage, needs_factor, stage_of
from ceapp.accounts.tokens import token_hash
from ceapp.accounts.ways_in import settings


def signed_in() -> SignedIn | None:
    """The sign-in of this request, looked up once, complete or not."""
    if "signed_in" not in g:
        g.signed_in = None  # Stays so when the database fails: the error page then asks it nothing.
        brought = sign_in_token()
        if brought:
            along = along_of(request.endpoint)
            g.signed_in = _look_up(brought, along, request.view_args if along else None)
    found: SignedIn | None = g.signed_in
    return found


def waiting() -> Stage | None:
    """What the sign-in of this browser waits for; None for one that is complete, and for none."""
    found = signed_in()
    reached = stage(found) if found and found.person.suspended_at is None else Stage.COMPLETE
    return None if reached is Stage.COMPLETE else reached


def who_signs_in() -> Person:
    """The person whose sign-in this is, complete or not: for the pages of the second factor only."""
    found = signed_in()
    if found is None or found.person.suspended_at is not None:
        raise RuntimeError("who_signs_in() in a view that is open to anyone")
    return found.person


def has_second_factor() -> bool:
    """Whether the signed-in person has one."""
    found = signed_in()
    return found is not None and found.has_factor


def must_have_second_factor() -> bool:
    """Whether the role of the person asks for one on this server."""
    found = signed_in()
    return found is not None and _needs_factor(found)


def next_step(wanted: str) -> str | None:
    """The page that finishes the sign-in of this browser, and then leads to the wanted one; None when nothing is left to do."""
    return _step_of(waiting(), wanted)


def step_after(fresh: str, wanted: str) -> str | None:
    """The page that finishes the sign-in that has just begun, as `next_step`."""
    found = _look_up(fresh)
    return _step_of(stage(found) if found else None, wanted)


def _look_up(brought: str, along: Along | None = None, values: Mapping[str, object] | None = None) -> SignedIn | None:
    """Whose sign-in this is. One that waited longer for its second factor than a proof lasts is over."""
    now = clock.now()
    hashed, seen_since = token_hash(brought), now - sign_ins.LONGEST_IDLE
    found = queries.signed_in(hashed, now=now, seen_since=seen_since, along=along, values=values)
    is_late = found is not None and stage(found) is Stage.ASKED and not sign_ins.is_fresh(found.proved_at, now)
    return None if is_late else found


def stage(found: SignedIn) -> Stage:
    """How far this sign-in is."""
    return stage_of(has_factor=found.has_factor, gave_factor=found.factor_at is not None, needs_one=_needs_factor(found))


def _needs_factor(found: SignedIn) -> bool:
    return needs_factor(
        settings().second_factor,
        is_administrator=found.person.is_administrator,
        works_in_organisation=found.works_in_organisation,
    )


def _step_of(reached: Stage | None, wanted: str) -> str | None:
    if reached is Stage.ASKED:
        return url_for("accounts.second_factor_asked", next=wanted)
    return url_for("accounts.second_factor_set_up", next=wanted) if reached is Stage.LED else None
