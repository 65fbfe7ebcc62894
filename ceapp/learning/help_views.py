"""What the grades mean, how a score comes about."""

from flask import render_template
from flask.typing import ResponseReturnValue

from ceapp.learning.views import blueprint
from ceapp.web.audience import anyone


@blueprint.get("/grades")
@anyone
def grades() -> ResponseReturnValue:
    """The five grades and the arithmetic of the score."""
    return render_template("learning/grades.html")
