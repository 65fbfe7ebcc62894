"""`ceapp organisation …`: the agencies on this server."""

from __future__ import annotations

import click

from ceapp import clock
from ceapp.accounts.organisations import service as organisations
from ceapp.accounts.organisations.forms import RESERVED, SLUG
from ceapp.accounts.organisations.queries import every_organisation
from ceapp.accounts.time_zones import time_zones
from ceapp.commands.person import EmailAddress
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings


class ShortName(click.ParamType[str]):
    """What stands in addresses for an organisation."""

    name = "slug"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not SLUG.fullmatch(value) or value in RESERVED:
            self.fail(f"{value!r} is not small letters, digits and hyphens, at most 63 of them.", param, ctx)
        return value


class Zone(click.ParamType[str]):
    """A time zone such as America/Toronto."""

    name = "zone"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in time_zones():
            self.fail(f"{value!r} is no time zone such as America/Toronto.", param, ctx)
        return value


@click.group("organisation")
def organisation() -> None:
    """Organisations: make one, list them."""


@organisation.command("new")
@click.argument("slug", type=ShortName())
@click.argument("name")
@click.option("--zone", type=Zone(), required=True, help="Where its days begin and end, e.g. America/Toronto.")
@click.option("--administrator", type=EmailAddress(), required=True, help="Whom to invite as its first administrator.")
def new(slug: str, name: str, zone: str, administrator: str) -> None:
    """Make an organisation and invite its first administrator by mail."""
    with prepared_app(load_settings()).app_context():
        organisations.found_organisation(slug, name, zone, administrator, actor=None, now=clock.now())
    click.echo(f"{name} is made, and {administrator} is invited to administer it. The letter is in the outbox.")


@organisation.command("list")
def list_organisations() -> None:
    """Print every organisation: slug, name, time zone, number of members."""
    with prepared_app(load_settings()).app_context():
        for each in every_organisation():
            click.echo(f"{each.organisation.slug}\t{each.organisation.name}\t{each.organisation.time_zone}\t{each.members}")
