"""`ceapp audit …`: the heads of the record's chains, to be kept outside, and whether the record is as it was sealed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ceapp import clock
from ceapp.audit import queries
from ceapp.audit.sealing import seal_all
from ceapp.audit.seals import Head, digest_of, read_heads, written_heads
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.database import db
from ceapp.errors import Refused
from ceapp.operating.verification import verify


@click.group("audit")
def audit() -> None:
    """The chains of the audit record: print their heads, verify them."""


@audit.command("head")
def head() -> None:
    """Seal what waits, then print the newest seal of every chain. Keep the lines on another machine.

    Every day, from cron, which mails what is printed:  23 6 * * *  cd /srv/ceapp && .venv/bin/ceapp audit head
    """
    settings = load_settings()
    with prepared_app(settings).app_context():
        seal_all()
        heads = queries.heads()
    click.echo(f"# Audit record of {settings.address}, {clock.now():%Y-%m-%d %H:%M:%S} UTC. All heads: {digest_of(heads)}")
    click.echo(written_heads(heads), nl=False)


@audit.command("verify")
@click.option(
    "--head",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `ceapp audit head` printed once; the chains have to go on from there.",
)
def verify_chains(file: Path | None) -> None:
    """Compute every hash of the audit record again. Exit 1 when anything was changed, swapped, removed, put in or cut off."""
    kept = _read(file) if file else []
    with prepared_app(load_settings()).app_context():
        done = verify(db.engine, kept, now=clock.now())
    for line in done.findings:
        click.echo(line)
    click.echo(
        f"{done.seals:,} sealed entries in {done.chains} {'chain' if done.chains == 1 else 'chains'}, {done.unsealed:,} not yet sealed: "
        f"{f'{len(done.findings)} findings' if done.findings else 'all as it was sealed'}."
    )
    if file and not done.findings:
        click.echo(f"All {len(kept)} heads in {file} are where they were." if len(kept) != 1 else f"The head in {file} is where it was.")
    if done.findings and done.restored_at:
        click.echo(
            f"This database was restored on {done.restored_at:%Y-%m-%d %H:%M} UTC. Heads that were kept between the backup and"
            " the restore are of entries that the backup did not have."
        )
    sys.exit(1 if done.findings else 0)


def _read(file: Path) -> list[Head]:
    try:
        found = read_heads(file.read_text("utf-8"))
    except ValueError as problem:
        raise Refused(f"{file} is not what `ceapp audit head` prints. Nothing was verified.") from problem
    if not found:
        raise Refused(f"{file} has no heads in it. Nothing was verified.")
    return found
