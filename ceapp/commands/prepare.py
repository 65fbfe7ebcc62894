"""What several commands do first: the application, on a database of the right shape."""

from __future__ import annotations

from flask import Flask

from ceapp.app import create_app
from ceapp.config import Settings
from ceapp.database import db
from ceapp.database.migrate import migrate


def prepared_app(settings: Settings) -> Flask:
    """The application with its database migrated. Raises Unsafe when that cannot be."""
    app = create_app(settings)
    with app.app_context():
        migrate(db.engine, settings.instance_path / "migrate.lock")
    return app
