"""Whom to write to, what people ask most, and what is kept of them."""

from flask import render_template
from flask.typing import ResponseReturnValue

from ceapp.home.views import blueprint
from ceapp.web.audience import anyone


@blueprint.get("/help")
@anyone
def help_page() -> ResponseReturnValue:
    """The contact, and answers in a few sentences."""
    return render_template("home/help.html")


@blueprint.get("/privacy")
@anyone
def privacy() -> ResponseReturnValue:
    """What is kept of people, why, and who reads it."""
    return render_template("home/privacy.html")
