"""`ceapp restore`: a backup back into an instance."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ceapp.clock import now
from ceapp.config import load_settings
from ceapp.operating.backups.restoring import restore_backup

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--keys", "keys_file", type=_FILE, help="The file that ceapp key export wrote.")
@click.option("--replace", is_flag=True, help="Restore over a database with people in it, which is kept aside.")
def restore(file: Path, keys_file: Path | None, replace: bool) -> None:  # noqa: FBT001 - click hands over flags so
    """Restore the backup FILE into this instance, all of it or nothing. No server may run.

    Everybody is signed out; codes and links that were sent are dead, and mail that waited is cancelled.
    """
    done = restore_backup(load_settings(), file, keys_file=keys_file, replace=replace, environ=os.environ, now=now())
    counts = done.manifest.counts
    click.echo(
        f"Restored as of {done.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC:"
        f" {counts.get('person', 0):,} people, {counts.get('certificate', 0):,} certificates."
        " Everybody is signed out; links and codes from before are dead; mail that waited is cancelled."
    )
    if done.kept:
        click.echo(f"What was here before is kept in {done.kept}; remove it when you are sure.")
    for sentence in done.notes:
        click.echo(sentence)
    if done.missing_keys:
        names = " and ".join(done.missing_keys)
        click.echo(
            f"The sealing key {names} is not here: texts sealed with it stay closed until ceapp key import KEYFILE brings it.", err=True
        )
