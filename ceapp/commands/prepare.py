"""What several commands do first: the application, on a database of the right shape."""

from __future__ import annotations

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError

from ceapp.app import create_app
from ceapp.clock import now
from ceapp.config import Settings
from ceapp.database import db
from ceapp.database.migrate import migrate
from ceapp.database.roles import refuse_unmigrated
from ceapp.errors import Unsafe
from ceapp.keys import current_keys
from ceapp.operating.backups.upgrading import BackupBefore
from ceapp.operating.presence import refuse_half_restored


def prepared_app(settings: Settings) -> Flask:
    """The application with its database migrated. Raises Unsafe when that cannot be."""
    refuse_half_restored(settings.instance_path)
    app = create_app(settings)
    with app.app_context():
        before = BackupBefore(settings, current_keys(), now=now(), tell=lambda line: click.echo(line, err=True))
        try:
            if not settings.migrate:
                refuse_unmigrated(db.engine)
            migrate(db.engine, settings.instance_path / "migrate.lock", before)
            before.note()
        except DBAPIError as problem:
            raise Unsafe(f"The database cannot be opened: {str(problem.orig).strip().splitlines()[0]}") from problem
    return app
