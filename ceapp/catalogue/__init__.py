"""Courses, scenarios, their revisions and renderings; publishing and retiring."""

from flask import Flask

from ceapp.catalogue import views


def install(app: Flask) -> None:
    """Register the pages of this feature."""
    app.register_blueprint(views.blueprint)
