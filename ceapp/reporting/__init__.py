"""Exports over everything: certificates in bulk, rosters."""

from flask import Flask

from ceapp.reporting import exporting, views
from ceapp.web.jobs import register_job


def install(app: Flask) -> None:
    """Register the pages of this feature, and the job that makes missing PDFs."""
    app.register_blueprint(views.blueprint)
    register_job(app, "exports", 2, exporting.prepare_some)
