"""`ceapp person …`: what the operator does for people in the terminal."""

from __future__ import annotations

import click

from ceapp import clock
from ceapp.accounts import queries, service, set_up
from ceapp.accounts.addresses import normalised_email
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.errors import Refused


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
    """People: who there is, administrators, passwords."""


@person.command("list")
def list_people() -> None:
    """Print everybody: e-mail address, name, and what is special about them."""
    with prepared_app(load_settings()).app_context():
        for each in queries.people():
            marks = [word for word, holds in (("administrator", each.is_administrator), ("suspended", each.suspended_at)) if holds]
            click.echo("\t".join([each.email, each.name, ", ".join(marks)]).rstrip())


@person.command("make-administrator")
@click.argument("email", type=EmailAddress())
def make_administrator(email: str) -> None:
    """Make the person with this address an administrator."""
    with prepared_app(load_settings()).app_context():
        service.make_administrator(email, now=clock.now())
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
