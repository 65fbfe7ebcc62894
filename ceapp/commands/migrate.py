"""`ceapp migrate`: bring the database to the newest shape, as the role that owns it."""

from __future__ import annotations

import dataclasses

import click

from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.database import db
from ceapp.database.revisions import head
from ceapp.database.roles import grant_serving


@click.command()
@click.option("--grant", "role", metavar="ROLE", help="On PostgreSQL: let this role serve. It may change no table, and no record again.")
def migrate(role: str | None) -> None:
    """Bring the database to the newest shape. The server does it by itself unless migrate = false."""
    app = prepared_app(dataclasses.replace(load_settings(), migrate=True))
    with app.app_context():
        if role:
            with db.engine.begin() as connection:
                grant_serving(connection, role)
            click.echo(f"{role} may serve.")
    click.echo(f"The database is at {head()}.")
