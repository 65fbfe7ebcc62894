"""`ceapp person …`: what the operator does for people in the terminal."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from uuid import UUID

import click

from ceapp import clock
from ceapp.accounts import queries, service, set_up
from ceapp.accounts.addresses import normalised_email
from ceapp.accounts.models import Person
from ceapp.accounts.names import cleaned_name
from ceapp.accounts.people import queries as people_queries
from ceapp.accounts.people import service as people
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.errors import Missing, Refused
from ceapp.learning import grant_queries, grants
from ceapp.learning.grant_queries import EnrolmentSeen
from ceapp.learning.queries import enrolled_course


class EmailAddress(click.ParamType[str]):
    """An e-mail address, in the spelling under which people are looked up."""

    name = "email"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        email = normalised_email(value)
        if email is None:
            self.fail(f"{value!r} is not an e-mail address.", param, ctx)
        return email


@click.group("person")
def person() -> None:
    """People: who there is, administrators, passwords, suspension, attempts."""


@person.command("list")
def list_people() -> None:
    """Print everybody: e-mail address, name, and what is special about them."""
    with prepared_app(load_settings()).app_context():
        _print_people(people_queries.everybody_found(""))


@person.command("find")
@click.argument("text")
def find_people(text: str) -> None:
    """Print those whose address or name holds TEXT, or whose id it is."""
    sought = cleaned_name(text)
    if not sought:
        raise click.BadParameter("Write a part of an address or a name, or an id.", param_hint="TEXT")
    with prepared_app(load_settings()).app_context():
        _print_people(people_queries.everybody_found(sought))


@person.command("make-administrator")
@click.argument("email", type=EmailAddress())
def make_administrator(email: str) -> None:
    """Make the person with this address an administrator."""
    with prepared_app(load_settings()).app_context():
        people.make_administrator(_id_of(email), actor=None, now=clock.now())
    click.echo(f"{email} is an administrator now, and has to sign in again.")


@person.command("set-up-link")
def set_up_link() -> None:
    """Print the one-time link that makes the first administrator; an earlier link stops working."""
    settings = load_settings()
    with prepared_app(settings).app_context():
        token = set_up.issue_set_up_link(now=clock.now())
    if token is None:
        raise Refused("There is an administrator already. Use `ceapp person make-administrator EMAIL` for another one.")
    click.echo(f"{settings.address}/set-up/{token}")


@person.command("set-password")
@click.argument("email", type=EmailAddress())
@click.password_option(
    "--password", prompt="New password", prompt_required=True, help="Asked for when left out, so that it stays out of the shell's history."
)
def set_password(email: str, password: str) -> None:
    """Set a person's password; it signs them out everywhere."""
    with prepared_app(load_settings()).app_context():
        service.set_password(email, password, now=clock.now())
    click.echo(f"The password of {email} is set, and every browser of theirs is signed out.")


@person.command("suspend")
@click.argument("email", type=EmailAddress())
def suspend(email: str) -> None:
    """Suspend a person: they are signed out everywhere, and mail that waits for them is cancelled."""
    with prepared_app(load_settings()).app_context():
        people.suspend(_id_of(email), actor=None, now=clock.now())
    click.echo(f"{email} is suspended.")


@person.command("restore")
@click.argument("email", type=EmailAddress())
def restore(email: str) -> None:
    """Restore a suspended person; they sign in as before."""
    with prepared_app(load_settings()).app_context():
        people.restore(_id_of(email), actor=None, now=clock.now())
    click.echo(f"{email} can sign in again.")


@person.command("reset")
@click.argument("email", type=EmailAddress())
def reset(email: str) -> None:
    """Remove a person's password and sign them out everywhere; they sign in with a mailed code."""
    settings = load_settings()
    with prepared_app(settings).app_context():
        people.reset_sign_in(_id_of(email), actor=None, form_key=secrets.token_urlsafe(18), now=clock.now())
    click.echo(f"The password of {email} is removed, and every browser of theirs is signed out.")
    if not settings.mail_url:
        click.echo(f"There is no mail server, so no code reaches them: run `ceapp person set-password {email}`.")


@person.command("reset-second-factor")
@click.argument("email", type=EmailAddress())
@click.option("--reason", required=True, help="Why; the person reads it.")
def reset_second_factor(email: str, reason: str) -> None:
    """Take a person's second factor away and sign them out everywhere; a mail tells them."""
    with prepared_app(load_settings()).app_context():
        people.reset_second_factor(_id_of(email), reason, actor=None, form_key=secrets.token_urlsafe(18), now=clock.now())
    click.echo(f"The second factor of {email} is taken away, and every browser of theirs is signed out.")


@person.command("enrolments")
@click.argument("email", type=EmailAddress())
def enrolments(email: str) -> None:
    """Print a person's courses and scenarios: state, attempts used and allowed."""
    with prepared_app(load_settings()).app_context():
        person_id, page, more = _id_of(email), 1, True
        while more:
            seen, more = grant_queries.enrolments_seen(person_id, page)
            for each in seen:
                _print_enrolment(each)
            page += 1


@person.command("grant-attempt")
@click.argument("email", type=EmailAddress())
@click.argument("course")
@click.argument("scenario")
@click.option("--reason", required=True, help="Why; the person reads it.")
def grant_attempt(email: str, course: str, scenario: str, reason: str) -> None:
    """Grant another attempt at a scenario whose attempts are used up."""
    with prepared_app(load_settings()).app_context():
        person_id = _id_of(email)
        enrolled = enrolled_course(person_id, course)
        if enrolled is None:
            raise Missing(f"{email} is not enrolled in a course {course}.")
        key = secrets.token_urlsafe(18)
        grants.grant(person_id, enrolled.enrolment.id, scenario, reason, actor=None, form_key=key, now=clock.now())
    click.echo(f"{email} has another attempt at {scenario}.")


def _id_of(email: str) -> UUID:
    found = queries.person_by_email(email)
    if found is None:
        raise Missing(f"Nobody has an account with the address {email}.")
    return found.id


def _print_people(found: Iterable[Person]) -> None:
    for each in found:
        marks = [word for word, holds in (("administrator", each.is_administrator), ("suspended", each.suspended_at)) if holds]
        click.echo("\t".join([each.email, each.name, ", ".join(marks)]).rstrip())


def _print_enrolment(seen: EnrolmentSeen) -> None:
    completion = seen.enrolled.completion
    click.echo(f"{seen.published.slug}\t{f'completed on {completion.completed_on}' if completion else 'not completed'}")
    for item in seen.checklist.items:
        attempts = f"{item.closed} finished" if item.allowed_in_all is None else f"{item.closed} of {item.allowed_in_all} finished"
        click.echo(f"\t{item.requirement.slug}\t{item.state}\t{attempts}")
