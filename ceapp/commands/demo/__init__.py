"""`ceapp demo`: an instance of its own, filled with an invented agency, so that anybody can see all roles in a minute."""

from __future__ import annotations

import sys

import click
from sqlalchemy import exists, select

from ceapp.accounts.models import Person
from ceapp.catalogue.service import sync
from ceapp.clock import now
from ceapp.commands.demo.story import Story
from ceapp.commands.prepare import prepared_app
from ceapp.commands.serve import serve_with
from ceapp.config import Settings, load_settings
from ceapp.database import db
from ceapp.errors import Unsafe

EARLIER = "The demonstration is filled already; remove its instance folder to have it told anew."


@click.command()
@click.option("--fill-only", is_flag=True, help="Fill the instance, and do not serve.")
def demo(fill_only: bool) -> None:  # noqa: FBT001 - click hands over flags so
    """Serve an invented agency in an instance of its own (make demo sets it)."""
    settings = load_settings()
    fill(settings)
    sys.stdout.flush()
    if not fill_only:
        serve_with(settings)


def fill(settings: Settings) -> None:
    """Tell the story into an empty database. Raises Unsafe for an instance that is not a demonstration."""
    if not settings.demo:
        raise Unsafe(
            "This fills an instance with invented people: set demo = true (CEAPP_DEMO=1) and an instance of its own; make demo does."
        )
    with prepared_app(settings).app_context():
        sync(settings.scenarios_path, now=now())
        if db.session.scalar(select(exists().where(Person.id.is_not(None)))):
            click.echo(EARLIER)
            return
        click.echo("Telling four weeks of an invented agency ...")
        Story(now()).tell()
