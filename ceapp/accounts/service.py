"""What people do with their accounts: sign up, sign in and out, change the password and what is printed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts import guesses, passwords, queries, sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.mailed_codes import end_codes_of
from ceapp.accounts.models import Person
from ceapp.accounts.password_rules import problems_of
from ceapp.audit.service import record
from ceapp.database import new_id, transaction
from ceapp.errors import Missing, Refused
from ceapp.mail.service import queue

NO_ACCOUNT_MADE = "We could not create an account with these details. If you already have one, sign in. Nothing was changed."
NOT_RIGHT = "The e-mail address or the password is not right. Nothing was changed."
CURRENT_NOT_RIGHT = "The current password is not right. Nothing was changed."
SUSPENDED = "This account is suspended, so you cannot sign in. Your records are kept. Write to the administrator of this server."
CHANGED_MEANWHILE = "The password was changed a moment ago. Nothing was changed now: sign in with the new one."

TOO_OLD = (
    "This asks that you showed in the last 15 minutes that it is you. Nothing was changed: "
    "open “Confirm that it is you” under Account, then send this again."
)


def sign_up(
    email: str, password: str, *, time_zone: str, caller: Caller, now: datetime, ending: str | None = None, browser: str = ""
) -> str:
    """Make an account and sign in; returns the token for the cookie.

    Without mail, signing up must succeed or fail at once, so somebody who tries an address learns whether it has an account.
    The sentence does not say so, the time is the same, and `guesses` counts every try. With mail a code is asked for instead.
    """
    guesses.take("sign-up", now=now, network=caller.network)
    password_hash = hash_of_new(password, about=(email,))
    try:
        with transaction() as session:
            person = Person(email=email, time_zone=time_zone, password_hash=password_hash, created_at=now)
            session.add(person)
            session.flush()
            record("person.signed-up", actor=person.id, now=now, person=person.id)
            sign_ins.end(ending)
            return sign_ins.begin(person.id, now=now, browser=browser)
    except IntegrityError as problem:
        raise Refused(NO_ACCOUNT_MADE) from problem


def sign_in(email: str, password: str, *, caller: Caller, now: datetime, ending: str | None = None, browser: str = "") -> str:
    """Check the password and begin a new sign-in, ending the browser's earlier one; returns the token for the cookie.

    Raises Refused with one sentence for an unknown address and a wrong password, and TooMany before either is looked at.
    """
    with transaction():
        guess = guesses.take_about("sign-in", email, caller, now=now)
        person = queries.person_by_email(email)
        person_id, stored = (person.id, person.password_hash or None) if person else (None, None)
    if not passwords.verify(stored, password) or person_id is None or stored is None:
        raise Refused(NOT_RIGHT)
    renewed = passwords.hash_password(password) if passwords.needs_rehash(stored) else stored
    with transaction():
        guesses.give_back(guess)
        person = queries.person_to_change(person_id)
        if person.password_hash != stored:  # Changed while this sign-in was on its way: it must not outlive the change.
            raise Refused(NOT_RIGHT)
        if person.suspended_at is not None:
            raise Refused(SUSPENDED)
        person.password_hash = renewed
        record("person.signed-in", actor=person.id, now=now, person=person.id)
        sign_ins.end(ending)
        return sign_ins.begin(person.id, now=now, browser=browser)


def sign_out(token: str | None) -> None:
    """End this browser's sign-in."""
    sign_ins.end(token)


def change_password(person_id: UUID, current: str, new: str, *, now: datetime, ending: str | None = None, browser: str = "") -> str:
    """Change the password, which signs the person out everywhere, and begin a new sign-in here; returns its token.

    Who has a second factor needs a fresh proof besides, in the sign-in that is `ending` by this.
    """
    with transaction() as session:
        guess = guesses.take("password", now=now, account=str(person_id))
        person = session.get_one(Person, person_id)
        stored, about = person.password_hash, (person.email, person.name)
    if not passwords.verify(stored or None, current):
        raise Refused(CURRENT_NOT_RIGHT)
    password_hash = hash_of_new(new, about=about)
    with transaction():
        guesses.give_back(guess)
        person = queries.person_to_change(person_id)
        if person.password_hash != stored:
            raise Refused(CHANGED_MEANWHILE)
        if queries.has_second_factor(person_id) and not sign_ins.has_proved(person_id, ending, now=now):
            raise Refused(TOO_OLD)
        standing = sign_ins.standing_of(person_id, ending)
        replace_password(person, password_hash, actor=person_id, now=now)
        tell_of_password(person, "changed", now=now)
        return sign_ins.begin(person_id, now=now, browser=browser, after=standing)


def set_password(email: str, new: str, *, now: datetime) -> None:
    """The operator sets a password in the terminal; the person is signed out everywhere. Raises Missing or Refused."""
    person = _known(email)
    person_id = person.id
    password_hash = hash_of_new(new, about=(person.email, person.name))
    with transaction():
        replace_password(queries.person_to_change(person_id), password_hash, actor=None, now=now)


def change_profile(person_id: UUID, *, name: str, time_zone: str, now: datetime, wants_reminders: bool | None = None) -> None:
    """Change what is printed, the zone of the days, whether reminders are mailed. Certificates that exist keep what they print."""
    with transaction():
        person = queries.person_to_change(person_id)
        person.name, person.time_zone = name, time_zone
        if wants_reminders is not None:
            person.wants_reminders = wants_reminders
        record("person.profile-changed", actor=person_id, now=now, person=person_id)


def profile_is_complete(person: Person) -> bool:
    """Whether name and time zone are known; asked for at `accounts.name` before the first scored start."""
    return bool(person.name and person.time_zone)


def hash_of_new(password: str, *, about: tuple[str, ...]) -> str:
    """The hash of a password that somebody chose. Raises Refused with what is wrong with it."""
    problems = problems_of(password, about)
    if problems:
        raise Refused(" ".join(problems))
    return passwords.hash_password(password)


def replace_password(person: Person, password_hash: str, *, actor: UUID | None, now: datetime) -> None:
    """Inside a transaction: another password, or none; the person is signed out everywhere, and codes on their way die."""
    person.password_hash = password_hash
    sign_ins.end_all_of(person.id)
    end_codes_of(person.id, now=now)
    record("person.password-changed" if password_hash else "person.password-removed", actor=actor, now=now, person=person.id)


def tell_of_password(person: Person, deed: str, *, now: datetime) -> None:
    """Inside a transaction: owe the person a letter that the password was `changed`, `set` or `removed`."""
    values = {"email": person.email, "deed": deed, "at": now.isoformat()}
    queue("password-notice", f"password-notice:{new_id()}", person_id=person.id, values=values, now=now)


def _known(email: str) -> Person:
    person = queries.person_by_email(email)
    if person is None:
        raise Missing(f"Nobody has an account with the address {email}.")
    return person
