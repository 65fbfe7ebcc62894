"""All commands of `ceapp`, and how they end."""

from __future__ import annotations

import os
import sys

import click

from ceapp.commands.audit import audit
from ceapp.commands.backup import backup
from ceapp.commands.check import check
from ceapp.commands.demo import demo
from ceapp.commands.doctor import doctor
from ceapp.commands.drill import drill
from ceapp.commands.export import export
from ceapp.commands.key import key
from ceapp.commands.mail import mail
from ceapp.commands.migrate import migrate
from ceapp.commands.organisation import organisation
from ceapp.commands.person import person
from ceapp.commands.restore import restore
from ceapp.commands.retention import retention
from ceapp.commands.serve import serve
from ceapp.commands.sync import sync
from ceapp.errors import CeappError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ceapp")
def cli() -> None:
    """Continuing education in professional ethics: scenarios, scores, certificates."""


for command in (
    serve,
    sync,
    check,
    export,
    person,
    mail,
    organisation,
    backup,
    restore,
    drill,
    audit,
    key,
    demo,
    doctor,
    migrate,
    retention,
):
    cli.add_command(command)


def run() -> None:
    """The console script: exit 0 on success, 1 with one line of reason, 2 on wrong usage."""
    os.umask(0o077)  # What the commands write is for its owner only.
    try:
        cli()
    except CeappError as problem:
        click.echo(f"ceapp: {problem.message}", err=True)
        sys.exit(1)
    except OSError as problem:
        click.echo(f"ceapp: {problem.filename or 'the system'}: {problem.strerror or problem}", err=True)
        sys.exit(1)
