"""`ceapp retention`: how long records are kept, and what may go today."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import click

from ceapp import clock
from ceapp.commands.export import Day
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.reporting.retention.queries import counted, ids_due
from ceapp.reporting.retention.rules import RULES, Kind, last_start, years_of


@click.command("retention")
@click.option("--on", "day", type=Day(), help="As if it were this day (2033-12-04); without it, today.")
@click.option("--list", "kind", type=click.Choice([kind.value for kind in Kind]), help="Print the ids of what may go of this kind.")
def retention(day: date | None, kind: str | None) -> None:
    """Count, kind by kind, the records that are kept and those that may go. Nothing is deleted."""
    settings = load_settings()
    with prepared_app(settings).app_context():
        today = day or clock.now().date()
        if kind is not None:
            rule = next(rule for rule in RULES if rule.kind == kind)
            for row_id in ids_due(rule.kind, last_start(today, years_of(rule, asdict(settings)))):
                click.echo(row_id)
            return
        click.echo(f"On {today}. Nothing is deleted.")
        click.echo("kind\tyears\ton record\tmay go\theld\toldest may go on")
        for each in counted(asdict(settings), today):
            click.echo(f"{each.rule.kind}\t{each.years}\t{each.rows}\t{each.due}\t{each.held}\t{each.first_goes_on or '-'}")
