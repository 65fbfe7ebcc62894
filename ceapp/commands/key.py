"""`ceapp key …`: taking the keys to a safe place and back, and changing them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ceapp.audit.service import record
from ceapp.clock import now
from ceapp.commands.prepare import prepared_app
from ceapp.config import Settings, load_settings
from ceapp.errors import CeappError, Refused
from ceapp.keys import GRACE, export_keys, import_keys, new_sealing_key, new_secret, note_exported, turn_secret
from ceapp.operating.sealing import sealed_by_key


@click.group()
def key() -> None:
    """Take the keys to a safe place and back, and change them."""


@key.command("export")
@click.argument("file", type=click.Path(path_type=Path))
def export(file: Path) -> None:
    """Write all keys into FILE, which must not exist. Keep it apart from the backups: together they open everything."""
    settings = load_settings()
    ids = export_keys(settings.instance_path / "keys", file)
    note_exported(settings.instance_path / "keys", ids)
    click.echo(f"{file} holds the signing key and the sealing keys {', '.join(ids)}. Keep it apart from the backups.")
    _note(settings, "keys.exported", ids)


@key.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Put the sealing keys of an exported FILE beside those that are here; none is replaced. Start the server again afterwards."""
    ids = import_keys(load_settings().instance_path / "keys", file)
    click.echo(f"Sealing keys put in place: {', '.join(ids)}. Start the server again." if ids else "All sealing keys of the file are here.")


@key.group("new")
def new() -> None:
    """Make a new key: the first step of changing one."""


@new.command("signing")
def signing() -> None:
    """Make the next signing key. Servers accept it from their next reload on; `ceapp key turn` lets it sign."""
    settings = _with_signing_files()
    made = new_secret(settings.instance_path / "keys")
    click.echo(f"{made} is made. Copy it to every other node, reload every server, then run `ceapp key turn`.")


@new.command("sealing")
def sealing() -> None:
    """Make a sealing key that seals from the next start on; the earlier ones go on opening what they sealed."""
    settings = load_settings()
    made = new_sealing_key(settings.instance_path / "keys", sealed_by_key(settings))
    click.echo(f"Sealing key {made} is made. Copy it to every other node, start every server again, and run `ceapp key export`.")


@key.command("turn")
@click.option("--grace-hours", type=click.IntRange(0, 24 * 30), default=int(GRACE / timedelta(hours=1)), show_default=True)
def turn(grace_hours: int) -> None:
    """Let the next signing key sign; open forms of the one before are accepted for some hours, with 0 not at all."""
    settings, moment = _with_signing_files(), now()
    turn_secret(settings.instance_path / "keys", moment + timedelta(hours=grace_hours))
    accepted = f"The one before is accepted for {grace_hours} hours more" if grace_hours else "The one before opens nothing"
    click.echo(f"The next key signs now. {accepted}. Copy secret.key and secret-before.key to every other node, and reload every server.")
    _note(settings, "keys.turned", [])


def _with_signing_files() -> Settings:
    settings = load_settings()
    if settings.secret_key:
        raise Refused("The setting secret_key signs, not the files: change it there, or remove it. Nothing was changed.")
    return settings


def _note(settings: Settings, deed: str, ids: Iterable[str]) -> None:
    """Write it down where that can be done now: keys are taken to safety also when the database is away."""
    try:
        with prepared_app(settings).app_context():
            record(deed, actor=None, now=now(), **{f"sealing-{each}": "exported" for each in ids})
    except (CeappError, SQLAlchemyError) as problem:
        reason = problem.message if isinstance(problem, CeappError) else type(problem).__name__
        click.echo(f"The record of deeds does not know of it: {reason}", err=True)
