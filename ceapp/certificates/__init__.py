"""Certificates: frozen facts, their PDFs, the public check, and the provider who stands behind them."""

from flask import Flask

from ceapp.certificates import life_views, views
from ceapp.certificates.approvals import views as approval_views
from ceapp.certificates.letters import install_letters
from ceapp.certificates.misses import Misses
from ceapp.certificates.pdf import Press
from ceapp.certificates.site import install_site

__all__ = ["approval_views", "install", "life_views"]


def install(app: Flask) -> None:
    """Register the pages of this feature, the press, and the name of the site."""
    app.extensions["ceapp.press"] = Press(app.extensions["ceapp.settings"].instance_path / "fonts")
    app.extensions["ceapp.misses"] = Misses()
    install_site(app)
    install_letters(app)
    app.register_blueprint(views.blueprint)
