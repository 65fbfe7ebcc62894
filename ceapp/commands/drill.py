"""`ceapp drill`: the restore drill, for every night."""

from __future__ import annotations

import sys
from datetime import datetime

import click
from flask import Flask

from ceapp.app import create_app
from ceapp.audit.queries import last_entry
from ceapp.clock import now
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.operating.backups.archive import in_megabytes
from ceapp.operating.backups.drill import Drill, hold_drill


@click.command()
def drill() -> None:
    """Back up, restore into a place of its own, check that nothing is missing and nothing old is alive; exit 1 on any finding.

    The server may serve meanwhile. The backup of the drill is thrown away: it is no replacement for `ceapp backup`.
    """
    settings, began = load_settings(), now()
    app = prepared_app(settings)
    held = hold_drill(settings, make_app=create_app, now=began)
    for finding in held.findings:
        click.echo(finding, err=True)
    _tell(held, _last_backup(app), began)
    if held.findings:
        sys.exit(1)


def _last_backup(app: Flask) -> datetime | None:
    with app.app_context():
        entry = last_entry("backup.made")
        return entry.at if entry else None


def _tell(held: Drill, last: datetime | None, began: datetime) -> None:
    counts, found = held.manifest.counts, len(held.findings)
    click.echo(
        f"Backed up {in_megabytes(held.size)} in {held.backup_seconds:.1f} s and restored {counts.get('person', 0):,} people,"
        f" {counts.get('certificate', 0):,} certificates: {f'{found} findings' if found else 'nothing missing'}."
    )
    click.echo(f"RTO: {held.restore_seconds:.1f} s to restore.")
    lost = f"{(began - last).total_seconds():,.0f} s since the last backup that was kept" if last else "everything: no backup was ever kept"
    click.echo(f"RPO: {lost}, and {held.backup_seconds:.1f} s to make one.")
