"""Organisations at work: groups, who supervises whom, assignments, progress, sign-off."""

from flask import Flask

from ceapp.supervision.blueprint import blueprint


def install(app: Flask) -> None:
    """Register the pages of this feature."""
    app.register_blueprint(blueprint)
