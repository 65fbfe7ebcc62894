"""`ceapp backup`: everything but the keys in one file."""

from __future__ import annotations

from pathlib import Path

import click

from ceapp.app import create_app
from ceapp.clock import now
from ceapp.config import load_settings
from ceapp.keys import current_keys
from ceapp.operating.backups.archive import in_megabytes
from ceapp.operating.backups.making import make_backup, note
from ceapp.operating.backups.manifest import Manifest
from ceapp.operating.presence import refuse_half_restored


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write database, settings, scenarios and fonts into FILE, also while the server serves.

    FILE must not exist; it is readable by its owner only. It holds no keys: `ceapp key export` writes those.

    Every night, from cron:  17 2 * * *  cd /srv/ceapp && .venv/bin/ceapp backup "/backups/ceapp-$(date +\\%F).zip"
    """
    settings = load_settings()
    refuse_half_restored(settings.instance_path)
    with create_app(settings).app_context():
        made = make_backup(settings, current_keys(), file, now=now())
        note(made, now=now())
    click.echo(f"{made.path} is whole: {in_megabytes(made.size)}, {_rows(made.manifest)}, SHA-256 {made.sha256}.")
    secret = made.manifest.secret_settings
    click.echo(f"Keep it from others: it holds personal data{''.join(f', {name}' for name in secret)}. It holds no keys.")


def _rows(manifest: Manifest) -> str:
    return f"{manifest.counts.get('person', 0):,} people, {manifest.counts.get('certificate', 0):,} certificates"
