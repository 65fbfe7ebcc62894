"""The front page of each role; composes queries, owns no table."""

from flask import Flask

from ceapp.home import views


def install(app: Flask) -> None:
    """Register the pages of this feature."""
    app.register_blueprint(views.blueprint)
