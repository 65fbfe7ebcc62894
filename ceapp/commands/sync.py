"""`ceapp sync`: publish what changed under `scenarios/`."""

from __future__ import annotations

import sys

import click

from ceapp.catalogue.service import CourseReport
from ceapp.catalogue.service import sync as publish
from ceapp.clock import now
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.errors import Unsafe


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def sync(dry_run: bool) -> None:  # noqa: FBT001 - click hands over flags so
    """Publish the courses whose files changed; a course with an error keeps its last good revision."""
    settings = load_settings()
    with prepared_app(settings).app_context():
        reports = publish(settings.scenarios_path, now=now(), dry_run=dry_run)
    tell(reports, dry_run=dry_run)
    if not reports:
        raise Unsafe(f"There is no course under {settings.scenarios}; the setting scenarios says where to look.")
    sys.exit(1 if any(report.problems for report in reports) else 0)


def tell(reports: list[CourseReport], *, dry_run: bool = False) -> None:
    """Print what publishing did, course by course."""
    for report in reports:
        for problem in report.problems:
            click.echo(str(problem), err=True)
        if report.problems:
            click.echo(f"{report.slug}: not published; the last good revision stays.", err=True)
        elif report.changes:
            click.echo(f"{report.slug}: {'would publish' if dry_run else 'published'}: {', '.join(report.changes)}.")
            if report.hours:
                click.echo(f"{report.slug}: contact hours {report.hours.hours}. {report.hours.explanation}")
        else:
            click.echo(f"{report.slug}: nothing changed.")
