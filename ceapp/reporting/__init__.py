"""Exports over everything: certificates in bulk, rosters; and how long people take."""

from flask import Flask

from ceapp.reporting import exporting, time_views, transcript_views, views
from ceapp.web.jobs import register_job

__all__ = ["install", "time_views", "transcript_views"]


def install(app: Flask) -> None:
    """Register the pages of this feature, and the job that makes missing PDFs."""
    app.register_blueprint(views.blueprint)
    register_job(app, "exports", 2, exporting.prepare_some)
