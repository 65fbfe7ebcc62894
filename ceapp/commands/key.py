"""`ceapp key …`: taking the keys to a safe place, and back."""

from __future__ import annotations

from pathlib import Path

import click

from ceapp.audit.service import record
from ceapp.clock import now
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.keys import export_keys, import_keys, note_exported


@click.group()
def key() -> None:
    """Take the keys to a safe place, and back."""


@key.command("export")
@click.argument("file", type=click.Path(path_type=Path))
def export(file: Path) -> None:
    """Write all keys into FILE, which must not exist. Keep it apart from the backups: together they open everything."""
    settings = load_settings()
    with prepared_app(settings).app_context():
        ids = export_keys(settings.instance_path / "keys", file)
        note_exported(settings.instance_path / "keys", ids)
        record("keys.exported", actor=None, now=now(), **{f"sealing-{each}": "exported" for each in ids})
    click.echo(f"{file} holds the signing key and the sealing keys {', '.join(ids)}. Keep it apart from the backups.")


@key.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Put the sealing keys of an exported FILE beside those that are here; none is replaced. Start the server again afterwards."""
    ids = import_keys(load_settings().instance_path / "keys", file)
    click.echo(f"Sealing keys put in place: {', '.join(ids)}. Start the server again." if ids else "All sealing keys of the file are here.")
