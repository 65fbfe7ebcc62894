"""What several commands do first: the application, on a database of the right shape."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.exc import DBAPIError

from ceapp.app import create_app
from ceapp.config import Settings
from ceapp.database import db
from ceapp.database.migrate import migrate
from ceapp.errors import Unsafe


def prepared_app(settings: Settings) -> Flask:
    """The application with its database migrated. Raises Unsafe when that cannot be."""
    app = create_app(settings)
    with app.app_context():
        try:
            migrate(db.engine, settings.instance_path / "migrate.lock")
        except DBAPIError as problem:
            raise Unsafe(f"The database cannot be opened: {str(problem.orig).strip().splitlines()[0]}") from problem
    return app
