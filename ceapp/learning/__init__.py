"""Enrolments, series, attempts, answers, completion."""

from flask import Flask

from ceapp.learning import course_views, help_views, preview_views, views

__all__ = ["course_views", "help_views", "install", "preview_views"]


def install(app: Flask) -> None:
    """Register the pages of this feature."""
    app.register_blueprint(views.blueprint)
