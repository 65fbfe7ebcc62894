"""Whom to write to, and what people ask most."""

from flask import render_template
from flask.typing import ResponseReturnValue

from ceapp.home.views import blueprint
from ceapp.web.audience import anyone


@blueprint.get("/help")
@anyone
def help_page() -> ResponseReturnValue:
    """The contact, and answers in a few sentences."""
    return render_template("home/help.html")
