"""`ceapp doctor`: look the whole instance over, and change nothing."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ceapp import clock
from ceapp.config import Settings, load_settings
from ceapp.database import begin_listeners, engine_options
from ceapp.errors import Unsafe
from ceapp.keys import Keys, load_keys
from ceapp.operating.doctor import Finding, examine_engine


@click.command()
@click.option("--fast", is_flag=True, help="Leave out what reads whole tables; takes a moment.")
@click.option("--json", "as_json", is_flag=True, help="Print findings and counts as JSON.")
def doctor(fast: bool, as_json: bool) -> None:  # noqa: FBT001 - click hands over flags so
    """Check the database against itself and the machine around it. Exit 1 when there is an error; warnings alone exit 0."""
    settings = load_settings()
    engine, counts = _opened(settings), Counter[str]()
    try:
        findings = examine_engine(
            engine, settings=settings, keys=keys_as_they_are(settings), now=clock.now(), fast=fast, tell=_tell, counts=counts
        )
        has_errors = _print_json(list(findings), counts) if as_json else _print(findings, counts)
    finally:
        engine.dispose()
    sys.exit(1 if has_errors else 0)


def _opened(settings: Settings) -> Engine:
    """The database as it is: nothing is made and nothing is migrated. Raises Unsafe when it is not there."""
    try:
        url = make_url(settings.database)
    except ArgumentError as problem:
        raise Unsafe("database_url is no address of a database, such as postgresql://ceapp@localhost/ceapp.") from problem
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise Unsafe(f"There is no database {url.database}: start the server once, or set CEAPP_INSTANCE to the folder of yours.")
    engine = create_engine(url, **engine_options(settings.database))
    begin_listeners(engine)
    try:
        engine.connect().close()
    except DBAPIError as problem:
        raise Unsafe(f"The database cannot be opened: {str(problem.orig).strip().splitlines()[0]}") from problem
    return engine


def keys_as_they_are(settings: Settings) -> Keys | None:
    """The keys as they are: none are made. None when they are not all there, or not fit to be used."""
    folder = settings.instance_path / "keys"
    if not (folder / "secret.key").exists() or not any(folder.glob("sealing-*.key")):
        return None
    try:
        return load_keys(folder)
    except Unsafe as problem:
        click.echo(problem.message, err=True)
        return None


def _tell(line: str) -> None:
    click.echo(f"  {line}", err=True)


def _print(findings: Iterator[Finding], counts: Counter[str]) -> bool:
    """One finding after the other, as they come, and then what was looked at; whether there is an error."""
    found: Counter[str] = Counter()
    told: set[str] = set()
    for finding in findings:
        found[finding.severity] += 1
        click.echo(f"{finding.severity}: {finding.code}: {finding.what}")
        if finding.remedy not in told:
            click.echo(f"    {finding.remedy}")
            told.add(finding.remedy)
    looked_at = ", ".join(f"{number:,} {what}" for what, number in sorted(counts.items()))
    summary = " and ".join(f"{number} {severity}{'' if number == 1 else 's'}" for severity, number in sorted(found.items()))
    click.echo(f"{f'Found: {summary}' if summary else 'Nothing found'}. Looked at: {looked_at}.")
    return found["error"] > 0


def _print_json(findings: list[Finding], counts: Counter[str]) -> bool:
    click.echo(json.dumps({"findings": [asdict(finding) for finding in findings], "looked_at": counts}, indent=2, sort_keys=True))
    return any(finding.is_error for finding in findings)
