"""The letters of signing in: codes, and notices of what was changed. Each says the address of the page in full."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from flask import Flask

from ceapp.accounts import code_queries, mailed_codes, queries, second_factors, ways_in
from ceapp.accounts.mailed_codes import CHANGE_EMAIL, CODE_LETTER, PROVE, SIGN_UP_LETTER
from ceapp.accounts.models import MailedCode, Person
from ceapp.mail.letters import Letter, Values, register_letter
from ceapp.mail.models import Message
from ceapp.web.filters import moment

_CODE_RULES = (
    "It works once, within ten minutes, and only in the browser in which it was asked for. "
    "Nobody from this server will ever ask you for it.\n\n"
)
_NOT_YOU = "If you did not ask for it, you need not do anything: without the code nothing happens.\n\n"


def install_letters(app: Flask) -> None:
    register_letter(app, CODE_LETTER, partial(_code, gave_enrolment_code=False))
    register_letter(app, SIGN_UP_LETTER, partial(_code, gave_enrolment_code=True))
    register_letter(app, "password-notice", _password_notice)
    register_letter(app, "email-changed", _email_changed)
    register_letter(app, second_factors.NOTICE, _second_factor_notice)


def _code(_message: Message, values: Values, now: datetime, *, gave_enrolment_code: bool) -> Letter | None:
    row = code_queries.code_with_id(UUID(values["code"]))
    if row is None:
        return None
    if row.purpose == CHANGE_EMAIL:
        return _code_for_new_address(row, now)
    person = code_queries.person_of_code(row)
    if person is None:
        may_make_account = ways_in.may_make_account(gave_enrolment_code=gave_enrolment_code)
        return _code_for_stranger(row.email, mailed_codes.mint(row.id, works=may_make_account, now=now), may_make_account=may_make_account)
    works = person.suspended_at is None and person.email == row.email
    email, proves = row.email, row.purpose == PROVE
    code = mailed_codes.mint(row.id, works=works, now=now)
    return _code_for_person(email, code, proves=proves) if code and works else None


def _code_for_person(email: str, code: str, *, proves: bool) -> Letter:
    deed = "confirm that it is you" if proves else "sign in"
    return Letter(
        email,
        "Your code to confirm that it is you" if proves else "Your code to sign in",
        f"Somebody, most likely you, asked for a code to {deed} at\n{_address()}\n\n"
        f"Type it on the page where you asked for it:\n\n    {code}\n\n"
        f"{_CODE_RULES}{_NOT_YOU}{_help()}",
    )


def _code_for_stranger(email: str, code: str | None, *, may_make_account: bool) -> Letter | None:
    if code is None:
        return None
    if not may_make_account:
        return _no_account(email)
    return Letter(
        email,
        "Your code to make an account",
        f"Somebody, most likely you, wants to sign in with this address at\n{_address()}\n\n"
        "There is no account with it yet. Typing this code on the page where you asked for it makes one:\n\n"
        f"    {code}\n\n{_CODE_RULES}{_NOT_YOU}{_help()}",
    )


def _no_account(email: str) -> Letter:
    way = (
        f"Whoever has the enrolment code can make an account here:\n{_address()}/account/sign-up\n\n"
        if ways_in.asks_enrolment_code()
        else "Accounts are made by invitation: ask your organisation or the provider of the course for one.\n\n"
    )
    return Letter(
        email,
        "There is no account with this address",
        f"Somebody, most likely you, wanted to sign in with this address at\n{_address()}\n\n"
        "There is no account with it, so there is no code. Perhaps you use another address.\n\n"
        f"{way}If it was not you, you need not do anything.\n\n{_help()}",
    )


def _code_for_new_address(row: MailedCode, now: datetime) -> Letter | None:
    asking, owner = code_queries.person_of_code(row), queries.person_by_email(row.email)
    may_change = asking is not None and asking.suspended_at is None
    may_be_told = owner is not None and owner.suspended_at is None
    is_taken, email = owner is not None, row.email
    code = mailed_codes.mint(row.id, works=may_change and not is_taken, now=now)
    if code is None or not may_change:
        return None
    if is_taken:
        return _address_is_taken(email) if may_be_told else None
    return Letter(
        email,
        "Your code for a new address",
        f"Somebody, most likely you, wants to use this address for their account at\n{_address()}\n\n"
        f"Type this code on the page where you asked for it:\n\n    {code}\n\n"
        f"{_CODE_RULES}{_NOT_YOU}{_help()}",
    )


def _address_is_taken(email: str) -> Letter:
    return Letter(
        email,
        "Somebody wanted to use this address",
        f"Somebody wanted to use this address for another account at\n{_address()}\n\n"
        "It has an account already, so nothing was changed, and nobody was told that it has one. If it was you, sign in with this "
        "address, or write to us if you need two accounts made into one. If it was not you, you need not do anything.\n\n"
        f"{_help()}",
    )


def _password_notice(message: Message, values: Values, _now: datetime) -> Letter | None:
    person = _active_person(message.person_id)
    if person is None:
        return None
    done = {"changed": "was changed", "set": "was set", "removed": "was removed; you sign in by mailed code now"}[values["deed"]]
    return Letter(
        values["email"],
        f"Your password was {values['deed']}",
        f"The password of your account at\n{_address()}\n{done}, on {_moment(values, person)}. "
        "Every other browser was signed out.\n\nIf it was you, you need not do anything. If it was not you, sign in by code at once, "
        f"set a new password, and tell us:\n{_address()}/account/sign-in\n\n{_help()}",
    )


def _email_changed(message: Message, values: Values, _now: datetime) -> Letter | None:
    person = _active_person(message.person_id)
    if person is None:
        return None
    return Letter(
        values["email"],
        "The address of your account was changed",
        f"Your account at\n{_address()}\nhas another e-mail address since {_moment(values, person)}. This address does not open it any "
        "more, and every other browser was signed out.\n\nIf it was you, you need not do anything. If it was not you, tell us soon, and "
        f"give this address: we can look at the account and stop whoever changed it.\n\n{_help()}",
    )


_FACTOR_DEEDS = {
    "on": (
        "Your second factor is on",
        "has a second factor since {moment}: signing in asks for a code of an authenticator app. Every other browser was signed out.",
    ),
    "off": ("Your second factor is off", "has no second factor any more since {moment}. Every other browser was signed out."),
    "codes": ("New recovery codes were made", "has new recovery codes since {moment}. Those from before no longer work."),
    "recovery": (
        "A recovery code was used",
        "was opened with one of its recovery codes, on {moment}. Left: {left}. You can make new ones under Account, Second factor.",
    ),
    "reset": (
        "Your second factor was taken away",
        "has no second factor any more since {moment}: an administrator took it away, and you are signed out in every browser. "
        "You sign in as before, without its code, and can set up another one under Account.\n\nThe reason that was given:\n{reason}",
    ),
}
"""Deed → subject, and what became of the account."""


def _second_factor_notice(message: Message, values: Values, _now: datetime) -> Letter | None:
    person = _active_person(message.person_id)
    if person is None:
        return None
    subject, became = _FACTOR_DEEDS[values["deed"]]
    told = became.format(**{"left": "", "reason": "", **values, "moment": _moment(values, person)})
    return Letter(
        values["email"],
        subject,
        f"Your account at\n{_address()}\n{told}\n\n"
        "If you expected this, you need not do anything. If not, somebody else may be in your account: set a new password, or change "
        f"that of your mailbox if you have none here, and tell us at once.\n{_address()}/account\n\n{_help()}",
    )


def _active_person(person_id: UUID | None) -> Person | None:
    person = queries.person_with_id(person_id) if person_id else None
    return person if person and person.suspended_at is None else None


def _moment(values: Values, person: Person) -> str:
    return f"{moment(datetime.fromisoformat(values['at']), person.zone)} ({person.zone})"


def _address() -> str:
    return ways_in.settings().address


def _help() -> str:
    contact = ways_in.settings().contact
    return f"Help: {contact}\n{_address()}/help\n" if contact else f"Help: {_address()}/help\n"
