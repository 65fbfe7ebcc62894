"""`ceapp mail …`: send what waits now, or print it where there is no mail server."""

from __future__ import annotations

from uuid import UUID

import click

from ceapp import clock
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.errors import Refused
from ceapp.mail import queries
from ceapp.mail.sender import send_waiting
from ceapp.mail.showing import show


@click.group("mail")
def mail() -> None:
    """The outbox: send what waits, or print it."""


@mail.command("send")
def send() -> None:
    """Send the messages that are due, once; the server does the same by itself while it runs."""
    settings = load_settings()
    if not settings.mail_url:
        raise Refused("There is no mail server: set mail_url and mail_from, or print the messages with `ceapp mail show`.")
    sent = failed = 0
    with prepared_app(settings).app_context():
        while True:
            done = send_waiting(clock.now())
            sent, failed = sent + done.sent, failed + done.failed
            if not done.is_full:
                break
    click.echo(f"{sent} sent, {done.waiting} waiting, {failed} failed")
    if done.trouble:
        raise Refused(f"{done.trouble[0].upper()}{done.trouble[1:]}. What waits is tried again.")


@mail.command("show")
@click.option("--mark-sent", is_flag=True, help="Count the printed messages as sent: you pass them on yourself.")
def show_waiting(mark_sent: bool) -> None:  # noqa: FBT001 - click hands over flags so
    """Print the messages that wait. Links and codes in them are made now; those printed before may stop working."""
    with prepared_app(load_settings()).app_context():
        for message_id in queries.waiting_ids():
            _print(message_id, mark_sent=mark_sent)
        count = queries.waiting_count()
    click.echo(f"{count} {'message' if count == 1 else 'messages'} waiting")


def _print(message_id: UUID, *, mark_sent: bool) -> None:
    """One that cannot be composed keeps none of the others."""
    try:
        shown = show(message_id, now=clock.now(), mark_sent=mark_sent)
    except Refused as problem:
        click.echo(f"ceapp: {problem.message}", err=True)
        return
    if shown is not None:
        click.echo(f"{shown}\n")
