"""People: accounts, sign-in, and who may open what."""

from flask import Flask

from ceapp.accounts import views
from ceapp.accounts.access import install_access


def install(app: Flask) -> None:
    """Register the pages of accounts, and guard the pages of everybody."""
    install_access(app)
    app.register_blueprint(views.blueprint)
