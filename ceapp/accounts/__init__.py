"""People: accounts, sign-in, and who may open what."""

from flask import Flask

from ceapp.accounts import email_views, password_views, proof_views, second_factor_views, session_views, sign_in_views, views
from ceapp.accounts.access import install_access
from ceapp.accounts.invitations import views as invitation_views
from ceapp.accounts.invitations.letters import install_invitation_letters
from ceapp.accounts.letters import install_letters
from ceapp.accounts.licences import views as licence_views
from ceapp.accounts.organisations import views as organisation_views
from ceapp.accounts.people import views as people_views
from ceapp.accounts.people.letters import install_people_letters

__all__ = [
    "email_views",
    "install",
    "invitation_views",
    "licence_views",
    "organisation_views",
    "password_views",
    "people_views",
    "proof_views",
    "second_factor_views",
    "session_views",
    "sign_in_views",
]


def install(app: Flask) -> None:
    """Register the pages of accounts, and guard the pages of everybody."""
    install_access(app)
    install_letters(app)
    install_people_letters(app)
    install_invitation_letters(app)
    app.register_blueprint(views.blueprint)
