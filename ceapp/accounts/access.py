"""Who is at the other end of a request, and what they may open. Every way to sign in ends in `welcome`."""

from __future__ import annotations

import hmac
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, redirect, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from ceapp import clock
from ceapp.accounts import queries, sign_ins
from ceapp.accounts.addresses import client_network
from ceapp.accounts.browsers import browser_words
from ceapp.accounts.cookies import drop_cookie, set_cookie, sign_in_token
from ceapp.accounts.current_sign_in import next_step, signed_in, stage, step_after, waiting
from ceapp.accounts.guesses import Caller
from ceapp.accounts.known_browsers import known_browser, new_mark
from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.accounts.stages import Stage
from ceapp.accounts.tokens import token_hash
from ceapp.accounts.ways_in import may_sign_up
from ceapp.config import is_loopback
from ceapp.database import close_scope, open_scope
from ceapp.errors import CeappError, Missing, Unavailable
from ceapp.keys import current_keys
from ceapp.web.audience import Audience, audience_of, is_fresh_only, roles_of
from ceapp.web.request_log import note_actor, note_organisation

log = logging.getLogger(__name__)

_MARK_LIFE = timedelta(days=365)
_CODE_PROOF = "code-proof"


@dataclass(frozen=True, slots=True)
class Here:
    """The organisation that a request is about, and who the signed-in person is in it."""

    organisation: Organisation
    membership: Membership
    today: date

    @property
    def id(self) -> UUID:
        return self.organisation.id

    @property
    def slug(self) -> str:
        return self.organisation.slug


class NotFresh(CeappError):
    """A form that needs a fresh proof of who sends it came too late for it."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This asks that you showed in the last 15 minutes that it is you. Nothing was done. "
            "Open “Confirm that it is you” under Account in another tab, then come back here and send this again."
        )


class NotComplete(CeappError):
    """A form was sent in a sign-in that waits for its second factor."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "Your sign-in waits for its second factor, so nothing was saved. "
            "Finish signing in in another tab, then come back here and send this again."
        )


class SignedOut(CeappError):
    """A form was sent by somebody whose sign-in has ended."""

    status = 403

    def __init__(self) -> None:
        super().__init__("You are signed out, so nothing was saved. Sign in in another tab, then come back here and send this again.")


def install_access(app: Flask) -> None:
    """Enforce the declared audience of every view, and tell every page who is signed in."""
    app.before_request(_enforce)
    app.teardown_request(_leave_scope)
    app.context_processor(_person_for_pages)


def current_person() -> Person | None:
    """The person who is signed in, or None. One query for a request that brings a cookie, none for one that does not.

    Whose sign-in waits for its second factor is nobody to every page, but to those that finish it; and a reviewer is nobody to
    every page but their own.
    """
    person = _whoever_is_signed_in()
    if person is None or (person.is_reviewer and not _is_of(Audience.REVIEWER)):
        return None
    return person


def is_reviewing() -> bool:
    """Whether a reviewer is signed in, on whatever page."""
    person = _whoever_is_signed_in()
    return person is not None and person.is_reviewer


def here() -> Here:
    """The organisation of the request, in a view that only its members open."""
    found: Here | None = g.get("here")
    if found is None:
        raise RuntimeError("here() in a view that is not an organisation's")
    return found


def has_fresh_proof() -> bool:
    """Whether the person showed a short while ago, in this browser, that it is they: with the second factor where they have one."""
    found = signed_in()
    return found is not None and stage(found) is not Stage.ASKED and sign_ins.is_fresh(found.proved_at, clock.now())


def me() -> Person:
    """The signed-in person, in a view that only signed-in people open."""
    person = current_person()
    if person is None:
        raise RuntimeError("me() in a view that is open to anyone")
    return person


def sign_in_id() -> UUID:
    """The sign-in of this browser, in a view that only signed-in people open."""
    found = signed_in()
    if found is None:
        raise RuntimeError("sign_in_id() in a view that is open to anyone")
    return found.sign_in_id


def token() -> str | None:
    """The sign-in token that this browser brought."""
    return sign_in_token()


def caller(email: str = "") -> Caller:
    """Where the request comes from, for guess limits; with an e-mail address also whether this browser is known for it."""
    mark = request.cookies.get(_mark_name())
    return Caller(client_network(request.remote_addr), known_browser(current_keys().secrets(clock.now()), email, mark))


def caller_of_factor(person_id: UUID) -> Caller:
    """Where a guess at the second factor comes from. A browser is known for it only where it was given before."""
    mark = request.cookies.get(_factor_mark_name())
    return Caller(client_network(request.remote_addr), known_browser(current_keys().secrets(clock.now()), _about_factor(person_id), mark))


def note_factor_given(response: Response, person_id: UUID) -> None:
    """Give the browser a guess limit of its own for the next time. It opens nothing: the code is asked for at every sign-in."""
    set_cookie(response, _factor_mark_name(), new_mark(current_keys().secret, _about_factor(person_id)), _MARK_LIFE)


def welcome(address: str, fresh: str, email: str) -> Response:
    """Send a person who has just signed in to `address`, or first to their second factor, with a new cookie and a new seal for forms."""
    session.clear()
    response = redirect(step_after(fresh, address) or address, 303)
    set_cookie(response, current_app.config["SIGN_IN_COOKIE_NAME"], fresh, sign_ins.LONGEST)
    set_cookie(response, _mark_name(), new_mark(current_keys().secret, email), _MARK_LIFE)
    return response


def note_code_proof(fresh: str) -> None:
    """Remember in the browser's signed cookie that its sign-in was proved by a mailed code: such a proof stands in for the password."""
    session[_CODE_PROOF] = [token_hash(fresh), int(clock.now().timestamp())]


def has_code_proof() -> bool:
    """Whether the person showed a short while ago, in this browser and by a mailed code, that it is they."""
    return has_fresh_proof() and came_by_code()


def came_by_code() -> bool:
    """Whether this sign-in was proved by a mailed code a short while ago, whatever it still waits for."""
    proof, brought = session.get(_CODE_PROOF), token()
    if not proof or not brought:
        return False
    proved, at = proof
    return hmac.compare_digest(str(proved), token_hash(brought)) and sign_ins.is_fresh(datetime.fromtimestamp(at, UTC), clock.now())


def browser() -> str:
    """What this browser is called in the list of signed-in browsers."""
    return browser_words(request.user_agent.string)


def farewell(address: str) -> Response:
    """Send a person who has just signed out to `address`, and have the browser forget the pages that it kept."""
    session.clear()
    response = redirect(address, 303)
    drop_cookie(response, current_app.config["SIGN_IN_COOKIE_NAME"])
    if request.is_secure or is_loopback(urlsplit(request.host_url).hostname or ""):
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _enforce() -> Response | None:
    if request.endpoint is None:  # No view: the answer is 404 or 405.
        return None
    audience = audience_of(request.endpoint)
    if audience is Audience.ANYONE:
        return None
    if audience is None:
        log.error("request %s: the view %s declares no audience", g.get("request_id"), request.endpoint)
        raise Missing
    if audience is Audience.SETTING_UP and waiting() is Stage.LED:
        return None
    person = _whoever_is_signed_in()
    _note_visit()
    if person is None:
        return _ask_to_sign_in()
    if not _may_open(person, audience):
        log.warning("request %s: %s refused to person %s", g.get("request_id"), request.endpoint, person.id)
        raise Missing
    if is_fresh_only(request.endpoint) and not has_fresh_proof():
        return _ask_for_proof()
    return None


def _whoever_is_signed_in() -> Person | None:
    """The person whose sign-in is complete, a reviewer too."""
    found = signed_in()
    if found is None or found.person.suspended_at is not None or stage(found) is not Stage.COMPLETE:
        return None
    _enter_scope(found.person.id)
    note_actor(found.person.id)
    return found.person


def _may_open(person: Person, audience: Audience) -> bool:
    """A reviewer opens the pages of reviewers and no others. Administrators see what reviewers see."""
    if person.is_reviewer:
        return audience is Audience.REVIEWER
    if audience is Audience.MEMBER:
        return _enter(person)
    return person.is_administrator or audience not in (Audience.ADMINISTRATOR, Audience.REVIEWER)


def _enter(person: Person) -> bool:
    """Set the organisation in the address as the scope of the request, when the person has there a role that the view is for."""
    found = queries.belonging(str((request.view_args or {}).get("organisation", "")), person.id)
    roles = roles_of(request.endpoint or "")
    if found is None or not found.membership.is_active or not set(roles) & set(found.membership.roles):
        return False
    g.here = Here(found.organisation, found.membership, clock.now().astimezone(ZoneInfo(found.organisation.time_zone)).date())
    _enter_scope(found.organisation.id)
    note_organisation(found.organisation.id)
    return True


def _enter_scope(*ids: UUID) -> None:
    """What this request may ask for of organisations' tables: its person's own rows, and those of the organisation it is about."""
    entered: set[UUID] = g.setdefault("scope", set())
    if not set(ids) <= entered:
        entered.update(ids)
        g.setdefault("scope_tokens", []).append(open_scope(*ids))


def _leave_scope(_error: BaseException | None = None) -> None:
    for token in reversed(g.pop("scope_tokens", [])):
        close_scope(token)


def _ask_for_proof() -> Response:
    if request.method not in ("GET", "HEAD"):
        raise NotFresh
    return redirect(url_for("accounts.prove", next=request.full_path.rstrip("?")), 303)


def _person_for_pages() -> dict[str, object]:
    """`me` and `here` in templates; nobody when the database fails, so that the page that says so can be shown."""
    try:
        person, found = current_person(), signed_in()
    except SQLAlchemyError:  # Nobody is looked up a second time: `found` stays None.
        person = found = None
    return {
        "me": person,
        "to_finish": next_step("/") if found and not person else None,
        "here": g.get("here"),
        "works_in_organisation": bool(person and found and found.works_in_organisation),
        "in_administration": bool(person and person.is_administrator and _is_of(Audience.ADMINISTRATOR)),
        "reviewing": bool(found and found.person.is_reviewer),
        "may_sign_up": may_sign_up(),
    }


def _is_of(audience: Audience) -> bool:
    """Whether the page of the request is for these."""
    return request.endpoint is not None and audience_of(request.endpoint) is audience


def _ask_to_sign_in() -> Response:
    """Or to finish what was begun."""
    wanted = request.full_path.rstrip("?")
    step = next_step(wanted if request.method in ("GET", "HEAD") else "/")
    if request.method not in ("GET", "HEAD"):
        raise NotComplete if step else SignedOut
    return redirect(step or url_for("accounts.sign_in", next=wanted), 303)


def _note_visit() -> None:
    """Write down, now and then, that the person was here; end the sign-in of a suspended one. A busy database may skip both."""
    found = signed_in()
    with suppress(Unavailable):
        if found and found.person.suspended_at is not None:
            sign_ins.end(token())
        elif found and waiting() is None and clock.now() - found.last_seen_at >= sign_ins.SEEN_EVERY:
            sign_ins.touch(found.sign_in_id, now=clock.now())


def _mark_name() -> str:
    return f"{current_app.config['SIGN_IN_COOKIE_NAME']}-known"


def _factor_mark_name() -> str:
    return f"{current_app.config['SIGN_IN_COOKIE_NAME']}-known-factor"


def _about_factor(person_id: UUID) -> str:
    return f"second factor of {person_id}"
